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

describe('packaging/carillon.1', () => {
  const lines = readFileSync(new URL('packaging/carillon.1', root), 'utf8').trimEnd().split('\n')

  it('has each command', () => {
    const commands = [...readFileSync(new URL('docs/reference/commands.md', root), 'utf8').matchAll(/^## (.+)$/gm)]
    assert.ok(commands.length > 20)
    for (const [, name = ''] of commands)
      assert.ok(
        lines.some(line => line.startsWith(`.B carillon ${name.replaceAll('-', '\\-')} `)),
        name,
      )
  })

  it('has no request of roff but those that the script writes, and no plain hyphen in an option', () => {
    const requests = new Set(lines.flatMap(line => /^[.'](\S+)/.exec(line)?.[1] ?? []))
    assert.deepEqual(requests, new Set(['\\"', 'TH', 'SH', 'B', 'I', 'br', 'TP', 'RS', 'RE']))
    assert.deepEqual(
      lines.filter(line => /(?:^|\s)--\w/.test(line)),
      [],
    )
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
