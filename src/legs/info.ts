import type { Body, ExtraHeader } from './body.js'

/**
 * An INFO from the peer (RFC 6086, or the older use for DTMF). It is passed on, and the other side's answer is sent back. Call `respond`
 * exactly once.
 */
export interface InboundInfo {
  readonly body?: Body
  /** Info-Package, Accept and other header fields that should be passed on. */
  readonly headers: readonly ExtraHeader[]
  respond(status: number, body?: Body, headers?: readonly ExtraHeader[]): void
}

/** Receives the answer to our INFO. After a refusal, `headers` say what the peer accepts (Accept, Recv-Info). */
export type InfoOutcome = (status: number, body?: Body, headers?: readonly ExtraHeader[]) => void
