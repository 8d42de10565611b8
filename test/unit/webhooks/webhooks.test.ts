import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import sinon from 'sinon'
import { Webhook } from 'standardwebhooks'
import { webhookEvents, type WebhookSettings } from '../../../src/config/webhooks.js'
import { millis, wallTime } from '../../../src/foundation/time.js'
import { toWall, wallNow } from '../../../src/foundation/clock.js'
import { post, type Attempt, type Posted } from '../../../src/webhooks/post.js'
import { Webhooks } from '../../../src/webhooks/webhooks.js'
import type { CallRecord } from '../../../src/store/port.js'
import { spiedLog } from '../../fakes/spies.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeSignaling } from '../../fakes/signaling.js'
import { callSettings, Shell } from '../calls/shell.js'
import { WorldBuilder } from '../routing/build.js'

const key = new Uint8Array(32).fill(7)
const settings = (more: Partial<WebhookSettings> = {}): WebhookSettings => ({
  ...{ name: 'crm', url: 'https://crm.example.com/hook?key=secret', key, events: webhookEvents, timeout: millis(1_000), ...more },
})
const good: Attempt = { kind: 'answered', status: 204 }
const routing = new WorldBuilder()
  .agent('alice', { alwaysAvailable: true })
  .group('sales', 'serial', ['alice'])
  .queue('sales', ['sales'])
  .settings()

/** Webhooks of a shell whose phones the test plays. */
class Hooks {
  readonly clock = new FakeClock()
  readonly posted: Posted[] = []
  readonly log = spiedLog()
  answer: () => Promise<Attempt> = () => Promise.resolve(good)
  readonly webhooks = new Webhooks({
    ...{ clock: this.clock, log: this.log, wall: at => toWall(this.clock, at) },
    caller: () => ({ uri: 'sip:+15550100@example.com', displayName: 'Ann' }),
    document: ({ call, outcome }) => ({ callId: call, outcome }),
    post: posted => {
      this.posted.push(posted)
      return this.answer()
    },
  })
  readonly shell = new Shell(routing, callSettings(routing), {
    ...{ clock: this.clock, signaling: new FakeSignaling(), readers: [this.webhooks.reader] },
  })

