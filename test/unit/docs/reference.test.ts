import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { referenceFiles } from '../../../scripts/reference-files.js'
import { rejectionReasons } from '../../../scripts/words-in-code.js'

const root = new URL('../../../', import.meta.url)

describe('docs/reference/', () => {
  it('says what the code says (npm run docs)', async () => {
    for (const [name, text] of await referenceFiles()) assert.equal(readFileSync(new URL(name, root), 'utf8'), text, name)
  })
})

describe('docs/contract.md', () => {
  it('explains each reason of carillon_sip_rejected_total', () => {
    const page = readFileSync(new URL('docs/contract.md', root), 'utf8')
    assert.deepEqual(
      [...rejectionReasons(), 'maxCalls', 'memory'].filter(reason => !page.includes(`\`${reason}\``)),
      [],
    )
  })
})
