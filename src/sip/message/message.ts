import type { HeaderTable } from './headers.js'

/**
 * Messages as text: a datagram is decoded as latin1, so every byte keeps its place, and sent the same way.
 * The header table is found by one pass over line ends; what stands in a field is read when asked for.
 */
export interface SipRequest {
  readonly kind: 'request'
  readonly method: string
  /** The Request-URI as text. */
  readonly uri: string
  readonly headers: HeaderTable
  /** As latin1 text. */
  readonly body: string
}

export interface SipResponse {
  readonly kind: 'response'
  readonly status: number
  readonly reasonPhrase: string
  readonly headers: HeaderTable
  readonly body: string
}

export type SipMessage = SipRequest | SipResponse
