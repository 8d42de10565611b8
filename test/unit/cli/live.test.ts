import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { runCommand } from '../../../src/cli/command.js'
import { liveCommands } from '../../../src/cli/live.js'
import { printed, spiedOutput } from '../../fakes/spies.js'

describe('the commands that ask a running server', () => {
  let server: Server
  let env: Record<string, string>
  let sent: (string | undefined)[]
  let answer: { status: number; headers?: Record<string, string>; body?: unknown }
  beforeEach(async () => {
    env = {}
    sent = []
    server = createServer((request, response) => {
      sent.push(request.headers.authorization)
      response.writeHead(answer.status, answer.headers).end(answer.body === undefined ? undefined : JSON.stringify(answer.body))
    })
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const run = async (...argv: string[]) => {
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const output = spiedOutput()
    const code = await runCommand(liveCommands(env), [...argv, '--server', `http://127.0.0.1:${port}`], output)
    return { code, out: printed(output.out), err: printed(output.err) }
  }
  const agent = (name: string, ...groups: (readonly [string, string | null])[]) => ({
    ...{ uri: `sip:${name}@example.com`, presence: { state: 'available', because: 'always' }, activity: 'free', callId: null },
    groups: groups.map(([group, excluded]) => ({ name: group, participationPolicy: 'informal', signedIn: true, excluded })),
  })

  it('show why an agent gets no calls, for all groups together or for each group', async () => {
    answer = {
      status: 200,
      body: [
        agent('alice', ['sales', null]),
        agent('olga', ['sales', 'homedOnline'], ['support', 'homedOnline']),
        agent('fred', ['sales', null], ['support', 'notSignedIn']),
      ],
    }
    const { code, out } = await run('agents')
    assert.equal(code, 0)
    const [head = '', alice = '', olga = '', fred = ''] = out.split('\n')
    const column = head.indexOf('NOT OFFERED CALLS')
    assert.ok(column > 0)
    assert.deepEqual(
      [alice, olga, fred].map(line => line.slice(column)),
      ['', 'homed online', 'support: not signed in'],
    )
  })

  it('exit with 2 for an invalid agent or server address without sending a request', async () => {
    const agent = await run('sign-in', 'alice', 'support')
    assert.deepEqual([agent.code, agent.err], [2, "carillon sign-in: 'alice' is not a SIP URI such as sip:alice@example.com"])
    const output = spiedOutput()
    for (const server of ['localhost:8080', 'ftp://localhost'])
      assert.equal(await runCommand(liveCommands(env), ['queues', '--server', server], output), 2)
    assert.match(printed(output.err), /'localhost:8080' is not a URL such as http:[^]*'ftp:\/\/localhost' is not a URL/)
    assert.deepEqual(sent, [])
  })

  it('print the warning that a sign-in may be lost', async () => {
    answer = { status: 204, headers: { warning: '199 carillon "a restart now may lose it"' } }
    const { code, out, err } = await run('sign-in', 'sip:alice@example.com', 'support')
    assert.deepEqual([code, err], [0, 'carillon: a restart now may lose it'])
    assert.match(out, /is signed in to support/)
  })

  it('send the token of the command line, otherwise that of the environment', async () => {
    answer = { status: 200, body: [] }
    await run('queues')
    env['CARILLON_TOKEN'] = 'from-env'
    await run('queues')
    await run('queues', '--token', 'from-line')
    assert.deepEqual(sent, [undefined, 'Bearer from-env', 'Bearer from-line'])
  })
})
