import type { Body, ExtraHeader } from './body.js'

/** An INFO by the peer (RFC 6086 and the older DTMF use): passed on, answered with what the other side says. `respond` is called once. */
export interface InboundInfo {
  readonly body?: Body
  /** Info-Package, Accept and other header fields worth passing on. */
  readonly headers: readonly ExtraHeader[]
  respond(status: number, body?: Body, headers?: readonly ExtraHeader[]): void
}

/** How an INFO of ours was answered; of a refusal, with what it says that the peer takes (Accept, Recv-Info). */
export type InfoOutcome = (status: number, body?: Body, headers?: readonly ExtraHeader[]) => void
