import type { Body, ExtraHeader } from './body.js'

/**
 * A re-INVITE from the peer, or an UPDATE with an SDP offer (RFC 3311). Call exactly one of `accept` and `reject`, once. Both do nothing
 * after a CANCEL or a BYE. The engine answers an UPDATE with 504 after 20 s, and both do nothing after that, too.
 */
export interface InboundRenegotiation {
  /** The peer's SDP offer. Absent if the peer asks for ours (delayed offer). */
  readonly body?: Body
  /**
   * Sends 200 with our SDP. `confirmed` is called when the peer's ACK comes, with the answer to a delayed offer. After an UPDATE,
   * which has no ACK, it is called at once.
   */
  accept(body: Body | undefined, confirmed: (answer?: Body) => void): void
  reject(status: number, headers?: readonly ExtraHeader[]): void
}

/** The result of our re-INVITE. */
export type RenegotiationOutcome =
  | {
      readonly kind: 'accepted'
      readonly body?: Body
      /** Sends the ACK, with the SDP answer after a delayed offer. Must be called once. */
      acknowledge(answer?: Body): void
    }
  | { readonly kind: 'rejected'; readonly status: number; readonly headers: readonly ExtraHeader[] }