  ends(call: string): void {
    this.webhooks.ended({ call, outcome: 'answered', endedAt: wallTime(1_000) } as CallRecord)
  }
  /** Lets the attempts that are under way end. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  }
  async pass(ms: number): Promise<void> {
    this.clock.pass(ms)
    await this.settle()
  }
  get types(): string[] {
    return this.posted.map(({ body }) => (JSON.parse(body) as { type: string }).type)
  }
}

describe('webhooks', () => {
  it('tell what a call does, signed as a library of the specification checks it', async () => {
    const hooks = new Hooks()
    hooks.webhooks.use([settings()])
    const caller = hooks.shell.dial('sales')
    hooks.shell.phone('alice').answer()
    caller.leg?.confirm()
    hooks.ends('c-1')
    await hooks.settle()
    assert.deepEqual(hooks.types.sort(), ['call.answered', 'call.arrived', 'call.ended', 'call.ringing'])
    const receiver = new Webhook(Buffer.from(key).toString('base64'))
    // The library refuses what is older than five minutes.
    const times = sinon.useFakeTimers({ now: wallNow(hooks.clock), toFake: ['Date'] })
    try {
      const read = hooks.posted.map(({ body, headers }) => receiver.verify(body, headers) as { readonly type: string })
      const ringing = read.find(({ type }) => type === 'call.ringing')
      assert.match(
        JSON.stringify(ringing),
        /"timestamp":"[^"]+Z","data":\{"callId":"[^"]+","offer":"[^"]+\.1","agent":"sip:alice@example\.com","queue":"sales","group":"sales","caller":"sip:\+15550100@example\.com","callerName":"Ann"\}/,
      )
      assert(hooks.posted.length > 0)
      for (const { body, headers } of hooks.posted)
        assert.throws(() => receiver.verify(`${body} `, headers), /No matching signature/)
    } finally {
      times.restore()
    }
  })

  it('send a failed event again, later each time, and give up after six attempts', async () => {
    const hooks = new Hooks()
    hooks.answer = () => Promise.resolve({ kind: 'answered', status: 503 })
    hooks.webhooks.use([settings()])
    hooks.ends('c-1')
    await hooks.settle()
    for (const seconds of [5, 30, 120, 600, 1_800]) {
      const before = hooks.posted.length
      await hooks.pass(seconds * 1_000 - 1)
      assert.equal(hooks.posted.length, before, `not before ${seconds} s`)
      assert.equal(hooks.webhooks.list()[0]?.waiting, 1)
      await hooks.pass(1)
      assert.equal(hooks.posted.length, before + 1)
    }
    const [delivery] = hooks.webhooks.deliveries('crm') ?? []
    assert.deepEqual([delivery?.state, delivery?.attempts, delivery?.next], ['failed', 6, undefined])
    assert.deepEqual(hooks.webhooks.list(), [
      {
        ...{ name: 'crm', url: 'https://crm.example.com/hook?…', events: webhookEvents },
        ...{ waiting: 0, delivered: 0, failed: 1, dropped: 0 },
      },
    ])
    sinon.assert.calledWithMatch(hooks.log.warn, 'did not take call.ended in 6 attempts: 503')
    // A receiver that knows the event already can tell by its id.
    assert.equal(new Set(hooks.posted.map(({ headers }) => headers['webhook-id'])).size, 1)
  })

  it('deliver an event that fails once', async () => {
    const hooks = new Hooks()
    const answers: Attempt[] = [{ kind: 'failed', because: 'no answer within 1 s' }]
    hooks.answer = () => Promise.resolve(answers.pop() ?? good)
    hooks.webhooks.use([settings()])
    hooks.ends('c-1')
    await hooks.settle()
    assert.deepEqual(hooks.webhooks.deliveries('crm')?.[0]?.last?.attempt, { kind: 'failed', because: 'no answer within 1 s' })
    await hooks.pass(5_000)
    const [delivery] = hooks.webhooks.deliveries('crm') ?? []
    assert.deepEqual([delivery?.state, delivery?.attempts, delivery?.call], ['delivered', 2, 'c-1'])
  })

  it('keep at most 1,000 events for a receiver that does not answer, with four attempts at a time, and count the others', async () => {
    const hooks = new Hooks()
    hooks.answer = () => new Promise(() => undefined)
    hooks.webhooks.use([settings()])
    for (let call = 0; call < 1_500; call += 1) hooks.ends(`c-${call}`)
    await hooks.settle()
    assert.equal(hooks.posted.length, 4)
    const [shown] = hooks.webhooks.list()
    assert.deepEqual([shown?.waiting, shown?.dropped], [1_000, 500])
    sinon.assert.calledOnce(hooks.log.warn)
    assert.equal(hooks.webhooks.deliveries('crm')?.length, 200)
  })

  it('tell only the events that the config names, and go on after a change of the config', async () => {
    const hooks = new Hooks()
    hooks.webhooks.use([settings({ events: ['call.arrived'] }), settings({ name: 'other' })])
    hooks.ends('c-1')
    await hooks.settle()
    assert.deepEqual([hooks.webhooks.deliveries('crm')?.length, hooks.webhooks.deliveries('other')?.length], [0, 1])
    hooks.webhooks.use([settings({ name: 'other', url: 'https://new.example.com/' })])
    assert.equal(hooks.webhooks.deliveries('crm'), undefined)
    hooks.ends('c-2')
    await hooks.settle()
    assert.deepEqual([hooks.posted.at(-1)?.url, hooks.webhooks.deliveries('other')?.length], ['https://new.example.com/', 2])
  })

  it('stop after two seconds, whatever a receiver does, and send nothing after that', async () => {
    const hooks = new Hooks()
    hooks.answer = () => new Promise(() => undefined)
    hooks.webhooks.use([settings()])
    hooks.ends('c-1')
    const stopped = hooks.webhooks.stop()
    await hooks.pass(2_000)
    await stopped
    assert.equal(hooks.posted[0]?.gone.aborted, true)
    await hooks.pass(10_000)
    assert.equal(hooks.posted.length, 1)
  })

  it('send a test at once, and say what became of it', async () => {
    const hooks = new Hooks()
    hooks.webhooks.use([settings()])
    const delivery = await hooks.webhooks.test('crm')
    assert.deepEqual([delivery?.event, delivery?.state, delivery?.call], ['test', 'delivered', undefined])
    assert.deepEqual(hooks.types, ['test'])
    assert.equal(hooks.webhooks.test('nobody'), undefined)
  })
})

describe('an attempt by HTTP', () => {
  let server: Server
  let asked: string[]
  beforeEach(done => {
    asked = []
    server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers['content-type'] ?? ''}`)
      if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end()
      else if (request.url !== '/silent') response.writeHead(200).end('thanks')
    })
    server.listen(0, '127.0.0.1', done)
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const sent = (path: string, more: Partial<Posted> = {}): Promise<Attempt> =>
    post({
      ...{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, headers: {}, body: '{}' },
      ...{ timeout: millis(10_000), gone: new AbortController().signal, ...more },
    })

  it('posts JSON, follows no redirect, waits no longer than it may, and says why there is no answer', async () => {
    assert.deepEqual(await sent('/hook'), { kind: 'answered', status: 200 })
    assert.deepEqual(await sent('/moved'), { kind: 'answered', status: 302 })
    assert.deepEqual(asked, ['POST /hook application/json', 'POST /moved application/json'])
    assert.deepEqual(await sent('/silent', { timeout: millis(100) }), { kind: 'failed', because: 'no answer within 0.1 s' })
    const refused = await sent('/', { url: 'http://127.0.0.1:9/' })
    assert.deepEqual([refused.kind, 'because' in refused && refused.because !== ''], ['failed', true])
  })
})
