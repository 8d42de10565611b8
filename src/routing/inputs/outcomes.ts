import { markUnreachable } from '../agents/lease.js'
import { forgetMisses, noteMiss } from '../agents/pause.js'
import { startJoining } from '../call/join.js'
import type { Event, EventKind } from '../world/events.js'
import { type OfferId, callOfOffer } from '../world/ids.js'
import { ignore, type Turn } from '../world/turn.js'
import type { Offer } from '../world/world.js'
import { isDeviceFault } from '../world/failure.js'
import { mark } from '../choice/grace.js'
import { endOffer, withdrawExcluded } from '../offer/offer.js'

/** Handles the agent's 200. If it crossed our CANCEL, the shell is told, so that it sends ACK and BYE at once (one-winner). */
export function offerAccepted(turn: Turn, id: OfferId): void {
  const offer = turn.world.offers.get(id)
  if (!offer) return acceptedTooLate(turn, id)
  if (offer.acceptedAt !== undefined) return ignore(turn, 'offerAccepted', 'it was accepted before', offer.call.id)
  forgetMisses(offer.agent)
  startJoining(turn, offer)
}

/**
 * Handles a failure response of the phone. A failure that only concerns this call must not keep the agent from other calls
 * (no-blocking-agent).
 */
export function offerRefused(turn: Turn, { offer: id, code, silent }: Extract<Event, { kind: 'offerRefused' }>): void {
  if (!isDeviceFault(code)) return offerDeclined(turn, id, 'offerRefused', code)
  const offer = ringingOffer(turn, id, 'offerRefused')
  if (!offer) return
  mark(turn, offer.call, offer.agent, 'unreachable')
  endOffer(turn, offer, silent ? 'noResponse' : 'unreachable', code)
  markUnreachable(turn, offer.agent)
}

export function offerDeclined(turn: Turn, id: OfferId, event: EventKind, code?: number): void {
  const offer = ringingOffer(turn, id, event)
  if (!offer) return
  mark(turn, offer.call, offer.agent, 'inGrace')
  forgetMisses(offer.agent)
  // The agent declined on the console, so the phone still rings and must be told.
  if (code === undefined) turn.effects.push({ kind: 'withdraw', offer: id, because: 'withdrawn' })
  endOffer(turn, offer, 'declined', code)
}

export function alertTimeOver(turn: Turn, offer: Offer): void {
  mark(turn, offer.call, offer.agent, 'justMissed')
  noteMiss(turn, offer)
  endOffer(turn, offer, 'missed')
  if (offer.agent.pausedSince !== undefined) withdrawExcluded(turn, offer.agent)
}

/** A 180 changes nothing. One that comes too late is recorded as ignored. */
export function offerRinging(turn: Turn, id: OfferId): void {
  ringingOffer(turn, id, 'offerRinging')
}

function ringingOffer(turn: Turn, id: OfferId, event: EventKind): Offer | undefined {
  const offer = turn.world.offers.get(id)
  if (offer?.acceptedAt === undefined && offer) return offer
  ignore(turn, event, offer ? 'the offer was accepted' : 'the offer is over', offer?.call.id ?? callOfOffer(id))
  return undefined
}

function acceptedTooLate(turn: Turn, id: OfferId): void {
  const call = callOfOffer(id)
  const phase = turn.world.calls.get(call)?.phase.kind
  const lost = phase === 'joining' || phase === 'connected'
  turn.effects.push({ kind: 'withdraw', offer: id, because: lost ? 'lostRace' : 'withdrawn' })
  ignore(turn, 'offerAccepted', lost ? 'another agent was first' : 'the offer is over', call)
}
