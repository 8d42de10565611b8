import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../../../src/cli/command.js'
import { liveCommands } from '../../../src/cli/live.js'
import { issue, makeAuthority } from '../../fakes/certificates.js'
import { printed, spiedOutput } from '../../fakes/spies.js'

describe('the commands that ask a running server', () => {
  let server: Server
  let env: Record<string, string>
  let sent: (string | undefined)[]
  let requests: { readonly line: string; body: string }[]
  let answer: { status: number; headers?: Record<string, string>; body?: unknown }
  /** Bodies of the next answers. */
  let answers: unknown[]
  beforeEach(async () => {
    env = {}
    sent = []
    requests = []
    answers = []
    server = createServer((request, response) => {
      sent.push(request.headers.authorization)
      const asked = { line: `${request.method} ${request.url}`, body: '' }
      requests.push(asked)
      request.on('data', chunk => (asked.body += String(chunk)))
      if (answers.length > 0) answer = { status: 200, body: answers.shift() }
      const text = answer.body === undefined ? undefined : JSON.stringify(answer.body)
      request.on('end', () => response.writeHead(answer.status, answer.headers).end(text))
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

  it('save a ladder and a bundle as files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-live-'))
    try {
      answer = { status: 200, body: 'bytes', headers: { 'content-disposition': 'attachment; filename="carillon-c-1.zip"' } }
      const [pcap, bundle] = [join(folder, 'a.pcap'), join(folder, 'a.zip')]
      assert.deepEqual(await run('ladder', 'c-1', '--pcap', pcap), { code: 0, out: '', err: '' })
      assert.equal(readFileSync(pcap, 'utf8'), '"bytes"')
      const saved = await run('bundle', 'c-1', '--output', bundle)
      assert.deepEqual([saved.code, saved.out.startsWith(`${bundle} is saved.`)], [0, true])
      assert.deepEqual(
        requests.map(({ line }) => line),
        ['GET /api/calls/c-1/ladder?form=pcap', 'GET /api/calls/c-1/bundle'],
      )
      const again = await run('bundle', 'c-1', '--output', bundle)
      assert.deepEqual([again.code, /EEXIST/.test(again.err)], [1, true], 'a file that is there stays')
    } finally {
      rmSync(folder, { recursive: true })
    }
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
    const agent = await run('sign-in', 'alice@', 'support')
    assert.deepEqual([agent.code, agent.err], [2, "carillon sign-in: 'alice@' is not a SIP URI such as sip:alice@example.com"])
    const output = spiedOutput()
    for (const server of ['localhost:8080', 'ftp://localhost'])
      assert.equal(await runCommand(liveCommands(env), ['agents', '--server', server], output), 2)
    assert.match(printed(output.err), /'localhost:8080' is not a URL such as http:[^]*'ftp:\/\/localhost' is not a URL/)
    assert.deepEqual(sent, [])
  })

  it('ask the server of CARILLON_SERVER, with the token of a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-token-'))
    try {
      const file = join(folder, 'token')
      writeFileSync(file, 'crl_abc\n')
      const address = server.address()
      env['CARILLON_SERVER'] = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
      answer = { status: 200, body: [] }
      const output = { out: () => undefined, err: (line: string) => assert.fail(line) }
      assert.equal(await runCommand(liveCommands(env), ['agents', '--token-file', file], output), 0)
      assert.deepEqual(sent, ['Bearer crl_abc'])
    } finally {
      rmSync(folder, { recursive: true })
    }
    const { code, err } = await run('agents', '--token-file', join(folder, 'token'))
    assert.equal(code, 2)
    assert.match(err, /^carillon: --token-file can't be read: ENOENT/)
  })

  it('list calls that ended, with their outcome', async () => {
    const call = { callId: 'c1', workflow: 'sales', caller: 'sip:erin@example.com', arrivedAt: '2026-11-30T02:00:00.000Z' }
    answer = {
      status: 200,
      body: { calls: [{ ...call, talked: 12.4, outcome: 'answered', agent: 'sip:dave@example.com' }], next: null },
    }
    const { code, out } = await run('calls', '--finished')
    assert.equal(code, 0)
    assert.match(out, /^CALL {2}WORKFLOW .*OUTCOME {3}WITH\nc1 {4}sales .* 12s {5}answered {2}sip:dave@example\.com$/)
  })

  it('list a call that is forwarded with its target', async () => {
    const call = { callId: 'c1', workflow: 'sales', queue: null, state: 'forwarding', since: new Date().toISOString() }
    const body = [{ ...call, position: null, agent: null, offers: [], forwardingTo: 'sip:voicemail@example.com' }]
    answer = { status: 200, body }
    const { out } = await run('calls')
    assert.match(out, /\nc1 .* forwarding .* sip:voicemail@example\.com$/)
  })

  it('say which version of the server runs', async () => {
    answer = { status: 200, body: { status: 'ready', version: '0.2.0', problems: [], degraded: [] } }
    assert.equal((await run('health')).out, 'ready\nCarillon 0.2.0')
  })

  it('say whether the server is ready, and exit with 1 if it is not', async () => {
    answer = { status: 200, body: { status: 'ready', problems: [], degraded: ['store: slow'] } }
    assert.deepEqual(await run('health'), { code: 0, out: 'ready\ndegraded: store: slow', err: '' })
    answer = { status: 503, body: { status: 'not ready', problems: ['draining: no new calls'], degraded: [] } }
    assert.deepEqual(await run('health'), { code: 1, out: 'not ready\ndraining: no new calls', err: '' })
  })

  it('find an agent by name, and say so if there is none or more than one', async () => {
    const uris = ['sip:alice@example.com', 'sip:bob@example.com', 'sips:bob@example.org']
    answer = { status: 200, body: uris.map(uri => ({ uri })) }
    const done = await run('sign-in', 'alice', 'support')
    assert.deepEqual([done.code, done.out], [0, 'sip:alice@example.com is signed in to support'])
    assert.equal(requests.at(-1)?.line, 'PUT /api/agents/sip%3Aalice%40example.com/groups/support/sign-in')
    const [none, two] = [await run('sign-in', 'carol', 'support'), await run('sign-in', 'bob', 'support')]
    assert.deepEqual([none.code, none.err], [1, "carillon sign-in: there is no agent 'carol'"])
    assert.deepEqual([two.code, two.err], [1, "carillon sign-in: 'bob' may be sip:bob@example.com or sips:bob@example.org"])
  })

  it('say that an agent was signed out already', async () => {
    answer = { status: 204, headers: { 'carillon-unchanged': 'true' } }
    const { code, out } = await run('sign-out', 'sip:alice@example.com', 'support')
    assert.deepEqual([code, out], [0, 'sip:alice@example.com was signed out of support already'])
  })

  it('say what to do when the server speaks no TLS, or the port is one that HTTP clients refuse', async () => {
    answer = { status: 200, body: [] }
    const address = server.address()
    const output = spiedOutput()
    const port = typeof address === 'object' ? address?.port : undefined
    assert.equal(await runCommand(liveCommands(env), ['agents', '--server', `https://127.0.0.1:${port}`], output), 1)
    assert.match(printed(output.err), /it speaks no TLS\); use http:\/\/ instead of https:\/\/$/)
    assert.equal(await runCommand(liveCommands(env), ['agents', '--server', 'http://127.0.0.1:5060'], output), 1)
    assert.match(printed(output.err), /a blocked port\); .*use that of http\.listen$/)
  })

  it('set presence for a while, and take it back', async () => {
    answer = { status: 204 }
    const set = await run('presence', 'sip:alice@example.com', 'away', '--for', '90m')
    const cleared = await run('presence', 'sip:alice@example.com', 'none')
    assert.deepEqual([set.code, cleared.code], [0, 0])
    assert.deepEqual(requests, [
      { line: 'PUT /api/agents/sip%3Aalice%40example.com/presence', body: '{"state":"away","expires":"90m"}' },
      { line: 'DELETE /api/agents/sip%3Aalice%40example.com/presence/http', body: '' },
    ])
  })

  it('decline an offer of an agent, or say why not', async () => {
    answer = { status: 204 }
    const done = await run('decline', 'sip:alice@example.com', 'c1.1')
    assert.deepEqual([done.code, done.out], [0, 'c1.1 is declined for sip:alice@example.com'])
    assert.equal(requests[0]?.line, 'DELETE /api/agents/sip%3Aalice%40example.com/offers/c1.1')
    answer = { status: 404, body: { detail: 'this offer is over' } }
    const late = await run('decline', 'sip:alice@example.com', 'c1.1')
    assert.deepEqual([late.code, late.err], [1, 'carillon: this offer is over'])
  })

  it('count the calls that ring in a queue without having waited', async () => {
    const calls = ['ringing', 'ringing', 'waiting', 'connected'].map(state => ({ state, queue: 'support' }))
    const queue = { name: 'support', waitingCalls: 1, oldestWait: 4, groups: ['support'] }
    answers = [calls, [queue]]
    assert.equal(
      (await run('queues')).out,
      'QUEUE    WAITING  RINGING  OLDEST  GROUPS\nsupport  1        2        4s      support',
    )
  })

  it('decline what rings at an agent, if it is one call', async () => {
    answer = { status: 200, body: { offers: ['c1.1'] } }
    const one = await run('decline', 'sip:alice@example.com')
    assert.deepEqual([one.code, one.out], [0, 'c1.1 is declined for sip:alice@example.com'])
    assert.deepEqual(
      requests.map(({ line }) => line),
      ['GET /api/agents/sip%3Aalice%40example.com', 'DELETE /api/agents/sip%3Aalice%40example.com/offers/c1.1'],
    )
    answer = { status: 200, body: { offers: ['c1.1', 'c2.1'] } }
    assert.match((await run('decline', 'sip:alice@example.com')).err, /several calls ring: OFFER is one of c1\.1, c2\.1$/)
    answer = { status: 200, body: { offers: [] } }
    assert.deepEqual(await run('decline', 'sip:alice@example.com'), { code: 1, out: '', err: 'carillon decline: nothing rings' })
  })

  it('leave: say who goes on with the calls', async () => {
    answer = { status: 200, body: { node: 'a', to: ['b', 'c'] } }
    assert.deepEqual(await run('leave'), { code: 0, out: 'a leaves its calls to b or c, and ends', err: '' })
    assert.deepEqual(requests, [{ line: 'POST /api/cluster/leave', body: '' }])
    assert.deepEqual(JSON.parse((await run('leave', '--json')).out), { node: 'a', to: ['b', 'c'] })
  })

  it('reload the config, and say what changed and what needs a restart, or which errors keep it out', async () => {
    const fields = [{ field: 'agentAlertTime', before: '15s', after: '16s' }]
    const changes = [{ kind: 'group', name: 'support', change: 'changed', fields }]
    const body = { taken: true, faults: [], warnings: [], changes, restartNeeded: ['sip.listen'] }
    answer = { status: 200, body }
    const taken = await run('reload')
    assert.deepEqual(requests, [{ line: 'POST /api/config/reload', body: '' }])
    assert.deepEqual(taken, {
      code: 0,
      out: 'in force: group support: agentAlertTime: 15s → 16s\nneeds a restart: sip.listen',
      err: '',
    })
    answer = { status: 200, body: { ...body, taken: false, faults: ['agents.yaml:1:1: odd'], changes: [], restartNeeded: [] } }
    assert.deepEqual(await run('reload'), { code: 1, out: '', err: 'agents.yaml:1:1: odd\nthe previous config stays in force' })
  })

  it('list the phones that registered', async () => {
    const phone = { agent: 'sip:alice@example.com', contact: 'sip:alice@10.0.0.7', transport: 'udp', reachedAt: '10.0.0.7:5060' }
    answer = { status: 200, body: [{ ...phone, expires: '2026-11-30T02:00:00.000Z', isTemporary: true }] }
    const { code, out } = await run('phones')
    assert.equal(code, 0)
    assert.match(out, /\nsip:alice@example\.com {2}sip:alice@10\.0\.0\.7 {2}udp {8}10\.0\.0\.7:5060 {2}2026-.* browser$/)
  })

  it('show and set the level of an area of the log', async () => {
    answer = { status: 200, body: { server: 'info', sip: 'debug' } }
    assert.equal((await run('log-level')).out, 'AREA    LEVEL\nserver  info\nsip     debug')
    answer = { status: 204 }
    assert.equal((await run('log-level', 'sip', 'info')).out, 'sip logs info until the server ends')
    assert.deepEqual(requests.at(-1), { line: 'PUT /api/log-levels/sip', body: '{"level":"info"}' })
    const wrong = await run('log-level', 'sipp', 'info')
    assert.equal(wrong.code, 2)
    assert.match(wrong.err, /AREA is all or one of server, config/)
    assert.equal((await run('log-level', 'sip')).code, 2)
  })

  it('trust the certificate authority of --ca or CARILLON_CA, and name the option when they meet one they do not know', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-ca-'))
    const authority = makeAuthority(folder, 'ours')
    const { certificate: cert, key } = issue(folder, 'server', authority, ['IP:127.0.0.1'])
    const secure = createSecureServer({ cert, key }, (request, response) => {
      let body = ''
      request.on('data', chunk => (body += String(chunk)))
      request.on('end', () => {
        requests.push({ line: `${request.method} ${request.url}`, body })
        response.writeHead(request.method === 'PUT' ? 204 : 200).end(request.method === 'PUT' ? undefined : '[]')
      })
    })
    await new Promise<void>(listening => secure.listen(0, '127.0.0.1', listening))
    try {
      const file = authority.certificateFile
      const address = secure.address()
      const url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
      const output = spiedOutput()
      assert.equal(await runCommand(liveCommands({}), ['phones', '--server', url], output), 1)
      assert.match(printed(output.err), /name it with --ca FILE/)
      assert.equal(await runCommand(liveCommands({}), ['phones', '--server', url, '--ca', file], output), 0)
      const set = ['log-level', 'sip', 'debug', '--server', url]
      assert.equal(await runCommand(liveCommands({ CARILLON_CA: file }), set, output), 0)
      assert.deepEqual(requests.at(-1), { line: 'PUT /api/log-levels/sip', body: '{"level":"debug"}' })
      assert.equal(await runCommand(liveCommands({}), ['phones', '--server', url, '--ca', join(folder, 'none')], output), 2)
    } finally {
      rmSync(folder, { recursive: true })
      secure.closeAllConnections()
      secure.close()
    }
  })

  it('print a list again and again with --watch, also when the server was away for a moment', async () => {
    const call = { callId: 'c1', workflow: 'sales', queue: 'sales', state: 'waiting', since: '2026-11-30T02:00:00.000Z' }
    answer = { status: 200, body: [{ ...call, position: 1, agent: null, offers: [] }] }
    let rounds = 0
    const pause = () => {
      rounds += 1
      answer.status = rounds === 1 ? 503 : 200
      return Promise.resolve(rounds < 3)
    }
    const output = spiedOutput()
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    assert.equal(await runCommand(liveCommands(env, pause), ['calls', '--watch', '--server', url], output), 0)
    assert.equal(printed(output.out).match(/c1 {4}sales/g)?.length, 2)
    assert.match(printed(output.err), /the server answered 503/)
  })

  it('print the warning that a sign-in may be lost', async () => {
    answer = { status: 204, headers: { warning: '199 carillon "a restart now may lose it"' } }
    const { code, out, err } = await run('sign-in', 'sip:alice@example.com', 'support')
    assert.deepEqual([code, err], [0, 'carillon: a restart now may lose it'])
    assert.match(out, /is signed in to support/)
  })

  it('send the token of the command line, otherwise that of the environment', async () => {
    answer = { status: 200, body: [] }
    await run('agents')
    env['CARILLON_TOKEN'] = 'from-env'
    await run('agents')
    await run('agents', '--token', 'from-line')
    assert.deepEqual(sent, [undefined, 'Bearer from-env', 'Bearer from-line'])
  })
})
