import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { hashUserPassword } from '../../../src/config/passwords.js'
import type { PlanView } from '../../../src/config/plan-view.js'
import { Shares } from '../../../src/http/shares.js'
import { FakeClock } from '../../fakes/clock.js'
import type { CallRecord, Reader, Store } from '../../../src/store/port.js'
import { Site } from './site.js'

const wrapUp = '/api/agents/sip%3Aalice%40example.com/wrap-up'

describe('the share of one person', () => {
  it('is 120 changes at once and two per second, so that no person fills the audit log or takes from others', async () => {
    const passwordHash = await hashUserPassword('right')
    const users = ['ann', 'ben'].map(name => ({ name, passwordHash, role: 'viewer', workflows: [] }) as const)
    const site = new Site({ users })
    await site.start()
    const login = async (name: string): Promise<string> => {
      const [set = ''] = (await site.ask('POST', '/api/session', { name, password: 'right' })).headers.getSetCookie()
      return set.split(';')[0] ?? ''
    }
    const [ann, ben] = [await login('ann'), await login('ben')]
    const change = async (cookie: string): Promise<number> =>
      (await site.ask('DELETE', wrapUp, undefined, { cookie, 'sec-fetch-site': 'same-origin' })).status
    const answers: number[] = []
    for (let each = 0; each < 125; each += 1) answers.push(await change(ann))
    assert.deepEqual(answers.slice(119), [403, 429, 429, 429, 429, 429])
    assert.equal(await change(ben), 403)
    site.shell.clock.pass(1_000)
    assert.deepEqual([await change(ann), await change(ann), await change(ann)], [403, 403, 429])
    const { items: entries } = await site.store.audit({ limit: 1_000 })
    assert.equal(entries.filter(({ who, done }) => who === 'ann' && !done).length, 122)
    await site.stop()
  })

  it('of a program is 2,000 changes at once and 200 a second; a refused one counts as 21', async () => {
    const site = new Site({
      tokens: [{ name: 'desk', digest: createHash('sha256').update('secret').digest('hex'), role: 'viewer', workflows: [] }],
    })
    await site.start()
    const change = async (): Promise<number> =>
      (await site.ask('DELETE', wrapUp, undefined, { authorization: 'Bearer secret' })).status
    const answers: number[] = []
    for (let each = 0; each < 100; each += 1) answers.push(await change())
    assert.deepEqual([answers.indexOf(429), answers.at(-1)], [96, 429])
    site.shell.clock.pass(1_000)
    answers.length = 0
    for (let each = 0; each < 20; each += 1) answers.push(await change())
    assert.equal(answers.filter(status => status === 403).length, 9)
    await site.stop()
  })

  it('is 64 requests that wait for their answers, on however many connections', () => {
    const shares = new Shares(new FakeClock())
    const who = { kind: 'token', name: 'viewer', role: 'viewer', workflows: [] } as const
    const over: (() => void)[] = []
    const status = (name: string): number | undefined =>
      shares.refuses({ ...who, name }, told => void over.push(told), { kind: 'read', load: 1 })?.status
    const refused = Array.from({ length: 65 }, () => status('viewer'))
    assert.deepEqual(refused, [...Array<undefined>(64).fill(undefined), 429])
    assert.equal(status('other'), undefined)
    over[0]?.()
    assert.deepEqual([status('viewer'), status('viewer')], [undefined, 429])
  })

  it('is charged for the bytes of answers too, and ends at 8 MiB that are not read', () => {
    const clock = new FakeClock()
    const shares = new Shares(clock)
    const who = { kind: 'token', name: 'viewer', role: 'viewer', workflows: [] } as const
    const over: (() => void)[] = []
    const status = () => shares.refuses(who, () => undefined, { kind: 'read', load: 1 })?.status
    const answers = (bytes: number) => shares.answers(who, bytes, told => void over.push(told))
    const mebibyte = 1024 * 1024
    for (let each = 0; each < 8; each += 1) answers(mebibyte)
    assert.equal(status(), 429, 'unread')
    for (const told of over.splice(0)) told()
    assert.equal(status(), undefined)
    // A token has 1,000 units at once and 200 a second; 4 MiB are 128 units.
    for (let each = 0; each < 8; each += 1) answers(4 * mebibyte)
    for (const told of over.splice(0)) told()
    assert.equal(status(), 429, 'large answers count as several requests')
    clock.pass(2_000)
    assert.equal(status(), undefined)
  })
})

