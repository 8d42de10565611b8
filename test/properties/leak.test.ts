import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Calls } from '../../src/calls/calls.js'
import { journalReader } from '../../src/calls/journal.js'
import { silentLog } from '../../src/foundation/log.js'
import { Callers } from '../../src/observability/callers.js'
import { createLogReader } from '../../src/observability/log-reader.js'
import { createMetrics } from '../../src/observability/metrics.js'
import { LegNames } from '../../src/observability/leg-names.js'
import { recordReader } from '../../src/observability/records.js'
import { createViews } from '../../src/observability/views.js'
import { createWorld, type CallId } from '../../src/routing/index.js'
import type { CallRecord } from '../../src/store/port.js'
import { wallTime } from '../../src/foundation/time.js'
import { FakeClock } from '../fakes/clock.js'
import { FakeMedia } from '../fakes/media.js'
import { FakeSignaling, sdp, type FakePhone } from '../fakes/signaling.js'
import { callSettings } from '../unit/calls/shell.js'
import { WorldBuilder } from '../unit/routing/build.js'

const agents = ['alice', 'bob', 'carol', 'dora', 'emil']
const routing = new WorldBuilder().group('support', 'longestIdle', agents).queue('support', ['support']).settings()

/** The whole shell with all readers of the server, over fakes that forget finished calls. */
class Site {
  readonly clock = new FakeClock()
  readonly signaling = new FakeSignaling()
  readonly media = new FakeMedia()
  readonly calls: Calls
  recorded = 0

  constructor() {
    const { clock, signaling, media } = this
    const legs = new LegNames()
    const callers = new Callers(clock, legs)
    signaling.legNamed = (call, sipCallId) => legs.add(call, sipCallId)
    const world = createWorld(routing, { signIns: [], pointers: [] }, clock.now())
    const views = createViews(clock)
    const nothing = { append: () => undefined, onNewFile: () => undefined, dropped: 0, flush: async () => undefined }
    const metrics = createMetrics({
      ...{ version: 'test', clock, world },
      sip: {
        statistics: () => signaling.statistics(),
        subscriptions: () => ({}),
        registrations: () => ({}),
        overload: () => ({ delay: 0, refuses: false }),
        certificateExpires: () => undefined,
      },
      media: () => ({ streams: new Map(), counts: {} }) as never,
      connections: () => ({ known: 0, strangers: 0, refused: new Map<string, number>() }),
      trouble: {
        violations: new Map<string, number>(),
        uncaught: new Map<string, number>(),
        memoryLow: () => false,
        storeHealthy: () => true,
        dropped: () => ({ journal: 0, log: 0 }),
        watchImpaired: () => false,
        restartPending: () => 0,
      },
    })
    const story = (call: CallId) => views.story(call)
    const save = (_record: CallRecord): void => void (this.recorded += 1)
    this.calls = new Calls({
      ports: { signaling, media },
      ...{ world, clock, log: silentLog, random: randomBytes },
      settings: callSettings(routing, {}, false, 'atOnce'),
      listeners: {
        readers: [
          metrics.reader,
          views.reader,
          recordReader({ save, story, wall: wallTime, callers: callers.byCall, legs }),
          createLogReader(silentLog),
          journalReader({ ...nothing, close: async () => undefined }, world, 'test'),
        ],
        callerNews: (call, news) => callers.hear(call, news),
        violated: rule => assert.fail(rule),
      },
    })
  }

  /** Makes one call after another: answered, refused first, or abandoned. */
  play(count: number): void {
    for (let n = 0; n < count; n += 1) {
      const caller = this.signaling.call('sip:support@example.com', { body: sdp(`caller${n}`) })
      if (n % 3 === 1) this.#phone().refuse(486)
      if (n % 3 === 2) caller.cancel()
      else {
        this.#phone().answer(sdp('agent'))
        caller.leg?.confirm()
        this.clock.pass(2_000)
        caller.leg?.end({ kind: 'hungUp' })
      }
      this.clock.pass(61_000)
      // Memory of the fakes, not of the code under test.
      this.signaling.phones.length = 0
      this.signaling.calls.clear()
      this.media.opened.length = 0
    }
    assert.equal(this.calls.size, 0)
  }

  #phone(): FakePhone {
    return this.signaling.ringing()[0] ?? assert.fail('no phone rings')
  }
}

describe('no-slow-leak', () => {
  it('uses no more memory after 15,000 further calls than after the first 5,000', function () {
    this.timeout(60_000)
    const site = new Site()
    site.play(5_000)
    const before = heapInUse()
    site.play(15_000)
    const grown = (heapInUse() - before) / 15_000
    assert.equal(site.recorded, 20_000)
    // The smallest possible leak, a call id as a key in a map, is about 80 bytes. Without a leak the difference is below 15.
    assert.ok(grown < 40, `${grown.toFixed(0)} bytes stay of each finished call`)
  })
})

/** Bytes of live objects. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  assert(typeof collect === 'function')
  // Finalizers of the first collection may release more, so the second one counts.
  for (let times = 0; times < 2; times += 1) Reflect.apply(collect, undefined, [])
  return process.memoryUsage().heapUsed
}
