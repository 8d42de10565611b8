import type { Body, ExtraHeader, InboundInfo, InboundRenegotiation, Leg, LegEnd } from '../signaling/port.js'

type Carry = (body: Body | undefined) => Body | undefined

export interface JoinedCaller {
  readonly leg: Leg
  /** The caller may not learn who the partner is. */
  readonly hidesPartner: boolean
  ended(end: LegEnd): void
}

export interface JoinedPartner {
  readonly leg: Leg
  /** Re-INVITEs that came before the join. */
  readonly early: readonly InboundRenegotiation[]
  ended(end: LegEnd): void
}

/** What a re-INVITE's way there and back changes. */
interface Way {
  readonly to: Leg
  readonly there: Carry
  readonly back: Carry
  /** Of a refusal, its header fields. */
  readonly refusal: (headers: readonly ExtraHeader[]) => readonly ExtraHeader[]
}

const unchanged: Carry = body => body
const all: Way['refusal'] = headers => headers
/** A Warning names the host that warns (RFC 3261 §20.43). */
const withoutWarning: Way['refusal'] = headers => headers.filter(([name]) => name.toLowerCase() !== 'warning')

/**
 * Two legs joined: each side's hold, resume and INFO go to the other, and the other's answer comes back. A 491 comes back too: the side that
 * began backs off (docs/decisions/004).
 */
export function joinLegs(caller: JoinedCaller, partner: JoinedPartner, towardsCaller: Carry): void {
  const refusal = caller.hidesPartner ? withoutWarning : all
  const toPartner: Way = { to: partner.leg, there: unchanged, back: towardsCaller, refusal }
  const toCaller: Way = { to: caller.leg, there: towardsCaller, back: unchanged, refusal: all }
  caller.leg.listen({
    renegotiation: request => carryRenegotiation(request, toPartner),
    info: request => carryInfo(request, partner.leg),
    ended: end => caller.ended(end),
  })
  partner.leg.listen({
    renegotiation: request => carryRenegotiation(request, toCaller),
    info: request => carryInfo(request, caller.leg),
    ended: end => partner.ended(end),
  })
  for (const request of partner.early) carryRenegotiation(request, toCaller)
}

/** An offer is answered by the other side's answer; a request for an offer by the other side's, whose answer comes with the ACK. */
function carryRenegotiation(request: InboundRenegotiation, { to, there, back, refusal }: Way): void {
  const delayed = request.body === undefined
  to.renegotiate(there(request.body), outcome => {
    if (outcome.kind === 'rejected') return request.reject(outcome.status, refusal(outcome.headers))
    if (!delayed) outcome.acknowledge()
    request.accept(back(outcome.body), answer => {
      if (delayed) outcome.acknowledge(there(answer))
    })
  })
}

function carryInfo(request: InboundInfo, other: Leg): void {
  other.info(request.body, request.headers, (status, body) => request.respond(status, body))
}
