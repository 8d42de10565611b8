import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { seconds } from '../../src/foundation/time.js'
import type { Body } from '../../src/legs/body.js'
import { BuiltinMedia } from '../../src/media/builtin/builtin-media.js'
import { NoMedia } from '../../src/media/none.js'
import type { Digit, Media, Opened, Stream, StreamListener } from '../../src/media/port.js'
import type { Sound } from '../../src/media/rtp/sound.js'
import type { PromptId } from '../../src/routing/world/ids.js'
import { FakeMedia, FakeStream } from '../fakes/media.js'
import { offered } from '../unit/media/descriptions.js'
import { key } from '../unit/media/packets.js'
import { freePorts, Phone } from '../unit/media/phone.js'
import { sound } from '../unit/media/sounds.js'
import { Told } from '../unit/media/told.js'

/** The promises of src/media/port.ts, for each engine and each kind of caller. */

const [welcome, music, mute] = ['welcome' as PromptId, 'music' as PromptId, 'mute' as PromptId]
/** A sound that no loader makes. The media thread dies of it. */
const fatal = 'fatal' as PromptId

/** A caller of one engine. */
interface Caller {
  readonly offer: Body
  /** An offer or answer that the engine can't use. */
  readonly useless: Body
  /** Resolves when the caller hears this. */
  hears(what: PromptId): Promise<void>
  /** The caller presses a key, with enough packets to be heard over a lossy network. */
  press(digit: Digit, ours: Body): void
}

interface Bench {
  readonly media: Media
  caller(): Promise<Caller>
  /** Ends what plays. An engine with its own clock does nothing here. */
  toEnd(): void
  /** Makes the engine fail while it has streams. */
  fail(stream: Stream): void
  close(): Promise<void>
}

interface Engine {
  readonly name: string
  /** Whether it can serve callers. */
  readonly hasSound: boolean
  readonly open: () => Promise<Bench>
}

const digits = '0123456789*#'

class PacketCaller implements Caller {
  readonly useless = offered('m=audio 4 RTP/SAVP 0')
  #sent = 0

  constructor(private readonly phone: Phone) {}

  get offer(): Body {
    return this.phone.describes()
  }

  async hears(what: PromptId): Promise<void> {
    const wanted = codeOf(what)
    for (let count = 1; ; count += 1) {
      const packets = await this.phone.first(count)
      // After the twelve bytes of the RTP header (RFC 3550 §5.1).
      if (packets[count - 1]?.[12] === wanted) return
    }
  }

