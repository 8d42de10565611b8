import { millis, wallTime } from '../../src/foundation/time.js'
import type { Body, Writer } from '../../src/legs/body.js'
import { BuiltinAnchor, type End } from '../../src/media/builtin/builtin-anchor.js'
import type { ToThread } from '../../src/media/builtin/messages.js'
import type {
  Anchor,
  AnchorListener,
  HeardSupervisor,
  KeptAnchorSide,
  Media,
  Opened,
  RelayedSound,
  Stream,
  StreamListener,
} from '../../src/media/port.js'
import type { PromptId } from '../../src/routing/world/ids.js'
import { sdp } from './signaling.js'

/** A caller's stream. The test reads what the caller hears, and makes the caller act. */
export class FakeStream implements Stream {
  /** The current sound: a prompt's name, `loop` and a name, or nothing. */
  hears = ''
  open = true
  /** The time of the caller's last media. */
  heard: number | undefined
  /** All sounds that were started, in order. */
  readonly played: string[] = []
  /** The caller's SDP, if known. */
  remote: Body | undefined
  #prompt: PromptId | undefined
  #offers = 0

  constructor(
    offer: Body | undefined,
    private readonly listener: StreamListener,
    private readonly closed: () => void,
    readonly writer?: Writer,
  ) {
    this.remote = offer
  }

  accept(answer: Body): boolean {
    if (!this.open || answer.text.includes('m=video')) return false
    this.remote = answer
    return true
  }

  renegotiate(offer: Body | undefined): Body | undefined {
    if (!this.open || offer?.text.includes('m=video') === true) return undefined
    if (offer) this.remote = offer
    return sdp(`carillon-${(this.#offers += 1)}`)
  }

  play(prompt: PromptId): void {
    this.#prompt = prompt
    this.#sound(prompt)
  }

  loop(music: PromptId): void {
    this.#prompt = undefined
    this.#sound(`loop ${music}`)
  }

  heardAt(): number | undefined {
    return this.heard
  }

  silence(): void {
    this.#prompt = undefined
    this.hears = ''
  }

  state(): KeptAnchorSide {
    return { id: '7', version: 1 + this.#offers }
  }

  close(): void {
    if (!this.open) return
    this.open = false
    this.silence()
    this.closed()
  }

  /** Ends the current prompt. */
  finish(): void {
    const prompt = this.#prompt
    if (prompt === undefined) throw new Error('no prompt plays')
    this.silence()
    this.listener.finished(prompt)
  }

  /** Nothing is reported after the close, here and below. */
  press(digit: Parameters<StreamListener['digit']>[0]): void {
    if (this.open) this.listener.digit(digit)
  }

  /** Our engine fails. */
  breaks(): void {
    if (this.open) this.listener.lost({ kind: 'broken' })
  }

  /** The caller's media stop. */
  lose(): void {
    if (!this.open) return
    this.listener.lost({
      kind: 'silent',
      places: { theirs: '192.0.2.9:4000', ours: '192.0.2.1:20000' },
      heard: false,
      after: millis(30_000),
    })
  }

  #sound(what: string): void {
    if (!this.open) throw new Error('plays after its close')
    this.hears = what
    this.played.push(what)
  }
}

/** The address of all relays. */
export const relayAddress = '198.51.100.1'

/** The media port without packets. It accepts any offer except those with `SAVP`. */
export class FakeMedia implements Media {
  readonly opened: FakeStream[] = []
  streams = 0
  /** The supervisors who hear a call now: their stream, as an index in `opened`, and who hears them. */
  supervised: readonly (readonly [stream: number, heardBy: HeardSupervisor['heardBy']])[] = []
  /** The number of streams that can be open. */
  free = Number.MAX_SAFE_INTEGER

  speaks(offer: Body | undefined): boolean {
    return offer?.text.includes('SAVP') !== true
  }

  faultOf(offer: Body | undefined): string | undefined {
    return this.speaks(offer) ? undefined : 'SRTP'
  }

  open(offer: Body | undefined, listener: StreamListener, writer?: Writer): Opened {
    if (!this.speaks(offer)) return { kind: 'unsupported', because: 'SRTP' }
    if (this.streams >= this.free) return { kind: 'unsupported', because: 'no port free' }
    this.streams += 1
    const stream = new FakeStream(offer, listener, () => (this.streams -= 1), writer)
    this.opened.push(stream)
    return { kind: 'opened', stream, body: sdp('carillon') }
  }

  relayFault(offer: Body | undefined, sound?: RelayedSound): string | undefined {
    if (sound === 'g711' && offer && !/^m=audio \d+ \S+(?: \d+)*? [08]\b/m.test(offer.text)) return 'no G.711'
    return this.faultOf(offer)
  }

  /** The relays that are open. Their ports exist only in descriptions. */
  readonly anchors = new Set<BuiltinAnchor>()
  /** What the relays told the media thread. */
  readonly relayed: ToThread[] = []
  /** The ports of relays in use. */
  readonly ends = new Set<number>()
  /** How many ports of relays can be in use. */
  mostEnds = Number.MAX_SAFE_INTEGER
  #lastEnd = 0

  anchor(listener: AnchorListener, sound: RelayedSound = 'any'): Anchor {
    const anchor: BuiltinAnchor = new BuiltinAnchor(
      {
        describing: {
          ...{ family: 4, sound, reachable: () => [relayAddress], vouch: () => ({ known: true }) },
          sessionId: () => String(1000 + this.#lastEnd),
        },
        recording: { isPossible: sound === 'g711', now: () => wallTime(0) },
        openEnd: () => this.#openEnd(),
        tell: message => this.#tellThread(message),
        unusable: () => undefined,
        closed: () => this.anchors.delete(anchor),
      },
      listener,
    )
    this.anchors.add(anchor)
    // The relay knows only streams of our engine, so the fake notes who they are.
    const supervise = (supervisors: readonly HeardSupervisor[]): void => {
      this.supervised = supervisors.map(({ stream, heardBy }) => [this.opened.findIndex(each => each === stream), heardBy])
    }
    return Object.assign(anchor, { supervise })
  }

  #openEnd(): End | undefined {
    if (this.ends.size >= this.mostEnds) return undefined
    const id = (this.#lastEnd += 1)
    this.ends.add(id)
    return { id, port: 20_000 + 2 * id }
  }

  #tellThread(message: ToThread): void {
    this.relayed.push(message)
    if (message.kind === 'close') this.ends.delete(message.id)
  }

  /** The latest stream. */
  get last(): FakeStream {
    const stream = this.opened.at(-1)
    if (!stream) throw new Error('no stream was opened')
    return stream
  }

  stop(): Promise<void> {
    for (const stream of this.opened) stream.close()
    return Promise.resolve()
  }
}
