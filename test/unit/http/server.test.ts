import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallRecord } from '../../../src/store/port.js'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { isLoopbackName } from '../../../src/http/addresses.js'
import { sdp } from '../../fakes/signaling.js'
import { Site } from './site.js'
import type { AgentDocument, CallDocument, QueueDocument } from '../../../src/http/documents.js'

const alice = '/api/agents/sip%3Aalice%40example.com'

describe('the HTTP API', () => {
  let site: Site
  beforeEach(async () => {
    site = new Site()
    await site.start()
  })
  afterEach(() => site.stop())

  it('lists agents with their presence, its sources, and their groups', async () => {
    const [agent, olga] = await site.read<AgentDocument[]>('/api/agents')
    assert.equal(agent?.uri, 'sip:alice@example.com')
    assert.deepEqual(agent.presence.sources, [
      { source: 'http', state: 'busy', reason: 'set by HTTP', expires: '2027-01-15T08:01:00.000Z' },
    ])
    assert.deepEqual(agent.presence.settableBy, ['http'])
    assert.deepEqual(agent.groups, [
      { name: 'support', participationPolicy: 'formal', signedIn: false, excluded: 'notSignedIn' },
      { name: 'sales', participationPolicy: 'informal', signedIn: true, excluded: null },
    ])
    assert.deepEqual(
      olga?.groups.map(({ excluded }) => excluded),
      ['homedOnline'],
    )
    assert.deepEqual(await site.read<AgentDocument>(alice), agent)
  })

  it('shows waiting and ringing calls', async () => {
    site.shell.dial('support')
    site.shell.dial('sales')
    const calls = await site.read<CallDocument[]>('/api/calls')
    assert.deepEqual(
      calls.map(({ workflow, state, position }) => [workflow, state, position]),
      [
        ['support', 'waiting', 1],
        ['sales', 'ringing', null],
      ],
    )
    site.shell.clock.pass(3_000)
    const [support] = await site.read<QueueDocument[]>('/api/queues')
    assert.deepEqual([support?.waitingCalls, support?.oldestWait], [1, 3])
    assert.equal((await site.read<CallDocument>(`/api/calls/${calls[0]?.callId ?? ''}`)).queue, 'support')
  })

  it('names the queue of a call that an agent answered', async () => {
    const caller = site.shell.dial('sales')
    site.shell.phone('alice').answer(sdp('alice'))
    caller.leg?.confirm()
    const [call] = await site.read<CallDocument[]>('/api/calls')
    assert.deepEqual([call?.state, call?.queue, call?.agent], ['connected', 'sales', 'sip:alice@example.com'])
  })

  it('signs formal agents in and out, and the waiting call rings at once', async () => {
    site.shell.dial('support')
    assert.equal((await site.ask('PUT', `${alice}/groups/support/sign-in`)).status, 204)
    assert.deepEqual(site.shell.rings(), ['alice'])
    assert.equal((await site.ask('DELETE', `${alice}/groups/support/sign-in`)).status, 204)
    assert.deepEqual(site.shell.rings(), [])
  })

  it('reloads the config for an admin, and says what came of it', async () => {
    site.reload = { faults: [], warnings: ['odd'], changes: [], waiting: ['sip.listen'] }
    const response = await site.ask('POST', '/api/config/reload')
    assert.deepEqual(await response.json(), {
      ...{ taken: true, faults: [], warnings: ['odd'], changes: [], restartNeeded: ['sip.listen'] },
    })
    site.reload = { faults: ['agents.yaml:1:1: odd'], warnings: [], changes: [], waiting: [] }
    const refused = (await (await site.ask('POST', '/api/config/reload')).json()) as { taken: boolean; faults: string[] }
    assert.deepEqual([refused.taken, refused.faults], [false, ['agents.yaml:1:1: odd']])
    const {
      items: [entry],
    } = await site.store.audit({ limit: 1 })
    assert.equal(entry?.what, 'reloaded the config')
  })

  it('lets a node of a cluster leave, or says why it can’t', async () => {
    const refused = await site.ask('POST', '/api/cluster/leave')
    assert.equal(refused.status, 409)
    assert.match(await refused.text(), /this server is not a node of a cluster/)
    site.leaves = { kind: 'leaves', node: 'a', to: ['b'] }
    assert.deepEqual(await (await site.ask('POST', '/api/cluster/leave')).json(), { node: 'a', to: ['b'] })
  })

  it('sets the level of an area of the log, or of all', async () => {
    const set = async (area: string, body: unknown) => (await site.ask('PUT', `/api/log-levels/${area}`, body)).status
    assert.equal(await set('sip', { level: 'debug' }), 204)
    assert.equal((await site.read<Record<string, string>>('/api/log-levels'))['sip'], 'debug')
    assert.equal(await set('all', { level: 'warn' }), 204)
    assert.deepEqual([...new Set(Object.values(await site.read<object>('/api/log-levels')))], ['warn'])
    assert.deepEqual([await set('sipp', { level: 'warn' }), await set('sip', { level: 'loud' })], [404, 400])
  })

  it('lists the phones that are registered', async () => {
    const agent = 'sip:alice@example.com'
    site.registered = [{ agent, contact: 'sip:alice@10.0.0.7', transport: 'udp', isTemporary: false }]
    assert.deepEqual(await site.read('/api/phones'), [
      { ...site.registered[0], reachedAt: null, expires: '2027-01-15T08:00:00.000Z' },
    ])
  })

  it('names each request: in its answer, in a problem and in the log', async () => {
    const own = await site.ask('GET', '/api/agents', undefined, { 'x-request-id': 'proxy-7f3' })
    assert.equal(own.headers.get('x-request-id'), 'proxy-7f3')
    const made = await site.ask('GET', '/api/nothing', undefined, { 'x-request-id': 'no spaces, please' })
    const id = made.headers.get('x-request-id') ?? ''
    assert.match(id, /^[0-9a-f-]{36}$/)
    assert.equal(((await made.json()) as { requestId: string }).requestId, id)
    await site.ask('PUT', `${alice}/groups/support/sign-in`, undefined, { 'x-request-id': 'proxy-7f4' })
    const change = site.infos.find(({ event }) => event === 'http.change')
    assert.equal(change?.['requestId'], 'proxy-7f4')
  })

  it('says when a sign-in or a sign-out changes nothing', async () => {
    const unchanged = async (method: string) =>
      (await site.ask(method, `${alice}/groups/support/sign-in`)).headers.get('carillon-unchanged')
    assert.deepEqual(
      [await unchanged('DELETE'), await unchanged('PUT'), await unchanged('PUT'), await unchanged('DELETE')],
      ['true', null, 'true', null],
    )
  })

  it('names the groups of an agent who is not in the named one', async () => {
    const { detail } = (await (await site.ask('PUT', `${alice}/groups/nogroup/sign-in`)).json()) as { detail: string }
    assert.equal(detail, "there is no group 'nogroup' with the agent sip:alice@example.com; their groups: support, sales")
  })

  it('confirms a sign-in after it is stored, although routing uses it before', async () => {
    const order: string[] = []
    let keep = (_kept: boolean): void => assert.fail('no call waits')
    site.kept = new Promise(resolve => (keep = resolve))
    site.shell.dial('support')
    const answer = site.ask('PUT', `${alice}/groups/support/sign-in`).then(response => {
      order.push('confirmed')
      return response
    })
    while (site.shell.rings().length === 0) await site.ask('GET', '/health/live')
    for (let turns = 0; turns < 5; turns += 1) await site.ask('GET', '/health/live')
    order.push('kept')
    keep(true)
    const response = await answer
    assert.deepEqual([response.status, response.headers.get('warning')], [204, null])
    assert.deepEqual(order, ['kept', 'confirmed'])
  })

  it('warns when a sign-in or sign-out could not be stored', async () => {
    site.kept = Promise.resolve(false)
    for (const method of ['PUT', 'DELETE']) {
      const response = await site.ask(method, `${alice}/groups/support/sign-in`)
      assert.equal(response.status, 204)
      assert.match(response.headers.get('warning') ?? '', /^199 carillon ".*a restart now may lose it/)
    }
  })

  it('declines a ringing call for an agent, and ends a wrap-up', async () => {
    site.shell.dial('sales')
    const { offers } = await site.read<AgentDocument>(alice)
    assert.equal((await site.ask('DELETE', `${alice}/offers/${offers[0] ?? ''}`)).status, 204)
    assert.deepEqual(site.shell.rings(), [])
    assert.equal((await site.ask('DELETE', `${alice}/wrap-up`)).status, 409)
  })

  it('takes an agent’s transfer back while its target rings, and answers 409 when there is none', async () => {
    const { shell } = site
    const caller = shell.dial('sales')
    const agent = shell.phone('alice').answer(sdp('alice'))
    caller.leg?.confirm()
    assert.equal((await site.ask('DELETE', `${alice}/transfer`)).status, 409)
    agent?.refer({ to: 'sip:olga@example.com' })
    assert.equal((await site.ask('DELETE', `${alice}/transfer?callId=other`)).status, 409)
    assert.equal((await site.ask('DELETE', `${alice}/transfer?call=x`)).status, 400)
    assert.equal((await site.ask('DELETE', `${alice}/transfer`)).status, 204)
    assert.deepEqual(shell.rings(), [])
    assert.equal((await site.read<AgentDocument>(alice)).activity, 'talking')
  })

  it('lists what can be dialled, and which queues a call can reach now', async () => {
    const dialled = (name: string): object => ({ name, uri: `sip:${name}@example.com`, displayName: name })
    site.view = { workflows: [{ ...dialled('support'), number: '+1' }, dialled('gone')] } as unknown as typeof site.view
    assert.deepEqual(await site.read('/api/workflows'), [
      { ...dialled('support'), number: '+1', displayNumber: '+1', opening: 'open', queues: ['support'] },
      { ...dialled('gone'), number: null, displayNumber: null, opening: 'inactive', queues: [] },
    ])
    site.view = { workflows: [dialled('new')] } as unknown as typeof site.view
    const names = async (): Promise<string[]> => (await site.read<{ name: string }[]>('/api/workflows')).map(({ name }) => name)
    assert.deepEqual(await names(), ['support', 'gone'], 'everybody gets the same list for a second')
    site.shell.clock.pass(1_000)
    assert.deepEqual(await names(), ['new'])
  })

  it('accepts a presence with its expiry in seconds or as a duration', async () => {
    assert.equal((await site.ask('PUT', `${alice}/presence`, { state: 'busy', expires: 90 })).status, 204)
    assert.equal((await site.ask('PUT', `${alice}/presence`, { state: 'away', expires: '5m' })).status, 204)
    assert.deepEqual(site.presence, [
      ['sip:alice@example.com', 'busy', 90_000],
      ['sip:alice@example.com', 'away', 300_000],
    ])
  })

  for (const [what, method, path, body, status] of [
    ['an unknown agent', 'GET', '/api/agents/sip%3Anobody%40example.com', undefined, 404],
    ['what is no SIP URI', 'GET', '/api/agents/alice', undefined, 400],
    ['sign-in to an informal group', 'PUT', `${alice}/groups/sales/sign-in`, undefined, 409],
    ['sign-in to a group that the agent is not in', 'PUT', `${alice}/groups/other/sign-in`, undefined, 404],
    ['an unknown presence', 'PUT', `${alice}/presence`, { state: 'asleep' }, 400],
    ['presence for an agent without a source', 'PUT', `${alice}/presence`, { state: 'offline' }, 409],
    ['a pick without a call', 'POST', `${alice}/picks`, { call: 'x' }, 400],
    ['a pick of a call that is over', 'POST', `${alice}/picks`, { callId: 'x' }, 409],
    ['a talk before a transfer of a call that is over', 'POST', `${alice}/consultation`, { callId: 'x', to: 'sip:b@c.d' }, 404],
    ['a talk with what is no URI', 'POST', `${alice}/consultation`, { callId: 'x', to: 'sip:b@c.d>;maddr=x' }, 400],
    ['a talk with nobody that is completed', 'POST', `${alice}/consultation/join`, { callId: 'x' }, 409],
    ['a talk without a call that is completed', 'POST', `${alice}/consultation/join`, {}, 400],
    ['the end of a pause of an agent who is not paused', 'DELETE', `${alice}/pause`, undefined, 409],
    ['an offer that does not ring', 'DELETE', `${alice}/offers/none.1`, undefined, 404],
    ['a call that is over', 'GET', '/api/calls/none', undefined, 404],
    ['an escape that is none', 'GET', '/api/agents/%ZZ', undefined, 400],
    ['a name that is too long', 'GET', `/api/agents/${'a'.repeat(600)}`, undefined, 414],
    ['a method that the path does not have', 'DELETE', `${alice}/presence?now`, undefined, 405],
    ['presence for no time', 'PUT', `${alice}/presence`, { state: 'busy', expires: '0s' }, 400],
    ['presence for no seconds', 'PUT', `${alice}/presence`, { state: 'busy', expires: 0 }, 400],
    ['presence for more than a year', 'PUT', `${alice}/presence`, { state: 'busy', expires: '100000h' }, 400],
    ['presence for more seconds than a year has', 'PUT', `${alice}/presence`, { state: 'busy', expires: 31_536_001 }, 400],
    ['a path that is none', 'GET', '/api/nothing', undefined, 404],
  ] as const) {
    it(`answers ${what} with a problem document and status ${status}`, async () => {
      const response = await site.ask(method, path, body)
      assert.equal(response.status, status)
      assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8')
      const problem = (await response.json()) as { status: number; detail: string }
      assert.equal(problem.status, status)
      assert.ok(problem.detail.length > 10)
    })
  }

  it('gives credentials to an agent’s phone and to a guest’s, with headers that forbid storing them', async () => {
    const agent = await site.ask('POST', '/api/phones', { agent: 'sip:alice@example.com' })
    assert.deepEqual([agent.status, agent.headers.get('cache-control')], [200, 'no-store'])
    const phone = (await agent.json()) as Record<string, string>
    assert.deepEqual([phone['uri'], phone['server']], ['sip:alice@example.com', 'ws://127.0.0.1:5080'])
    assert.match(phone['expires'] ?? '', /^\d{4}-.*Z$/)
    const guest = (await (await site.ask('POST', '/api/phones', { guest: true })).json()) as Record<string, string>
    assert.equal(guest['uri'], 'sip:guest-1@example.com')
  })

  it('refuses credentials without an agent, for an unknown agent, and without a WebSocket listener', async () => {
    for (const body of [{}, { guest: false }, { agent: 'alice' }, { agent: 'sip:alice@example.com', guest: true }])
      assert.equal((await site.ask('POST', '/api/phones', body)).status, 400, JSON.stringify(body))
    assert.equal((await site.ask('POST', '/api/phones', { agent: 'sip:nobody@example.com' })).status, 404)
    site.problems = ['no ws:// or wss:// in sip.listen']
    const refused = await site.ask('POST', '/api/phones', { guest: true })
    assert.equal(refused.status, 409)
    assert.match(await refused.text(), /no ws:/)
  })

  it('removes the presence that the agent chose, and names the sources that can be removed', async () => {
    assert.equal((await site.ask('PUT', `${alice}/presence`, { state: 'away', source: 'console' })).status, 204)
    assert.equal((await site.ask('DELETE', `${alice}/presence/console`)).status, 204)
    assert.deepEqual(site.presence, [
      ['sip:alice@example.com', 'away', undefined, 'console'],
      ['sip:alice@example.com', 'console'],
    ])
    assert.equal((await site.ask('DELETE', `${alice}/presence/registration`)).status, 404)
    assert.equal((await site.ask('PUT', `${alice}/presence`, { state: 'away', source: 'calls' })).status, 400)
  })

  it('shows the result of the last config reload', async () => {
    const check = await site.read<{ readAt: string; warnings: string[] }>('/api/config/check')
    assert.deepEqual(check.warnings, ['agents.yaml:2:5: looks odd'])
    assert.match(check.readAt, /Z$/)
  })

  it('names the allowed methods of a path', async () => {
    const allow = async (method: string, path: string) => (await site.ask(method, path)).headers.get('allow')
    assert.equal(await allow('DELETE', `${alice}/presence`), 'PUT')
    assert.equal(await allow('POST', '/api/calls?state=active'), 'GET, HEAD')
    assert.equal(await allow('POST', '/api/nothing'), null)
  })

  it('explains a call as text or JSON', async () => {
    const text = await fetch(`${site.url}/api/calls/known/explain`, { headers: { accept: 'text/plain' } })
    assert.equal(await text.text(), 'because')
    assert.deepEqual(await site.read('/api/calls/known/explain'), { call: 'known' })
  })

  it('returns the ladder of a call as text or JSON, and 404 for an unknown call', async () => {
    site.shell.dial('support')
    const [id = ''] = site.shell.world.calls.keys()
    const text = await fetch(`${site.url}/api/calls/${id}/ladder`, { headers: { accept: 'text/plain' } })
    assert.equal(await text.text(), '|---- INVITE ---->|')
    assert.equal((await site.read<{ callId: string }>(`/api/calls/${id}/ladder`)).callId, id)
    assert.equal((await site.ask('GET', '/api/calls/unknown/ladder')).status, 404)
  })

  it('returns the ladder of a call as a file to save', async () => {
    site.shell.dial('support')
    const [id = ''] = site.shell.world.calls.keys()
    const file = async (form: string) => {
      const { headers, ...response } = await site.ask('GET', `/api/calls/${id}/ladder?form=${form}`).then(async answer => ({
        headers: answer.headers,
        bytes: Buffer.from(await answer.arrayBuffer()),
      }))
      return [headers.get('content-type'), headers.get('content-disposition'), response.bytes.toString('latin1').slice(0, 6)]
    }
    assert.deepEqual(await file('pcap'), ['application/vnd.tcpdump.pcap', `attachment; filename="${id}.pcap"`, '\xd4\xc3'])
    assert.deepEqual(await file('text'), ['text/plain; charset=utf-8', `attachment; filename="${id}.txt"`, '|---- '])
    assert.equal((await site.ask('GET', `/api/calls/${id}/ladder?form=png`)).status, 400)
  })

  it('is ready when nothing keeps it from taking calls, and otherwise names the reason', async () => {
    assert.equal((await site.ask('GET', '/health/ready')).status, 200)
    site.problems = ['draining']
    const response = await site.ask('GET', '/health/ready')
    assert.equal(response.status, 503)
    assert.deepEqual(await response.json(), { status: 'not ready', version: '1.2.3', problems: ['draining'], degraded: [] })
    assert.equal((await site.ask('GET', '/health/live')).status, 200)
  })

  it('tells browsers in every answer not to guess its type and not to show it in a frame', async () => {
    for (const path of [
      '/api/agents',
      '/api/events',
      '/api/nowhere',
      '/api/agents/%zz',
      '/metrics',
      '/health/ready',
      '/api/openapi.json',
    ]) {
      const response = await site.ask('GET', path)
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff', path)
      assert.equal(response.headers.get('x-frame-options'), 'DENY', path)
      assert.match(response.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path)
      assert.equal(response.headers.get('cross-origin-resource-policy'), 'same-origin', path)
      await response.body?.cancel()
    }
  })

  it('give no stream to HEAD, which would never end', async () => {
    const agent = new Agent({ keepAlive: true })
    const asking = request(`${site.url}/api/events`, { method: 'HEAD', agent }).end()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    assert.deepEqual([response.statusCode, response.headers.allow?.includes('GET')], [405, true])
    agent.destroy()
  })

  it('streams each change with the current document', async () => {
    const response = await site.ask('GET', '/api/events')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    assert.ok(reader)
    assert.match((await reader.read()).value ?? '', /^: carillon/)
    site.listener?.({ kind: 'agent', id: 'sip:alice@example.com' })
    assert.match((await reader.read()).value ?? '', /^event: agent\ndata: \{"uri":"sip:alice@example\.com"/)
    site.listener?.({ kind: 'call', id: 'over' })
    assert.match((await reader.read()).value ?? '', /^event: gone\ndata: \{"kind":"call","id":"over"\}/)
    site.listener?.({ kind: 'config', id: 'check' })
    assert.match((await reader.read()).value ?? '', /^event: config\ndata: \{"readAt":"\d{4}-[^"]+Z"\}/)
    await reader.cancel()
  })

  it('sends a sign of life on the stream every 15 s while a client listens', async () => {
    const response = await site.ask('GET', '/api/events')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    assert.ok(reader)
    assert.match((await reader.read()).value ?? '', /^: carillon/)
    for (let n = 0; n < 2; n += 1) {
      site.shell.clock.pass(15_000)
      assert.equal((await reader.read()).value, 'event: alive\ndata: {}\n\n')
    }
    await reader.cancel()
  })

  it('answers only to the names of this machine (DNS rebinding)', () => {
    for (const name of ['127.0.0.1', '127.1.2.3', 'localhost', 'LOCALHOST', '::1', '[::1]']) assert.ok(isLoopbackName(name), name)
    for (const name of ['example.com', '127.0.0.1.example.com', '10.0.0.1', '::2', '']) assert.ok(!isLoopbackName(name), name)
  })
})

describe('records over HTTP', () => {
  let site: Site
  beforeEach(async () => {
    site = new Site()
    await site.start()
    for (let n = 1; n <= 5; n += 1) {
      const arrivedAt = Date.parse(`2026-11-2${n}T10:00:00Z`)
      const record = {
        call: `c${n}`,
        workflow: n % 2 ? 'support' : 'sales',
        caller: 'sip:carol@example.com',
        arrivedAt,
        endedAt: arrivedAt,
      }
      site.store.saveRecord({
        ...record,
        talked: 90_000,
        waits: [{ queue: 'support', from: arrivedAt, waited: 1_500, outcome: 'abandoned' }],
        offers: [],
        answers: [],
        outcome: 'abandoned',
        status: 487,
      } as unknown as CallRecord)
    }
  })
  afterEach(() => site.stop())

  interface Page {
    readonly calls: readonly { readonly callId: string; readonly arrivedAt: string }[]
    readonly next: string | null
  }

  it('give no report with more than 20,000 rows, but say what to ask for', async () => {
    const offers = Array.from({ length: 250 }, (_, index) => ({
      agent: `sip:a${index}@example.com`,
      group: 'g',
      rang: 1,
      why: 'withdrawn',
    }))
    for (let hour = 0; hour < 90; hour += 1)
      site.store.saveRecord({
        ...{
          call: `r${hour}`,
          workflow: 'w',
          caller: 'sip:c@example.com',
          arrivedAt: hour * 3_600_000,
          endedAt: hour * 3_600_000,
        },
        ...{ talked: 0, waits: [], offers, answers: [], outcome: 'abandoned', status: 487 },
      } as unknown as CallRecord)
    const ask = (interval: string) => site.ask('GET', `/api/report?from=1970-01-01&to=1970-01-10&by=agent&interval=${interval}`)
    const response = await ask('hour')
    assert.equal(response.status, 400)
    assert.match(await response.text(), /more than 20000 rows: ask for a shorter time/)
    assert.equal((await ask('day')).status, 200)
  })

  it('end a page early when they are long, and the next page goes on there', async () => {
    const offers = Array.from({ length: 200 }, () => ({
      agent: 'sip:alice@example.com',
      group: 'support',
      rang: 100,
      why: 'withdrawn',
    }))
    for (let n = 1; n <= 80; n += 1)
      site.store.saveRecord({
        ...{ call: `long${n}`, workflow: 'long', caller: 'sip:carol@example.com', arrivedAt: n * 1_000, endedAt: n * 1_000 },
        ...{ talked: 0, waits: [], offers, answers: [], outcome: 'abandoned', status: 487 },
      } as unknown as CallRecord)
    const names: string[] = []
    let pages = 0
    for (let cursor: string | null = ''; cursor !== null; pages += 1) {
      const more: string = cursor === '' ? '' : `&cursor=${cursor}`
      const { calls, next } = await site.read<Page>(`/api/calls?state=finished&limit=1000&workflow=long${more}`)
      names.push(...calls.map(({ callId }) => callId))
      cursor = next
    }
    assert.equal(pages, 3)
    assert.deepEqual(
      names,
      Array.from({ length: 80 }, (_, index) => `long${80 - index}`),
    )
  })

  it('are listed by filter and page, the latest first', async () => {
    const first = await site.read<Page>('/api/calls?state=finished&limit=2')
    assert.deepEqual(
      first.calls.map(({ callId }) => callId),
      ['c5', 'c4'],
    )
    const second = await site.read<Page>(`/api/calls?state=finished&limit=3&cursor=${first.next}`)
    assert.deepEqual(
      second.calls.map(({ callId }) => callId),
      ['c3', 'c2', 'c1'],
    )
    const days = await site.read<Page>('/api/calls?state=finished&from=2026-11-22&to=2026-11-25T10:00Z&workflow=sales')
    assert.deepEqual(
      days.calls.map(({ callId }) => callId),
      ['c4', 'c2'],
    )
    const { callId, talked, waits } = await site.read<{ callId: string; talked: number; waits: unknown }>('/api/calls/c3')
    const wait = { queue: 'support', from: '2026-11-23T10:00:00.000Z', waited: 1.5, outcome: 'abandoned' }
    assert.deepEqual({ callId, talked, waits }, { callId: 'c3', talked: 90, waits: [wait] }, 'durations are in seconds')
  })

  it('are all that is left of a call from before a restart, because only the journal has its decisions', async () => {
    const why = async (call: string): Promise<readonly [number, string]> => {
      const answer = await site.ask('GET', `/api/calls/${call}/explain`)
      return [answer.status, ((await answer.json()) as { detail: string }).detail]
    }
    const [status, detail] = await why('c3')
    assert.equal(status, 404)
    assert.match(detail, /'c3' are not kept over a restart.*the journal .* has every event/)
    assert.match((await why('nobody'))[1], /^nothing is known of a call 'nobody'/)
  })

  it('answer a wrong query with place and remedy', async () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['/api/calls?state=finished&from=yesterday', /^from: is not a date or date-time such as 2026/],
      ['/api/calls?state=finished&limit=0', /^limit: /],
      ['/api/calls?state=finished&outcome=lost', /^outcome: .*abandoned/],
      ['/api/calls?state=finished&colour=red', /colour/],
      ['/api/calls?state=finished&cursor=x', /^cursor: 'x' is none/],
      [`/api/calls?state=finished&cursor=${'9'.repeat(400)}.x`, /^cursor: '9+\.x' is none/],
      ['/api/calls?workflow=sales', /^state is 'active'/],
      ['/api/calls?state=finished&from=2026-02-30', /^from: is not in the calendar: there is no 2026-02-30/],
      ['/api/calls?state=finished&from=2026-11-23%2008:00', /^from: is not a date/],
      ['/api/report?from=2026-11-01', /^to: is required/],
      ['/api/report?from=2026-11-02&to=2026-11-01', /^to: is before from/],
      ['/api/report?from=2026-11-01&to=2026-12-01&zone=Paris', /^zone: '.*' is not a time zone/],
      ['/api/report?from=2026-11-01&to=2026-12-01&zone=%2B01:00', /^zone: '.*' is not a time zone/],
    ]
    for (const [path, detail] of wrong) {
      const response = await site.ask('GET', path)
      assert.equal(response.status, 400, path)
      assert.match(((await response.json()) as { detail: string }).detail, detail)
    }
  })

  it('answer 503 while the store can’t be read', async () => {
    site.store.records = () => Promise.reject(new Error('database is locked'))
    for (const path of ['/api/calls?state=finished', '/api/report?from=2026-11-01&to=2026-12-01']) {
      const response = await site.ask('GET', path)
      assert.equal(response.status, 503, path)
      assert.match(((await response.json()) as { detail: string }).detail, /can't be read now \(database is locked\)/)
    }
  })

  it('are summed up in a report', async () => {
    const report = await site.read<{ rows: { name: string; received: number }[] }>('/api/report?from=2026-11-01&to=2026-12-01')
    assert.deepEqual(
      report.rows.map(({ name, received }) => [name, received]),
      [
        ['sales', 2],
        ['support', 3],
      ],
    )
  })

  it('are summed up within filters, and as files for spreadsheets with the same calls', async () => {
    const period = 'from=2026-11-01&to=2026-12-01'
    const { rows, profile } = await site.read<{
      rows: { from: string; name: string; received: number }[]
      profile: { weekdays: { received: number }[] }
    }>(`/api/report?${period}&interval=month&workflow=sales`)
    assert.deepEqual(
      rows.map(({ from, name, received }) => [from, name, received]),
      [['2026-11', 'sales', 2]],
    )
    assert.equal(
      profile.weekdays.reduce((sum, { received }) => sum + received, 0),
      2,
    )
    const file = async (path: string): Promise<readonly string[]> => {
      const answer = await site.ask('GET', path)
      assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8')
      assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="\w+\.csv"$/)
      const bytes = Buffer.from(await answer.arrayBuffer()).toString()
      assert.equal(bytes.charCodeAt(0), 0xfeff, 'the mark by which spreadsheets know UTF-8')
      return bytes.slice(1).split('\r\n')
    }
    const summed = await file(`/api/report.csv?${period}&workflow=sales`)
    assert.match(summed[0] ?? '', /^from,name,received,/)
    assert.match(summed[1] ?? '', /^,sales,2,/)
    assert.equal(summed.length, 3)
    const listed = await file(`/api/calls.csv?${period}&workflow=sales`)
    assert.match(listed[0] ?? '', /^arrivedAt,joinedAt,endedAt,caller,/)
    assert.equal(listed.length, 4, 'a head, two calls, and the end of the last line')
    assert.equal((await file(`/api/calls.csv?${period}&workflow=nope`)).length, 2)
  })

  describe('are read once for a report that is asked for again', () => {
    const range = '/api/report?from=2026-11-22&to=2026-11-24'
    const received = async (path = range): Promise<readonly number[]> =>
      (await site.read<{ rows: { received: number }[] }>(path)).rows.map(row => row.received)
    const readsFor = async (ask: () => Promise<unknown>): Promise<number> => {
      const before = site.pagesRead
      await ask()
      return site.pagesRead - before
    }
    const ended = (day: number): void =>
      site.save({
        ...{
          call: `new${day}`,
          workflow: 'support',
          caller: 'sip:carol@example.com',
          talked: 0,
          outcome: 'abandoned',
          status: 487,
        },
        ...{ arrivedAt: Date.parse(`2026-11-${day}T10:00:00Z`), waits: [], offers: [], answers: [] },
      } as unknown as CallRecord)

    it('within a minute', async () => {
      assert.equal(await readsFor(received), 1)
      assert.equal(await readsFor(received), 0)
      assert.deepEqual(await received(), [1, 1])
      site.shell.clock.pass(60_000)
      assert.equal(await readsFor(received), 1)
    })

    it('until a call of its range has ended; other calls change nothing', async () => {
      assert.deepEqual(await received(), [1, 1])
      ended(21)
      ended(24)
      assert.equal(await readsFor(received), 0)
      ended(23)
      assert.deepEqual(await received(), [1, 2])
    })

    it('not if it is summed up in another way', async () => {
      await received()
      for (const more of ['&by=queue', '&interval=day', '&zone=Europe/Paris'])
        assert.equal(await readsFor(() => received(range + more)), 1, more)
    })

    it('even if it names the time zone in another spelling', async () => {
      await received(`${range}&zone=Europe/Paris`)
      for (const zone of ['europe/paris', 'EUROPE/PARIS'])
        assert.equal(await readsFor(() => received(`${range}&zone=${zone}`)), 0, zone)
    })

    it('not if a call of its range ended while it was made', async () => {
      const records = site.store.records.bind(site.store)
      site.store.records = async filter => {
        const page = await records(filter)
        site.store.records = records
        ended(23)
        return page
      }
      await received()
      assert.deepEqual(await received(), [1, 2])
    })
  })
})

describe('the console over HTTP', () => {
  let folder: string
  let site: Site
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-console-'))
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), '<title>Carillon</title>')
    await writeFile(join(folder, 'assets', 'index-1a2b.js'), 'run()')
    await writeFile(join(folder, 'assets', 'big-3c4d.js'), 'run(big)')
    await writeFile(join(folder, 'assets', 'big-3c4d.js.br'), brotliCompressSync('run(big)'))
    await writeFile(join(folder, 'assets', 'big-3c4d.js.gz'), gzipSync('run(big)'))
    site = new Site({}, {}, folder)
    await site.start()
  })
  after(async () => {
    await site.stop()
    await rm(folder, { recursive: true })
  })

  it('is the same page at every address, is never cached, and runs nothing from other hosts', async () => {
    for (const path of ['/', '/desk', '/calls/abc?x=y', '/login']) {
      const response = await site.ask('GET', path)
      assert.equal(await response.text(), '<title>Carillon</title>', path)
      assert.equal(response.headers.get('cache-control'), 'no-cache')
      const policy = response.headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'self'; connect-src 'self' ws:\/\/127\.0\.0\.1:5080;/)
      assert.doesNotMatch(policy, /unsafe/)
      assert.match(response.headers.get('permissions-policy') ?? '', /microphone=\(self\)/)
    }
  })

  it('lets the phone also connect to an IPv6 address, which no policy can name', async () => {
    site.phoneServer = 'ws://[::1]:5080'
    const policy = (await site.ask('GET', '/')).headers.get('content-security-policy') ?? ''
    assert.match(policy, /; connect-src 'self' ws:;/)
  })

  it('has assets that browsers cache, and answers 404 for unknown ones', async () => {
    const asset = await site.ask('GET', '/assets/index-1a2b.js')
    assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    assert.match(asset.headers.get('content-type') ?? '', /javascript/)
    for (const path of ['/assets/index-0000.js', '/assets/../../package.json', '/nowhere'])
      assert.equal((await site.ask('GET', path)).status, 404, path)
  })

  it('is the answer for a page that is not there, to a browser that a person sent there, but not in place of data', async () => {
    const answer = async (path: string, accept: string): Promise<unknown[]> => {
      const response = await site.ask('GET', path, undefined, { accept })
      return [response.status, response.headers.get('content-type')?.split(';')[0]]
    }
    const browser = 'text/html,application/xhtml+xml,*/*;q=0.8'
    assert.deepEqual(await answer('/desk/foo', browser), [404, 'text/html'])
    assert.deepEqual(await answer('/nonsense', 'application/json'), [404, 'application/problem+json'])
    assert.deepEqual(await answer('/nonsense', '*/*'), [404, 'application/problem+json'])
    assert.deepEqual(await answer('/api/nonsense', browser), [404, 'application/problem+json'])
    assert.deepEqual(await answer('/assets/index-0000.js', browser), [404, 'application/problem+json'])
    const response = await site.ask('GET', '/nonsense', undefined, { accept: browser })
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'self'/)
    assert.equal((await site.ask('POST', '/nonsense', {}, { accept: browser })).status, 404)
  })

  for (const [accepted, coding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0.1, gzip;q=0.5', 'gzip'],
    ['*', 'br'],
    ['identity', null],
    ['deflate', null],
    ['*;q=0', null],
    [`br, ${'x, '.repeat(100)}gzip`, null],
    ['', null],
  ] as const)
    it(`sends ${coding ?? 'the plain file'} to a client that accepts '${accepted}'`, async () => {
      const response = await site.ask('GET', '/assets/big-3c4d.js', undefined, { 'accept-encoding': accepted })
      assert.deepEqual(
        ['content-encoding', 'vary', 'content-type'].map(name => response.headers.get(name)),
        [coding, 'Accept-Encoding', 'text/javascript; charset=utf-8'],
      )
      assert.equal(await response.text(), 'run(big)')
    })

  it('marks each compressed form with an ETag of its own, and shows none under its own address', async () => {
    const ask = (accepted: string, etag = '') =>
      site.ask('GET', '/assets/big-3c4d.js', undefined, { 'accept-encoding': accepted, 'if-none-match': etag })
    const tags = await Promise.all(['br', 'gzip', 'identity'].map(async each => (await ask(each)).headers.get('etag') ?? ''))
    assert.equal(new Set(tags).size, 3)
    assert.deepEqual([(await ask('br', tags[0])).status, (await ask('gzip', tags[0])).status], [304, 200])
    assert.equal((await site.ask('GET', '/assets/big-3c4d.js.br')).status, 404)
  })

  it('is never served without its policy', async () => {
    const response = await site.ask('GET', '/index.html')
    assert.deepEqual([response.status, response.headers.get('location')], [302, '/'])
    assert.match(response.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  })

  it('is sent again only after it has changed', async () => {
    const page = await site.ask('GET', '/')
    const again = await site.ask('GET', '/', undefined, { 'if-none-match': page.headers.get('etag') ?? '' })
    assert.deepEqual([again.status, await again.text()], [304, ''])
    assert.match(again.headers.get('content-security-policy') ?? '', /default-src 'self'/)
  })

  it('opens no file for a request', async () => {
    await rm(join(folder, 'assets', 'index-1a2b.js'))
    assert.equal(await (await site.ask('GET', '/assets/index-1a2b.js')).text(), 'run()')
  })

  it('says that it was not built', async () => {
    const bare = new Site()
    await bare.start()
    const response = await bare.ask('GET', '/')
    assert.equal(response.status, 503)
    assert.match(await response.text(), /npm run build/)
    await bare.stop()
  })
})
