import { notRelayed } from '../anchor/payload-types.js'
import type { TapeSide } from '../recording/tapes.js'
import { readRtp, type RtpPacket } from '../rtp/rtp.js'
import type { Endpoint } from '../sdp.js'
import type { Route } from './messages.js'
import type { RtpStream } from './rtp-stream.js'

/** The longest packet, in bytes: what one Ethernet frame holds. */
const longest = 1500

/** One direction of a relayed call: from the side whose packets it takes to the other. */
export class Joint {
  /** `tape`: the recording of this side. */
  constructor(
    readonly route: Route,
    private readonly tape?: TapeSide,
  ) {}

  /** The packet for the other side. Undefined: it is not passed on. `bytes` is changed, and the result is a part of it. */
  pass(
    bytes: Buffer,
    source: Endpoint,
    now: number,
    sides: { readonly from: RtpStream; readonly to: RtpStream },
  ): Buffer | undefined {
    const packet = bytes.length <= longest && sides.from.mayRead(source, now) ? readRtp(bytes) : undefined
    const payloadType = packet && this.#payloadType(packet)
    if (!packet || payloadType === undefined) return undefined
    if (!sides.from.admits(packet, packet.payloadType === this.route.keys, source, now)) return undefined
    this.tape?.hear(packet, bytes, now)
    return sides.to.relay(packet, bytes, payloadType, now)
  }

  #payloadType({ payloadType }: RtpPacket): number | undefined {
    const theirs = this.route.table[payloadType]
    return theirs === notRelayed ? undefined : theirs
  }
}
