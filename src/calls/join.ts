import type { Body, InboundInfo, InboundRenegotiation, Leg, LegEnd } from '../signaling/port.js'

type Carry = (body: Body | undefined) => Body | undefined

const unchanged: Carry = body => body

export interface JoinedListener {
  callerEnded(end: LegEnd): void
  partnerEnded(end: LegEnd): void
}

/**
 * Two legs joined: each side's hold, resume and INFO go to the other, and the other's answer comes back. A 491 comes back too: the side that
 * began backs off (docs/decisions/004).
 */
export function joinLegs(
  caller: Leg,
  partner: Leg,
  towardsCaller: Carry,
  /** Re-INVITEs of the partner that came before the caller's ACK did. */
  early: readonly InboundRenegotiation[],
  listener: JoinedListener,
): void {
  caller.listen({
    renegotiation: request => carryRenegotiation(request, partner, unchanged, towardsCaller),
    info: request => carryInfo(request, partner),
    ended: end => listener.callerEnded(end),
  })
  partner.listen({
    renegotiation: request => carryRenegotiation(request, caller, towardsCaller, unchanged),
    info: request => carryInfo(request, caller),
    ended: end => listener.partnerEnded(end),
  })
  for (const request of early) carryRenegotiation(request, caller, towardsCaller, unchanged)
}

/** An offer is answered by the other side's answer; a request for an offer by the other side's, whose answer comes with the ACK. */
function carryRenegotiation(request: InboundRenegotiation, other: Leg, there: Carry, back: Carry): void {
  const delayed = request.body === undefined
  other.renegotiate(there(request.body), outcome => {
    if (outcome.kind === 'rejected') return request.reject(outcome.status, outcome.headers)
    if (!delayed) outcome.acknowledge()
    request.accept(back(outcome.body), answer => {
      if (delayed) outcome.acknowledge(there(answer))
    })
  })
}

function carryInfo(request: InboundInfo, other: Leg): void {
  other.info(request.body, request.headers, (status, body) => request.respond(status, body))
}
