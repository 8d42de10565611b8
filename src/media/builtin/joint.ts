import { notRelayed } from '../anchor/payload-types.js'
import type { Room } from '../mixing/room.js'
import type { TapeSide } from '../recording/tapes.js'
import { readRtp, type RtpPacket } from '../rtp/rtp.js'
import type { Endpoint } from '../sdp.js'
import type { Route, StreamId } from './messages.js'
import type { RtpStream } from './rtp-stream.js'

/** The longest packet, in bytes: what one Ethernet frame holds. */
const longest = 1500

/** Where a side of the call is in the room of its supervisors. */
interface RoomPlace {
  readonly talk: Room
  readonly from: StreamId
  /** The side is the partner's, not the caller's. */
  readonly isPartners: boolean
}

/** One direction of a relayed call: from the side whose packets it takes to the other. */
export class Joint {
  /** `tape`: the recording of this side. */
  constructor(
    readonly route: Route,
    private readonly tape?: TapeSide,
  ) {}

  /**
   * The packet for the other side. Undefined: it is not passed on. `bytes` is changed, and the result is a part of it. `room`: the supervisors of
   * the talk.
   */
  pass(
    bytes: Buffer,
    source: Endpoint,
    now: number,
    sides: { readonly from: RtpStream; readonly to: RtpStream },
    room?: RoomPlace,
  ): Buffer | undefined {
    const packet = bytes.length <= longest && sides.from.mayRead(source, now) ? readRtp(bytes) : undefined
    const payloadType = packet && this.#payloadType(packet)
    if (!packet || payloadType === undefined) return undefined
    if (!sides.from.admits(packet, packet.payloadType === this.route.keys, source, now)) return undefined
    if (room) this.#hear(room, packet, bytes, now)
    else this.tape?.hear(packet, bytes, now)
    return sides.to.relay(packet, bytes, payloadType, now)
  }

  /** The agent's channel of a recording has what the caller hears. The caller's has no word that only the agent hears. */
  #hear({ talk, from, isPartners }: RoomPlace, packet: RtpPacket, bytes: Buffer, now: number): void {
    talk.hear(from, packet, bytes, now)
    if (!isPartners) this.tape?.hear(packet, bytes, now)
    talk.addTo(this.route.to, packet, bytes, now)
    if (isPartners) this.tape?.hear(packet, bytes, now)
  }

  #payloadType({ payloadType }: RtpPacket): number | undefined {
    const theirs = this.route.table[payloadType]
    return theirs === notRelayed ? undefined : theirs
  }
}
