import type { InboundCall, Origin, ReceivedInvite } from '../../legs/answering.js'
import type { Leg } from '../../legs/leg.js'
import type { KeptInbound } from './stored.js'
import { writerOf } from '../shown-sdp.js'

/** Header fields of the INVITE that called phones are shown, or that decide how they are called. */
const shownHeaders = [
  'Privacy',
  'P-Asserted-Identity',
  'Diversion',
  'History-Info',
  'Max-Forwards',
  'Max-Breadth',
  'Carillon-Passed',
]

export function keptInbound(inbound: InboundCall): KeptInbound {
  const { sipCallId, from, to, requestUri, asserted } = inbound.invite
  const { trusted } = inbound.origin
  const headers: Record<string, readonly string[]> = {}
  for (const name of shownHeaders) {
    const values = inbound.header(name)
    if (values.length > 0) headers[name] = values
  }
  return { sipCallId, from, to, requestUri, ...(asserted && { asserted }), headers, trusted }
}

/** The INVITE of a call that was answered before a restart. Only the parts that others are shown were stored, and it needs no answer. */
export class AnsweredInbound implements InboundCall {
  readonly invite: ReceivedInvite

  constructor(
    private readonly kept: KeptInbound,
    private readonly leg: Leg,
  ) {
    const { sipCallId, from, to, requestUri, asserted } = kept
    this.invite = { sipCallId, from, to, requestUri, ...(asserted && { asserted }) }
  }

  get origin(): Origin {
    // The peer's name is not stored, because a peer is asked only about callers whose INVITE is not answered.
    return { ...writerOf(this.leg), trusted: this.kept.trusted === true, peer: '' }
  }

  header(name: string): readonly string[] {
    return this.kept.headers[name] ?? []
  }

  answer(): Leg {
    return this.leg
  }

  listen(): void {
    // The INVITE has no further events.
  }

  probe(): void {
    // The leg is asked instead.
  }

  progress(): void {
    // Its final response was sent.
  }

  reject(): void {
    // Its final response was sent. The leg ends with BYE.
  }

  state(): undefined {
    return undefined
  }

  letGo(): void {
    // The INVITE has no transaction any more. The leg is let go instead.
  }
}
