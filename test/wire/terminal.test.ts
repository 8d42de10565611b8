import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './harness/eventually.js'
import { configFiles, writeConfig } from './harness/config.js'
import { nodeUnderTest } from './harness/nodes.js'
import { assureBuilt, program } from './harness/program.js'

const ready = /carillon ready sip=udp:\/\/127\.0\.0\.1:(\d+)\S* http=(http:\S+)[^]*pid=(\d+)/

/** Each call writes about 500 characters to the log. The pipes in between hold less than 200,000. */
const calls = 800

/** An INVITE without SDP. It waits in the queue, and the log says so. */
const invite = (number: number, port: number): string =>
  [
    'INVITE sip:support@example.com SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${number}`,
    `From: <sip:caller${number}@example.com>;tag=${number}`,
    'To: <sip:support@example.com>',
    `Call-ID: ${number}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:caller@127.0.0.1:${port}>`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')

describe('A terminal that accepts no more output', () => {
  it('does not block a server that logs to it', async () => {
    await assureBuilt()
    const folder = await mkdtemp(join(tmpdir(), 'carillon-terminal-'))
    const group = { name: 'support', method: 'serial', agents: ['alice'] } as const
    await writeConfig(join(folder, 'config'), configFiles({ agents: [{ name: 'alice', presence: ['http'] }], groups: [group] }))
    const command = `${nodeUnderTest()} ${program} serve --config ${join(folder, 'config')} --log-level debug`
    // `script` gives the server a terminal of its own, and reads it only while its own output is read.
    const terminal = spawn('script', ['-qec', `exec ${command}`, '/dev/null'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    const phone = createSocket('udp4')
    let pid = 0
    try {
      let shown = ''
      while (!ready.test(shown)) shown += String((await once(terminal.stdout, 'data'))[0])
      const [, port = '', http = '', server = ''] = ready.exec(shown) ?? []
      pid = Number(server)
      terminal.stdout.pause()
      await new Promise<void>(bound => phone.bind(0, '127.0.0.1', bound))
      for (let number = 0; number < calls; number++) {
        const sent = new Promise(resolve => phone.send(invite(number, phone.address().port), Number(port), '127.0.0.1', resolve))
        await sent
      }
      await eventually('each call waits', async () => {
        const answer = await fetch(new URL('/api/calls', http), { signal: AbortSignal.timeout(5_000) })
        return ((await answer.json()) as readonly unknown[]).length === calls
      })
    } finally {
      phone.close()
      const over = once(terminal, 'exit')
      if (pid > 0) process.kill(pid, 'SIGKILL')
      else terminal.kill('SIGKILL')
      terminal.stdout.resume()
      await over
      await rm(folder, { recursive: true })
    }
  })
})