describe('the reads of a person who has logged in', () => {
  const digest = (token: string): string => createHash('sha256').update(token).digest('hex')
  const tokens = ['tower', 'board'].map(name => ({ name, digest: digest(name), role: 'viewer', workflows: [] }) as const)
  const bearer = (name: string) => ({ authorization: `Bearer ${name}` })
  const report = '/api/report?from=2026-11-01&to=2026-12-01'
  let site: Site
  beforeEach(async () => {
    site = new Site({ tokens })
    await site.start()
  })
  afterEach(() => site.stop())

  const ask = async (path: string, name = 'tower'): Promise<number> => {
    const response = await site.ask('GET', path, undefined, bearer(name))
    await response.body?.cancel()
    return response.status
  }
  const asked = async (count: number, path: string): Promise<Record<number, number>> => {
    const counts: Record<number, number> = {}
    for (let each = 0; each < count; each += 1) {
      const status = await ask(path)
      counts[status] = (counts[status] ?? 0) + 1
    }
    return counts
  }

  it('are as many as a wallboard needs, count more if they cost more, and take nothing from others', async () => {
    assert.deepEqual(await asked(18, report), { 200: 16, 429: 2 })
    const refused = await site.ask('GET', report, undefined, bearer('tower'))
    assert.equal(refused.headers.get('retry-after'), '1')
    assert.equal(await ask('/api/session', 'board'), 200)
    site.shell.clock.pass(1_000)
    assert.deepEqual(await asked(5, report), { 200: 4, 429: 1 })
    site.shell.clock.pass(1_000)
    assert.deepEqual(await asked(14, '/api/agents'), { 200: 12, 429: 2 })
    site.shell.clock.pass(1_000)
    assert.deepEqual(await asked(6, '/api/calls?state=finished&limit=1000'), { 200: 5, 429: 1 })
  })

  it('serialize the config once per config', async () => {
    let written = 0
    const view = (name: string): PlanView =>
      ({ agents: [], server: {}, groups: { toJSON: () => (written += 1) && { name } } }) as unknown as PlanView
    site.view = view('first')
    for (let each = 0; each < 3; each += 1)
      assert.deepEqual(await (await site.ask('GET', '/api/config', undefined, bearer('tower'))).json(), {
        view: { agents: [], server: {}, groups: { name: 'first' } },
        waiting: [],
        atNextStart: [],
      })
    assert.equal(written, 1)
    site.view = view('second')
    await ask('/api/config')
    assert.equal(written, 2)
  })

  it('serialize each event once for all streams', async () => {
    const streams = []
    for (let each = 0; each < 6; each += 1) streams.push(await site.ask('GET', '/api/events', undefined, bearer('tower')))
    assert.equal(site.listeners, 6)
    site.listener?.({ kind: 'agent', id: 'sip:alice@example.com' })
    assert.equal(site.described, 1)
    for (const { body } of streams) {
      assert(body)
      let text = ''
      for await (const bytes of body) {
        text += Buffer.from(bytes as Uint8Array).toString()
        if (text.includes('event: agent')) break
      }
    }
  })

  it('run at most two reports at a time, which count until their work ends and not only until their connection closes', async () => {
    const waiting: ((found: Awaited<ReturnType<Store['records']>>) => void)[] = []
    let told: (() => void) | undefined
    site.store.records = () =>
      new Promise(resolve => {
        waiting.push(resolve)
        told?.()
      })
    const until = async (count: number): Promise<void> => {
      while (waiting.length < count) await new Promise<void>(resolve => (told = resolve))
    }
    const sockets = [1, 2].map(() => {
      const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
      socket.write(`GET ${report} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer tower\r\n\r\n`)
      return socket
    })
    await until(2)
    for (const socket of sockets) {
      socket.destroy()
      await once(socket, 'close')
    }
    assert.equal(await ask(report), 429)
    // A full page: there are more records, but nobody asks for them.
    const record = {
      call: 'c',
      workflow: 'w',
      waits: [],
      offers: [],
      arrivedAt: 0,
      endedAt: 0,
      talked: 0,
    } as unknown as CallRecord
    const more = { items: Array<CallRecord>(100).fill(record), next: { arrivedAt: record.arrivedAt, call: record.call } }
    for (const resolve of waiting.splice(0)) resolve(more)
    const next = ask(report)
    await until(1)
    assert.equal(waiting.length, 1)
    waiting[0]?.({ items: [] })
    assert.equal(await next, 200)
  })

  it('of records that few match are charged for each look of the store, and find what is there', async () => {
    const record = (n: number): CallRecord =>
      ({
        call: `c${n}`,
        workflow: 'w',
        group: n === 0 ? 'rare' : 'support',
        waits: [],
        offers: [],
        caller: 'sip:c@example.com',
        answers: [],
        outcome: 'answered',
        arrivedAt: n,
        endedAt: n,
        talked: 0,
      }) as unknown as CallRecord
    for (let n = 0; n < 9_500; n += 1) site.save(record(n))
    const before = site.pagesRead
    const rare = await site.ask('GET', '/api/calls?state=finished&group=rare', undefined, bearer('tower'))
    const { calls, next } = (await rare.json()) as { calls: { callId: string }[]; next: unknown }
    assert.deepEqual([calls.map(({ callId }) => callId), next], [['c0'], null])
    assert.equal(site.pagesRead - before, 10, 'each read looks at 1,000 records at most')
    let answered = 0
    while ((await ask('/api/calls?state=finished&group=nobody&limit=1')) === 200) answered += 1
    assert.ok(answered < 30, `${answered} searches`)
  })

  it('that nobody waits for any more are not made', async () => {
    const readers: Reader[] = []
    let told: (() => void) | undefined
    site.store.records = (_filter, reader) => {
      if (reader) readers.push(reader)
      told?.()
      return new Promise((_resolve, reject) => reader?.gone?.addEventListener('abort', () => reject(new Error('gone'))))
    }
    const began = new Promise<void>(resolve => (told = resolve))
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
    socket.write(`GET /api/calls?state=finished HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer tower\r\n\r\n`)
    await began
    const [reader] = readers
    assert(reader?.gone)
    assert.deepEqual([reader.name, reader.gone.aborted], ['token tower', false])
    const gone = once(reader.gone, 'abort')
    socket.destroy()
    await gone
  })
})
