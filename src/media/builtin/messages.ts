import type { PromptId } from '../../routing/world/ids.js'
import type { Digit } from '../port.js'
import type { Peer } from '../sdp.js'
import type { PortMessage, PortRequest } from '../worker/port-helper.js'
import type { Vouched } from '../rtp/latch.js'
import type { Sound } from '../rtp/sound.js'

/** Names a stream between the threads; never used twice. */
export type StreamId = number

/** The first message to the media thread. */
export interface Setup {
  readonly address: string
  readonly family: 4 | 6
  /** Counters' memory. */
  readonly counts: SharedArrayBuffer
  /** Callers who should send and of whom nothing came for so long are gone, in milliseconds. */
  readonly lostAfterMs: number
}

/** Where a stream begins to count, at random (RFC 3550 §5.1). */
export interface Beginning {
  readonly ssrc: number
  readonly sequence: number
  readonly timestamp: number
  readonly cname: string
}

export type ToThread =
  | PortRequest
  /** A stream on a port that is bound. */
  | { readonly kind: 'open'; readonly id: StreamId; readonly port: number; readonly beginning: Beginning }
  | { readonly kind: 'agree'; readonly id: StreamId; readonly peer: Peer; readonly vouched: Vouched }
  /** `turn` comes back with `finished`. */
  | { readonly kind: 'play'; readonly id: StreamId; readonly turn: number; readonly sound: Sound }
  | { readonly kind: 'loop'; readonly id: StreamId; readonly music: PromptId; readonly sound: Sound }
  | { readonly kind: 'silence'; readonly id: StreamId }
  | { readonly kind: 'close'; readonly id: StreamId }

export type FromThread = PortMessage | StreamMessage

/** What the thread says of one stream. */
export type StreamMessage =
  | { readonly kind: 'finished'; readonly id: StreamId; readonly turn: number }
  | { readonly kind: 'digit'; readonly id: StreamId; readonly digit: Digit }
  /** `heard`: something came before. */
  | { readonly kind: 'lost'; readonly id: StreamId; readonly heard: boolean }
  /** Nothing came from where the sound goes, which stops for that. */
  | { readonly kind: 'muted'; readonly id: StreamId }
  /** Media of the caller come, or come no more. */
  | { readonly kind: 'hearing'; readonly id: StreamId; readonly hearing: boolean }
