import type { Body, ExtraHeader } from './body.js'

/**
 * An INFO from the peer (RFC 6086, and the older use for DTMF). It is passed on and answered with the other side's answer. Call
 * `respond` exactly once.
 */
export interface InboundInfo {
  readonly body?: Body
  /** Info-Package, Accept and other header fields that should be passed on. */
  readonly headers: readonly ExtraHeader[]
  respond(status: number, body?: Body, headers?: readonly ExtraHeader[]): void
}

/** The answer to our INFO. For a refusal, `headers` say what the peer accepts (Accept, Recv-Info). */
export type InfoOutcome = (status: number, body?: Body, headers?: readonly ExtraHeader[]) => void
