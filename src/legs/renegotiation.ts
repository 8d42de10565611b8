import type { Body, ExtraHeader } from './body.js'

/**
 * A re-INVITE by the peer, or an UPDATE with an SDP offer (RFC 3311). Exactly one of `accept` and `reject` is called, once. What comes after a
 * CANCEL or a BYE is ignored. An UPDATE is answered with 504 after 20 s, and what comes later is ignored.
 */
export interface InboundRenegotiation {
  /** The peer's SDP offer; absent when the peer asks for ours (delayed offer). */
  readonly body?: Body
  /** 200 with our SDP. `confirmed` gives the peer's ACK, which carries the answer to a delayed offer; after an UPDATE, which has none, it is told at once. */
  accept(body: Body | undefined, confirmed: (answer?: Body) => void): void
  reject(status: number, headers?: readonly ExtraHeader[]): void
}

/** How a re-INVITE of ours ended. */
export type RenegotiationOutcome =
  | {
      readonly kind: 'accepted'
      readonly body?: Body
      /** Sends the ACK; with the SDP answer after a delayed offer. Must be called once. */
      acknowledge(answer?: Body): void
    }
  | { readonly kind: 'rejected'; readonly status: number; readonly headers: readonly ExtraHeader[] }
