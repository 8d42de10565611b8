import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { allConfigKeys } from '../../../scripts/reference-config.js'
import { referenceFiles } from '../../../scripts/reference-files.js'
import { rejectionReasons } from '../../../scripts/words-in-code.js'

const root = new URL('../../../', import.meta.url)

describe('docs/reference/', () => {
  it('says what the code says (npm run docs)', async () => {
    for (const [name, text] of await referenceFiles()) assert.equal(readFileSync(new URL(name, root), 'utf8'), text, name)
  })
})

describe('the config', () => {
  it('still has each key of earlier releases', () => {
    const folder = new URL('scripts/config-keys/', root)
    const lists = readdirSync(folder).filter(name => name.endsWith('.txt'))
    assert.ok(lists.length > 0)
    const now = new Set(allConfigKeys())
    for (const list of lists) {
      const keys = readFileSync(new URL(list, folder), 'utf8').trimEnd().split('\n')
      assert.deepEqual(
        keys.filter(key => !now.has(key)),
        [],
        list,
      )
    }
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
