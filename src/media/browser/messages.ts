import type { Music } from '../builtin/player.js'
import type { PortRequest } from '../builtin/port-thread.js'
import type { Beginning as Counting } from './continuity.js'
import type { Agreement } from './negotiation.js'
import type { Fingerprint } from '../sdp.js'

/** Names a gateway between the threads; never used twice. */
export type GatewayId = number

/** The first message to the thread. */
export interface Setup {
  readonly address: string
  readonly family: 4 | 6
  /** Counters' memory. */
  readonly counts: SharedArrayBuffer
}

export interface Beginning extends Counting {
  readonly cname: string
}

export type ToThread =
  | PortRequest
  /** A gateway on a port that is bound: plain RTP there, the browser on the one above. */
  | { readonly kind: 'open'; readonly id: GatewayId; readonly port: number; readonly beginning: Beginning }
  /** `music`: for whom the browser holds. */
  | { readonly kind: 'agree'; readonly id: GatewayId; readonly agreement: Agreement; readonly music: Music | undefined }
  | { readonly kind: 'close'; readonly id: GatewayId }

/** What the thread says beside what it says of its ports. */
export type FromThread =
  /** What browsers are shown of us. Told first. */
  | { readonly kind: 'ready'; readonly fingerprint: Fingerprint }
  | { readonly kind: 'lost'; readonly id: GatewayId; readonly why: string }
