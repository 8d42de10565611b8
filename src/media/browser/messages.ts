import type { PromptId } from '../../routing/world/ids.js'
import type { Counts } from '../worker/counters.js'
import type { PortRequest } from '../worker/port-helper.js'
import type { Beginning as Counting } from '../rtp/continuity.js'
import type { Agreement } from './negotiation.js'
import type { LossReason } from '../port.js'
import type { Endpoint, Fingerprint } from '../sdp.js'

/** Identifies a gateway between the processes. Never used twice. */
export type GatewayId = number

/** The first message to the process. */
export interface Setup {
  readonly kind: 'setup'
  readonly address: string
  readonly family: 4 | 6
}

export interface Beginning extends Counting {
  readonly cname: string
}

export type ToProcess =
  | Setup
  | PortRequest
  /** Opens a gateway on a bound port pair: `port` is for plain RTP, the next higher one for the browser. */
  | { readonly kind: 'open'; readonly id: GatewayId; readonly port: number; readonly beginning: Beginning }
  /** The music for held parties from now on. Undefined: none. */
  | { readonly kind: 'music'; readonly music: MusicCopy | undefined }
  | { readonly kind: 'agree'; readonly id: GatewayId; readonly agreement: Agreement }
  | { readonly kind: 'close'; readonly id: GatewayId }

/** Music in both laws of G.711. */
export interface MusicCopy {
  readonly id: PromptId
  readonly pcmu: Uint8Array
  readonly pcma: Uint8Array
}

/** What the process reports, besides the messages about its ports. */
export type FromProcess =
  /** The fingerprint for browsers. The first message. */
  | { readonly kind: 'ready'; readonly fingerprint: Fingerprint }
  /** Sent every second, also as a sign of life. */
  | { readonly kind: 'counts'; readonly counts: Counts }
  /** No packet came from the address to which the browser's sound goes, so the sound stops. */
  | { readonly kind: 'muted'; readonly id: GatewayId; readonly place: Endpoint }
  | { readonly kind: 'lost'; readonly id: GatewayId; readonly reason: LossReason; readonly why: string }
