import assert from 'node:assert/strict'
import { checkCommand } from '../../../src/cli/check.js'
import { runCommand } from '../../../src/cli/command.js'
import { findSilences } from '../../../src/media/engine.js'
import { FakeClock } from '../../fakes/clock.js'
import { nothingFound } from '../../fakes/nothing-found.js'
import { removeFolders, writeFolder, type Files } from '../config/folder.js'
import { spiedOutput } from '../../fakes/spies.js'

describe('carillon check', () => {
  after(removeFolders)

  async function check(files: Files): Promise<{ exit: number; said: string[] }> {
    const folder = writeFolder(files)
    // Warnings and errors go into one list, because the order of the lines counts.
    const { out } = spiedOutput()
    const command = checkCommand(
      {},
      {
        ...nothingFound,
        findSilences: settings => findSilences(settings, new FakeClock()),
      },
    )
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
    const command = checkCommand({}, nothingFound)
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

  it('warns of listen addresses that this machine does not have', async () => {
    const { exit, said } = await check({
      'carillon.yaml':
        'sip: { domain: example.com, trustedPeers: [10.0.0.1], listen: [udp://127.0.0.1:5060, udp://240.0.0.1:5060] }\n' +
        'http: { listen: http://240.0.0.2:8080 }\n',
      'users.yaml': `tokens: [{ name: wallboard, hash: 'sha-256:${'0'.repeat(64)}', role: viewer }]\n`,
    })
    assert.equal(exit, 0)
    assert.match(said.join('\n'), /carillon\.yaml:1:\d+: this machine does not have the address 240\.0\.0\.1, .*\(sip\.listen\)/)
    assert.match(said.join('\n'), /carillon\.yaml:2:\d+: this machine does not have the address 240\.0\.0\.2, .*\(http\.listen\)/)
    assert.doesNotMatch(said.join(), /address 127/)
  })

  it('lets the speech program speak a word, and warns if it cannot', async () => {
    const speaks = async (command: string): Promise<string> => {
      const main = `sip: { domain: example.com, trustedPeers: [10.0.0.1] }\nmedia: { tts: { command: ${command} } }\n`
      return (await check({ ...welcome('en-GB'), 'carillon.yaml': main })).said.join('\n')
    }
    assert.match(await speaks('[no-such-program]'), /media\.tts\.command can't speak this prompt: 'no-such-program' .*ENOENT/)
    assert.match(await speaks("[sh, -c, 'cat >&2; exit 3']"), /can't speak this prompt: 'sh' .*3/)
    assert.match(await speaks('[cat]'), /its output is not a WAV/)
    assert.doesNotMatch(await speaks("[sh, -c, 'cat > /dev/null; printf RIFF1234WAVE']"), /can't speak/)
  })

  it('exits with 1 when the config has an error', async () => {
    const { exit, said } = await check({ 'queues.yaml': 'queues: [\n' })
    assert.equal(exit, 1)
    assert.match(said.at(-1) ?? '', /^DIR: \d+ errors?$/)
  })
})