  press(digit: Digit, ours: Body): void {
    const timestamp = this.#sent * 1_000
    for (const ended of [false, true, true, true])
      this.phone.send(key(digits.indexOf(digit), { sequence: (this.#sent += 1), timestamp, ended }), ours)
  }
}

/** The sample value that identifies a sound. */
const codeOf = (what: PromptId): number => (what === welcome ? 0x11 : 0x22)
const longSound = (what: PromptId): Sound => sound(...Array<number>(800).fill(codeOf(what)))

async function builtin(): Promise<Bench> {
  const sounds = new Map<PromptId, Sound>([
    [welcome, longSound(welcome)],
    [music, longSound(music)],
    [fatal, { pcmu: sound(1).pcmu } as Sound],
  ])
  const media = new BuiltinMedia({
    ...{ place: { address: '127.0.0.1', ports: await freePorts(32) }, sounds, lostAfter: seconds(30) },
    ...{ clock: systemClock, log: silentLog, random: randomBytes, vouch: () => ({ known: true }) },
  })
  await media.start()
  const phones: Phone[] = []
  return {
    media,
    caller: async () => {
      const phone = await Phone.open()
      phones.push(phone)
      return new PacketCaller(phone)
    },
    toEnd: () => undefined,
    fail: stream => {
      const { type, text } = phones[0]?.describes() ?? assert.fail('no phone')
      stream.renegotiate({ type, text: text.replace('RTP/AVP 0 8 101', 'RTP/AVP 8 101') })
      stream.play(fatal)
    },
    close: async () => {
      for (const phone of phones) phone.close()
      await media.stop()
    },
  }
}

function fake(): Promise<Bench> {
  const media = new FakeMedia()
  const last = (): FakeStream => media.last
  return Promise.resolve({
    media,
    caller: () =>
      Promise.resolve({
        offer: offered('m=audio 4 RTP/AVP 0'),
        useless: offered('m=audio 4 RTP/SAVP 0', 'm=video 6 RTP/AVP 99'),
        hears: async (what: PromptId) => {
          await nextTurn()
          assert.match(last().hears, new RegExp(`^(loop )?${what}$`))
        },
        press: (digit: Digit) => void setImmediate(() => last().press(digit)),
      }),
    toEnd: () => void setImmediate(() => last().finish()),
    fail: stream => {
      assert(stream instanceof FakeStream)
      setImmediate(() => stream.breaks())
    },
    close: () => media.stop(),
  })
}

const none = (): Promise<Bench> =>
  Promise.resolve({
    media: new NoMedia(),
    caller: () =>
      Promise.resolve({ offer: offered('m=audio 4 RTP/AVP 0'), useless: offered(), hears: unserved, press: unserved }),
    toEnd: unserved,
    fail: unserved,
    close: () => Promise.resolve(),
  })
const unserved = (): never => assert.fail('this engine serves nobody')

const engines: readonly Engine[] = [
  { name: 'none', hasSound: false, open: none },
  { name: 'builtin', hasSound: true, open: builtin },
  { name: 'fake', hasSound: true, open: fake },
]

for (const { name, hasSound, open } of engines)
  describe(`media contract: ${name}`, () => {
    let bench: Bench
    let caller: Caller
    let streams: Stream[]
    // One thread serves all tests. Each test closes its streams, and tests that end the engine use one of their own.
    before(async () => {
      bench = await open()
    })
    beforeEach(async () => {
      caller = await bench.caller()
      streams = []
    })
    afterEach(() => {
      for (const stream of streams) stream.close()
      assert.equal(bench.media.streams, 0)
    })
    after(() => bench.close())

    function tryToOpen(offer: Body | undefined): Opened {
      const result = bench.media.open(offer, new Told())
      if (result.kind === 'opened') streams.push(result.stream)
      return result
    }

    function opened(offer: Body | undefined, listener: StreamListener): OpenedStream {
      const result = bench.media.open(offer, listener)
      if (result.kind !== 'opened') assert.fail(result.because)
      streams.push(result.stream)
      return result
    }

    it('opens a stream exactly for the offers that `speaks` accepts, and gives a reason for the others', () => {
      for (const offer of [caller.offer, caller.useless, undefined]) {
        const speaks = bench.media.speaks(offer)
        const result = tryToOpen(offer)
        assert.equal(result.kind, speaks ? 'opened' : 'unsupported')
        if (result.kind === 'unsupported') assert.ok(result.because.length > 0)
      }
      assert.equal(bench.media.speaks(caller.offer), hasSound)
      assert.equal(bench.media.speaks(caller.useless), false)
    })

    it('does not count a stream that it did not open, and has none left after stop', async () => {
      const own = await open()
      own.media.open(caller.useless, new Told())
      assert.equal(own.media.streams, 0)
      own.media.open(caller.offer, new Told())
      assert.equal(own.media.streams, hasSound ? 1 : 0)
      await own.media.stop()
      assert.equal(own.media.streams, 0)
      await own.close()
    })

    if (hasSound) failing(open)
    if (hasSound) {
      sounding(() => ({ bench, caller, opened }))
      agreeing(() => ({ bench, caller, opened }))
    }
  })

type OpenedStream = Extract<Opened, { kind: 'opened' }>

interface Served {
  readonly bench: Bench
  readonly caller: Caller
  readonly opened: (offer: Body | undefined, listener: StreamListener) => OpenedStream
}

/** What a caller hears, and what is heard from the caller. */
function sounding(served: () => Served): void {
  it('plays a prompt, and reports its end once, in a later turn', async () => {
    const { bench, caller, opened } = served()
    const told = new Told()
    const { stream } = opened(caller.offer, told)
    stream.play(welcome)
    assert.deepEqual(told.all, [])
    await caller.hears(welcome)
    bench.toEnd()
    await told.until(`finished ${welcome}`)
    assert.deepEqual(told.all, [`finished ${welcome}`])
  })

  it('does not report the end of a prompt that another prompt, music or silence replaced', async () => {
    const { bench, caller, opened } = served()
    const told = new Told()
    const { stream } = opened(caller.offer, told)
    for (const replace of [() => stream.play(music), () => stream.loop(music), () => stream.silence()]) {
      stream.play(welcome)
      replace()
    }
    stream.play(mute)
    bench.toEnd()
    await told.until(`finished ${mute}`)
    assert.deepEqual(told.all, [`finished ${mute}`])
  })

  it('repeats music, and reports no end', async () => {
    const { caller, opened } = served()
    const told = new Told()
    const { stream } = opened(caller.offer, told)
    stream.loop(music)
    stream.loop(music)
    await caller.hears(music)
    assert.deepEqual(told.all, [])
  })

  it('reports each key once', async () => {
    const { caller, opened } = served()
    const told = new Told()
    const { body } = opened(caller.offer, told)
    caller.press('5', body)
    await told.until('5')
    caller.press('#', body)
    await told.until('#')
    assert.deepEqual(told.all, ['5', '#'])
  })

  it('has heard nothing from a caller who sent nothing', () => {
    const { caller, opened } = served()
    assert.equal(opened(caller.offer, new Told()).stream.heardAt(), undefined)
  })
}

/** The end of the engine and of its streams. */
function failing(open: Engine['open']): void {
  it('reports its own end as a loss in a later turn, and nothing to a listener whose stream was closed, once or twice', async () => {
    const bench = await open()
    const caller = await bench.caller()
    const [closed, told] = [new Told(), new Told()]
    const [after, before] = [bench.media.open(caller.offer, told), bench.media.open(caller.offer, closed)]
    assert(before.kind === 'opened' && after.kind === 'opened')
    before.stream.play(welcome)
    caller.press('1', before.body)
    before.stream.close()
    before.stream.close()
    assert.equal(bench.media.streams, 1)
    bench.fail(after.stream)
    assert.deepEqual(told.all, [])
    await told.until('lost')
    assert.deepEqual([closed.all, told.all], [[], ['lost']])
    await bench.close()
  })
}

/** Offers and answers (RFC 3264). */
function agreeing(served: () => Served): void {
  it('answers an offer; without one it makes an offer and accepts the answer', async () => {
    const { caller, opened } = served()
    assert.match(opened(caller.offer, new Told()).body.type, /^application\/sdp/)
    const { stream, body } = opened(undefined, new Told())
    assert.match(body.type, /^application\/sdp/)
    stream.loop(music)
    assert.equal(stream.accept(caller.offer), true)
    await caller.hears(music)
  })

  it('refuses an answer or a re-INVITE that it cannot use, and keeps what was agreed', async () => {
    const { caller, opened } = served()
    const { stream } = opened(undefined, new Told())
    assert.equal(stream.accept(caller.offer), true)
    assert.equal(stream.renegotiate(caller.useless), undefined)
    assert.equal(stream.accept(caller.useless), false)
    stream.loop(music)
    await caller.hears(music)
  })

  it('answers a re-INVITE; if it has no SDP, it makes an offer', () => {
    const { caller, opened } = served()
    const { stream } = opened(caller.offer, new Told())
    for (const offer of [caller.offer, undefined]) assert.match(stream.renegotiate(offer)?.type ?? '', /^application\/sdp/)
  })

  it('accepts no SDP after the close', () => {
    const { caller, opened } = served()
    const { stream } = opened(caller.offer, new Told())
    stream.close()
    assert.equal(stream.renegotiate(caller.offer), undefined)
    assert.equal(stream.renegotiate(undefined), undefined)
    assert.equal(stream.accept(caller.offer), false)
  })
}
