import type { Endpoint } from '../sdp.js'

/** What speaks for a description's address before a packet came from it. */
export interface Vouching {
  /** The address was proven before there was media: it is a trusted peer's, our own, or where the INVITE itself came from. */
  readonly known: boolean
  /** The IP address that the caller's INVITE came from, or the other side's description. */
  readonly signaling?: string
  /** The description is a trusted peer's: how many streams go to one host is not limited (docs/decisions/042). */
  readonly trusted?: boolean
}

/** What speaks for both of a peer's addresses. */
export interface Vouched {
  readonly rtp: Vouching
  readonly rtcp: Vouching
}

/** How much speaks for a source. A higher one takes the stream over at once; sources of the same rank don't replace each other. */
const ranks = { stranger: 1, beside: 2, sameHost: 3, negotiated: 4 } as const
type Rank = (typeof ranks)[keyof typeof ranks]

/** A source that nothing speaks for is followed after so many packets: half a second of sound. */
const packetsOfStranger = 25
/** Sources counted at a time. */
const mostStrangers = 16

/**
 * Where to send. Callers behind address translation do not know their own address, so packets are followed to where they come from (symmetric
 * RTP, RFC 4961). The negotiated endpoint itself always wins. Another port of its host, or of the host that the signalling comes from, is
 * followed at once, and so is, with less weight, the host of the other latch. Any other source is followed only when 25 packets came from it
 * and none from a better one (docs/decisions/023).
 */
export class Latch {
  #source: Endpoint | undefined
  #rank: Rank | 0 = 0
  /** Packets of sources that nothing speaks for. */
  readonly #strangers = new Map<string, number>()

  constructor(
    private readonly negotiated: Endpoint,
    private readonly vouching: Vouching = { known: false },
  ) {}

  /** Whether what comes from there counts. `other`: the latch of the same caller's RTCP, or RTP, whose host speaks for the source. */
  admits(source: Endpoint, other?: Latch): boolean {
    if (this.#source && same(source, this.#source)) return true
    const rank = this.#rankOf(source, other)
    if (rank <= this.#rank) return false
    if (rank === ranks.stranger && (other?.isNegotiated === true || !this.#persists(source))) return false
    this.#source = { address: source.address, port: source.port }
    this.#rank = rank
    this.#strangers.clear()
    return true
  }

  get target(): Endpoint {
    return this.#source ?? this.negotiated
  }

  /** The IP address that packets come from. */
  get host(): string | undefined {
    return this.#source?.address
  }

  /** Packets come from the negotiated endpoint itself. */
  get isNegotiated(): boolean {
    return this.#rank === ranks.negotiated
  }

  /** Whether somebody at the target wants what we send. `other` proves it too where it is the same host. */
  provenWith(other: Latch): boolean {
    return this.#proven || (other.#proven && other.target.address === this.target.address)
  }

  get #proven(): boolean {
    return this.vouching.known || this.#source !== undefined
  }

  /** For the same negotiated address what was learnt stays. */
  follows(endpoint: Endpoint): boolean {
    return same(endpoint, this.negotiated)
  }

  #rankOf(source: Endpoint, other: Latch | undefined): Rank {
    if (same(source, this.negotiated)) return ranks.negotiated
    if ([this.negotiated.address, this.vouching.signaling].includes(source.address)) return ranks.sameHost
    // Lower, as a stranger can send RTP and RTCP too: whom the signalling speaks for takes the stream back from them.
    return other?.host === source.address ? ranks.beside : ranks.stranger
  }

  #persists({ address, port }: Endpoint): boolean {
    const name = `${address} ${port}`
    if (this.#strangers.size >= mostStrangers) this.#strangers.clear()
    const packets = (this.#strangers.get(name) ?? 0) + 1
    this.#strangers.set(name, packets)
    return packets >= packetsOfStranger
  }
}

const same = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address
