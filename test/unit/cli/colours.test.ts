import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { checkCommand } from '../../../src/cli/check.js'
import { colours } from '../../../src/cli/colours.js'
import { runCommand } from '../../../src/cli/command.js'
import { table } from '../../../src/cli/table.js'
import { nothingFound } from '../../fakes/nothing-found.js'
import { spiedOutput } from '../../fakes/spies.js'
import { removeFolders, writeFolder } from '../config/folder.js'

const [red, green, bold] = ['\u001b[31m', '\u001b[32m', '\u001b[1m']

describe('colours on a terminal', () => {
  after(removeFolders)

  it('are those of states in a table, whose columns stay aligned', () => {
    const rows = [
      ['sip:alice@example.com', 'busy', 'x'],
      ['sip:bob@example.com', 'available', ''],
    ]
    const painted = table(['AGENT', 'PRESENCE', 'CALL'], rows, colours)
    assert.equal(stripVTControlCharacters(painted), table(['AGENT', 'PRESENCE', 'CALL'], rows))
    assert.ok(painted.startsWith(bold))
    assert.ok(painted.includes(`${red}busy     `))
    assert.ok(painted.endsWith(`${green}available\u001b[39m`))
  })

  it('are absent without a terminal', () => {
    assert.equal(table(['PRESENCE'], [['busy']]), 'PRESENCE\nbusy')
  })

  it('show an error of check in red', async () => {
    const folder = writeFolder({ 'groups.yaml': 'groups: [{ nmae: support }]\n' })
    const output = spiedOutput()
    const command = checkCommand({}, nothingFound)
    assert.equal(await runCommand([command], ['check', folder], { ...output, paint: colours }), 1)
    for (const line of output.out.args.flat()) assert.ok(line.startsWith(red), line)
  })
})
