import type { PromptId } from '../../routing/world/ids.js'
import type { Digit, RecordedPart } from '../port.js'
import type { RoomSupervisor } from '../mixing/room.js'
import type { Channel } from '../recording/messages.js'
import type { TapesSetup } from '../recording/tapes.js'
import type { Peer } from '../sdp.js'
import type { PortMessage, PortRequest } from '../worker/port-helper.js'
import type { Vouched } from '../rtp/latch.js'
import type { Sound } from '../rtp/sound.js'

/** Identifies a stream between the threads. Never used twice. */
export type StreamId = number

/** The first message to the media thread. */
export interface Setup {
  readonly address: string
  readonly family: 4 | 6
  /** The memory of the counters. */
  readonly counts: SharedArrayBuffer
  /** In milliseconds. A caller who should send media and sends nothing for this long is gone. */
  readonly lostAfterMs: number
  /** Absent: no call is recorded. */
  readonly tapes?: TapesSetup
}

/** The random start values of a stream (RFC 3550 §5.1). */
export interface Beginning {
  readonly ssrc: number
  readonly sequence: number
  readonly timestamp: number
  readonly cname: string
}

/** Where the packets of one side of a call go. */
export interface Route {
  readonly to: StreamId
  /** For each payload type of this side's packets: that of the other side, or `notRelayed`. */
  readonly table: Uint8Array
  /** The payload type of key presses. */
  readonly keys: number | undefined
  /** The recording of this side. Absent: the call is not recorded now. */
  readonly tape?: { readonly call: string; readonly channel: Channel }
}

export type ToThread =
  | PortRequest
  /** Opens a stream on a bound port. */
  | { readonly kind: 'open'; readonly id: StreamId; readonly port: number; readonly beginning: Beginning }
  | { readonly kind: 'agree'; readonly id: StreamId; readonly peer: Peer; readonly vouched: Vouched }
  /** `finished` returns the same `turn`. */
  | { readonly kind: 'play'; readonly id: StreamId; readonly turn: number; readonly sound: Sound }
  | { readonly kind: 'loop'; readonly id: StreamId; readonly music: PromptId; readonly sound: Sound }
  | { readonly kind: 'silence'; readonly id: StreamId }
  /** From now on packets of this stream go where the route says. Undefined: they are for us. */
  | { readonly kind: 'relay'; readonly id: StreamId; readonly route: Route | undefined }
  | { readonly kind: 'close'; readonly id: StreamId }
  | Supervise
  | TapeRequest

/** From now on these supervisors hear the two sides of a relayed call, and some are heard. An empty list: nobody. */
interface Supervise {
  readonly kind: 'supervise'
  readonly caller: StreamId
  readonly partner: StreamId
  readonly supervisors: readonly RoomSupervisor[]
}

/** The recording of a call. */
export type TapeRequest =
  /** Another part begins. */
  | { readonly kind: 'record'; readonly part: RecordedPart }
  /** The part is over. `isLast`: so is the call. */
  | { readonly kind: 'recorded'; readonly call: string; readonly isLast: boolean }

export type FromThread = PortMessage | StreamMessage

/** What the thread reports about one stream. */
export type StreamMessage =
  | { readonly kind: 'finished'; readonly id: StreamId; readonly turn: number }
  | { readonly kind: 'digit'; readonly id: StreamId; readonly digit: Digit }
  /** An unexpected error ended this stream alone. */
  | { readonly kind: 'broken'; readonly id: StreamId; readonly why: string }
  /** `heard`: something came earlier. */
  | { readonly kind: 'lost'; readonly id: StreamId; readonly heard: boolean }
  /** No packet came from the address to which the sound goes, so the sound stops. */
  | { readonly kind: 'muted'; readonly id: StreamId }
  /** The caller's media started or stopped arriving. */
  | { readonly kind: 'hearing'; readonly id: StreamId; readonly hearing: boolean }
