import type { HeaderTable } from './headers.js'

/**
 * Messages as text. A datagram is decoded as latin1, so that each byte is one character, and is encoded the same way. One pass
 * over the line ends builds the header table. A field's content is read on demand.
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
