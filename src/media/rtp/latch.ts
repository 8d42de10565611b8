import type { Endpoint } from '../sdp.js'

/** Evidence for an address in a description before any packet came from it. */
export interface Vouching {
  /** The address was proven before: it is a trusted peer's, our own, or the source of the INVITE. */
  readonly known: boolean
  /** The IP address from which the caller's INVITE, or the other side's description, came. */
  readonly signaling?: string
  /** The description is a trusted peer's. The number of streams to one host is then not limited (docs/decisions/042). */
  readonly trusted?: boolean
  /** Nothing goes to this address before a packet came from it, because the writer may not name it (docs/decisions/059). */
  readonly withheld?: boolean
}

/** The evidence for both addresses of a peer. */
export interface Vouched {
  readonly rtp: Vouching
  readonly rtcp: Vouching
}

/** The rank of a source. A higher one takes over the stream at once. Sources of the same rank don't replace each other. */
const ranks = { stranger: 1, beside: 2, sameHost: 3, negotiated: 4 } as const
type Rank = (typeof ranks)[keyof typeof ranks]

/** A source without evidence is followed after this many packets: half a second of sound. */
const packetsOfStranger = 25
/** How many such sources are counted at a time. */
const mostStrangers = 16

/**
 * Where to send. Callers behind NAT do not know their own address, so we send to where their packets come from (symmetric RTP,
 * RFC 4961). The negotiated address itself always wins. Another port of its host, or of the host from which the signalling comes,
 * is followed at once. The host of the other latch is also followed at once, but with a lower rank. Any other source is followed
 * only after 25 packets came from it and none from a better one, and never if the description names the host of the SIP messages
 * (docs/decisions/023).
 */
export class Latch {
  #source: Endpoint | undefined
  #rank: Rank | 0 = 0
  /** Packets per source without evidence. */
  readonly #strangers = new Map<string, number>()

  constructor(
    private readonly negotiated: Endpoint,
    private readonly vouching: Vouching = { known: false },
  ) {}

  /**
   * Whether packets from this source count. `other` is the latch for the same caller's RTCP or RTP. Its host is evidence for the
   * source.
   */
  admits(source: Endpoint, other?: Latch): boolean {
    if (this.#source && same(source, this.#source)) return true
    const rank = this.#rankOf(source, other)
    if (rank <= this.#rank) return false
    if (rank === ranks.stranger && (this.#isWhereItSays || other?.isNegotiated === true || !this.#persists(source))) return false
    this.#source = { address: source.address, port: source.port }
    this.#rank = rank
    this.#strangers.clear()
    return true
  }

  isAt(source: Endpoint): boolean {
    return same(source, this.target)
  }

  get target(): Endpoint {
    return this.#source ?? this.negotiated
  }

  /** Not even the first seconds of sound may go to the target. */
  get isWithheld(): boolean {
    return this.vouching.withheld === true
  }

  /** The IP address from which packets come. */
  get host(): string | undefined {
    return this.#source?.address
  }

  /** Packets come from the negotiated address itself. */
  get isNegotiated(): boolean {
    return this.#rank === ranks.negotiated
  }

  /** Whether packets have proven that the target wants what we send. `other` proves it too if its target is the same host. */
  provenWith(other: Latch): boolean {
    return this.#proven || (other.#proven && other.target.address === this.target.address)
  }

  get #proven(): boolean {
    return this.vouching.known || this.#source !== undefined
  }

  /** Whether this is the negotiated address. If so, the source that was found for it stays valid. */
  follows(endpoint: Endpoint): boolean {
    return same(endpoint, this.negotiated)
  }

  /**
   * The description names the host from which its SIP came, so no NAT has changed the address, and packets from elsewhere are somebody else's.
   * Trusted peers are left out: a PBX with several interfaces may send its media from another one than its SIP.
   */
  get #isWhereItSays(): boolean {
    const { signaling, trusted } = this.vouching
    return trusted !== true && signaling === this.negotiated.address
  }

  #rankOf(source: Endpoint, other: Latch | undefined): Rank {
    if (same(source, this.negotiated)) return ranks.negotiated
    if ([this.negotiated.address, this.vouching.signaling].includes(source.address)) return ranks.sameHost
    // A lower rank, because a stranger can also send both RTP and RTCP. A source that the signalling names can take the stream
    // back.
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
