import type { PromptId } from '../../routing/world/ids.js'
import type { Counts } from '../worker/counters.js'
import type { PortRequest } from '../worker/port-helper.js'
import type { Beginning as Counting } from './continuity.js'
import type { Agreement } from './negotiation.js'
import type { LossReason } from '../port.js'
import type { Endpoint, Fingerprint } from '../sdp.js'

/** Names a gateway between the processes; never used twice. */
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
  /** A gateway on a port that is bound: plain RTP there, the browser on the one above. */
  | { readonly kind: 'open'; readonly id: GatewayId; readonly port: number; readonly beginning: Beginning }
  /** What the held hear from now on; undefined: there is none. */
  | { readonly kind: 'music'; readonly music: MusicCopy | undefined }
  | { readonly kind: 'agree'; readonly id: GatewayId; readonly agreement: Agreement }
  | { readonly kind: 'close'; readonly id: GatewayId }

/** Music in both laws of G.711. */
export interface MusicCopy {
  readonly id: PromptId
  readonly pcmu: Uint8Array
  readonly pcma: Uint8Array
}

/** What the process says beside what it says of its ports. */
export type FromProcess =
  /** What browsers are shown of us. Told first. */
  | { readonly kind: 'ready'; readonly fingerprint: Fingerprint }
  /** Told every second, also as a sign of life. */
  | { readonly kind: 'counts'; readonly counts: Counts }
  /** Nothing came from where the browser's sound goes, which stops for that. */
  | { readonly kind: 'muted'; readonly id: GatewayId; readonly place: Endpoint }
  | { readonly kind: 'lost'; readonly id: GatewayId; readonly reason: LossReason; readonly why: string }
