import { isIP } from 'node:net'
import { whyNotBound } from '../../foundation/errors.js'
import { wallNow, type Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import type { Millis } from '../../foundation/time.js'
import type { Body, Writer } from '../../legs/body.js'
import type { PromptId } from '../../routing/world/ids.js'
import { ReachableAddresses } from '../addresses.js'
import type { Anchor, AnchorListener, Media, Opened, RelayedSound, StreamListener } from '../port.js'
import { relayFault } from '../anchor/negotiation.js'
import { BuiltinAnchor, type End } from './builtin-anchor.js'
import { BuiltinStream } from './builtin-stream.js'
import { Counters, type Counts } from '../worker/counters.js'
import { beginThread } from '../worker/helper.js'
import type { Beginning, Setup, StreamId, StreamMessage, ToThread } from './messages.js'
import { Negotiation, offerFault } from './negotiation.js'
import { PortHelper } from '../worker/port-helper.js'
import type { TapesSetup } from '../recording/tapes.js'
import type { Vouching } from '../rtp/latch.js'
import type { Sound } from '../rtp/sound.js'
import type { Endpoint } from '../sdp.js'

/** The addresses and ports that the media use. */
interface MediaPlace {
  /** The local IP address for all RTP and RTCP. `0.0.0.0` or `::` means all addresses of the family. */
  readonly address: string
  /** The address in descriptions. Default: `address`, or the likeliest address of the machine if `address` means all. */
  readonly advertise?: string
  /** RTP uses the even ports, RTCP the next higher ones. Both ends included. */
  readonly ports: { readonly first: number; readonly last: number }
}

interface BuiltinMediaOptions {
  readonly place: MediaPlace
  /** The sounds of the prompts. Called on each `play` and `loop`. */
  readonly sounds: { get(prompt: PromptId): Sound | undefined }
  /** The evidence for an address in a description before a packet came from it. Called for each description. */
  readonly vouch: (place: Endpoint, writer: Writer) => Vouching
  /** A caller who should send media and sends nothing for this long is gone. */
  readonly lostAfter: Millis
  readonly clock: Clock
  readonly log: Log
  /** Random bytes that nobody can guess: node:crypto's randomBytes. */
  readonly random: (size: number) => Uint8Array
  /** How the media thread reaches the recording thread. Absent: no call is recorded. */
  readonly tapes?: TapesSetup
}

/** For metrics. */
interface BuiltinStatistics extends Counts {
  readonly streams: number
  /** Relayed calls whose two sides are connected. */
  readonly anchored: number
  /** Bound ports that are not in use. */
  readonly portsReady: number
}

/** Carillon's own media engine: prompts, music and keys. Descriptions are negotiated here. A worker thread handles all packets. */
export class BuiltinMedia implements Media {
  readonly #streams = new Map<StreamId, BuiltinStream>()
  readonly #anchors = new Set<BuiltinAnchor>()
  readonly #counters = new Counters()
  readonly #thread: PortHelper<Setup | ToThread, StreamMessage>
  readonly #family: 4 | 6
  readonly #reachable: ReachableAddresses
  #lastId = 0

  constructor(private readonly options: BuiltinMediaOptions) {
    const { place, clock, log, lostAfter, tapes } = options
    const { address, ports } = place
    this.#family = isIP(address) === 6 ? 6 : 4
    this.#reachable = new ReachableAddresses(place.advertise ?? address, this.#family, clock)
    const setup: Setup = {
      address,
      family: this.#family,
      counts: this.#counters.shared,
      lostAfterMs: lostAfter,
      ...(tapes && { tapes }),
    }
    this.#thread = new PortHelper<Setup | ToThread, StreamMessage>({
      begin: beginThread(new URL('./worker', import.meta.url)),
      setup,
      ports,
      name: 'the media thread',
      clock,
      log,
      hear: message => {
        if (message.kind === 'broken') this.#failed(message)
        this.#streams.get(message.id)?.heard(message)
      },
      broke: why => this.#broke(why),
    })
  }

  /** Resolves when streams can be opened. Rejects if no port can be bound. */
  async start(): Promise<void> {
    const failure = await this.#thread.start()
    if (failure === undefined) return
    await this.stop()
    const { address, ports } = this.options.place
    throw new Error(
      `no RTP port of ${address} (sip.listen), ${ports.first} to ${ports.last} (media.ports), can be used: ${whyNotBound(failure)}`,
    )
  }

  speaks(offer: Body | undefined): boolean {
    return this.faultOf(offer) === undefined
  }

  faultOf(offer: Body | undefined): string | undefined {
    return offer && offerFault(offer, this.#family)
  }

  open(offer: Body | undefined, listener: StreamListener, writer: Writer = {}): Opened {
    const port = this.#thread.take()
    if (port === undefined) return { kind: 'unsupported', because: 'no port free' }
    const own = { reachable: () => this.#reachable.now(), family: this.#family, port, id: String(this.#number()) }
    const negotiation = new Negotiation(own)
    const answer = offer && negotiation.answer(offer)
    if (answer?.ok === false) {
      this.#thread.putBack(port)
      return { kind: 'unsupported', because: answer.fault }
    }
    const stream = this.#newStream(port, negotiation, listener, writer)
    return { kind: 'opened', stream, body: answer ? answer.value : negotiation.offer() }
  }

  relayFault(offer: Body | undefined, sound?: RelayedSound): string | undefined {
    return offer && relayFault(offer, this.#family, sound)
  }

  anchor(listener: AnchorListener, sound: RelayedSound = 'any'): Anchor {
    const { vouch, log, clock, tapes } = this.options
    const anchor: BuiltinAnchor = new BuiltinAnchor(
      {
        describing: {
          ...{ family: this.#family, sound, vouch, reachable: () => this.#reachable.now() },
          sessionId: () => String(this.#number()),
        },
        recording: { isPossible: sound === 'g711' && tapes !== undefined, now: () => wallNow(clock) },
        openEnd: () => this.#openEnd(),
        tell: message => this.#thread.tell(message),
        unusable: why => log.debug?.(`a relayed call: ${why}`, { event: 'media.unsupported' }),
        closed: () => this.#anchors.delete(anchor),
      },
      listener,
    )
    this.#anchors.add(anchor)
    return anchor
  }

  get streams(): number {
    return this.#streams.size
  }

  statistics(): BuiltinStatistics {
    const anchored = [...this.#anchors].filter(({ isJoined }) => isJoined).length
    return { ...this.#counters.read(), streams: this.#streams.size, anchored, portsReady: this.#thread.ready }
  }

  stop(): Promise<void> {
    return this.#thread.stop(() => {
      for (const anchor of this.#anchors) anchor.close()
      for (const stream of this.#streams.values()) stream.close()
    })
  }

  #newStream(port: number, negotiation: Negotiation, listener: StreamListener, writer: Writer): BuiltinStream {
    const id = (this.#lastId += 1)
    const { clock, sounds, vouch, lostAfter } = this.options
    const tell = (message: ToThread): void => this.#thread.tell(message)
    const around = { clock, sounds, vouch, lostAfter, tell, closed: () => this.#streams.delete(id) }
    const stream = new BuiltinStream(id, negotiation, listener, around, writer)
    this.#streams.set(id, stream)
    this.#thread.tell({ kind: 'open', id, port, beginning: this.#beginning() })
    stream.agree()
    return stream
  }

  #openEnd(): End | undefined {
    const port = this.#thread.take()
    if (port === undefined) return undefined
    const id = (this.#lastId += 1)
    this.#thread.tell({ kind: 'open', id, port, beginning: this.#beginning() })
    return { id, port }
  }

  /** An unexpected error ended this stream alone. */
  #failed({ id, why }: Extract<StreamMessage, { kind: 'broken' }>): void {
    this.options.log.error(`a stream of the media thread failed: ${why}`, { event: 'media.broken' })
    for (const anchor of this.#anchors) if (anchor.owns(id)) anchor.broke()
  }

  #beginning(): Beginning {
    const sequence = this.#number() & 0xffff
    const cname = Buffer.from(this.options.random(12)).toString('base64')
    return { ssrc: this.#number(), sequence, timestamp: this.#number(), cname }
  }

  /** 32 random bits. */
  #number(): number {
    return Buffer.from(this.options.random(4)).readUInt32BE()
  }

  /** The thread has ended, and its ports are gone. Its callers hear nothing any more. */
  #broke(why: string): void {
    const broken = [...this.#streams.values()]
    for (const stream of broken) stream.broke()
    const anchors = [...this.#anchors]
    for (const anchor of anchors) anchor.broke()
    this.options.log.warn(`the media thread ended under ${broken.length} streams, a new one follows: ${why}`, {
      event: 'media.threadEnded',
    })
  }
}
