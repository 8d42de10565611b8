import assert from 'node:assert/strict'
import { checkCommand } from '../../../src/cli/check.js'
import { runCommand } from '../../../src/cli/command.js'
import { findSilences } from '../../../src/media/engine.js'
import { FakeClock } from '../../fakes/clock.js'
import { removeFolders, writeFolder, type Files } from '../config/folder.js'
import { spiedOutput } from '../../fakes/spies.js'

describe('carillon check', () => {
  after(removeFolders)

  async function check(files: Files): Promise<{ exit: number; said: string[] }> {
    const folder = writeFolder(files)
    // Warnings and errors go into one list, because the order of the lines counts.
    const { out } = spiedOutput()
    const command = checkCommand({}, settings => findSilences(settings, new FakeClock()))
    const exit = await runCommand([command], ['check', folder], { out, err: out })
    return { exit, said: out.args.flat().map(line => line.replace(folder, 'DIR')) }
  }
  const welcome = (language: string): Files => ({
    'workflows.yaml':
      'workflows:\n  - name: support\n    uri: "sip:support@example.com"\n    queue: support\n' +
      `    language: ${language}\n    welcome: { say: nuqneH }\n`,
  })

  it('says that there is no such folder', async () => {
    const said: string[] = []
    const output = { out: () => undefined, err: (line: string) => void said.push(line) }
    const command = checkCommand({}, () => Promise.resolve([]))
    assert.equal(await runCommand([command], ['check', '/no/such/folder'], output), 1)
    assert.deepEqual(said, ['carillon check: there is no folder /no/such/folder'])
  })

  it('says that a valid folder is valid', async () => {
    assert.deepEqual(await check(welcome('en-GB')), { exit: 0, said: ['DIR: valid, 0 warnings'] })
  })

  it('warns of a text that no voice of this machine can speak, with its place', async () => {
    const { exit, said } = await check(welcome('zz'))
    assert.equal(exit, 0)
    assert.match(said[0] ?? '', /^workflows\.yaml:6:\d+: no voice for zz: .* \(warning\)$/)
    assert.equal(said[1], 'DIR: valid, 1 warning')
  })

  it('exits with 1 when the config has an error', async () => {
    const { exit, said } = await check({ 'queues.yaml': 'queues: [\n' })
    assert.equal(exit, 1)
    assert.match(said.at(-1) ?? '', /^DIR: \d+ errors?$/)
  })
})
