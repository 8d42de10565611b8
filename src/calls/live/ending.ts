import type { CallEndCause, TransferSide } from '../../routing/index.js'
import type { LegEnd } from '../../legs/leg-end.js'
import type { Reason } from '../../legs/reason.js'
import type { Happening } from '../engine.js'
import { tellNoMedia } from '../no-media.js'
import { callEndStatus, sideLost, withdrawReasons } from '../reasons.js'
import type { CallerLeft } from './caller-listener.js'
import type { Role } from './participant.js'
import { becomeOneLeft, becomeOver, callerOf, sidesOf, type Live, type LivePhase, type Phase } from './phases.js'
import type { InputOf, PhaseOf } from './table.js'

const endedBy: Readonly<Record<Role, CallEndCause>> = { caller: 'callerHungUp', agent: 'agentHungUp', target: 'forwardHungUp' }

/** The core ends the call: with a status for an unanswered caller, otherwise with BYE. */
export function finish(live: Live, phase: PhaseOf<'finish'>, { status, reason, headers }: InputOf<'finish'>): void {
  becomeOver(live)
  callerOf(phase)?.end(status, reason, headers)
  release(live, phase, reason)
  live.context.listener.gone(live.id)
}

/** The next process continues the caller and the connected side. Phones that ring or are not joined yet are told that the call is over. */
export function leaveToNext(live: Live, phase: PhaseOf<'leaveToNext'>): void {
  becomeOver(live)
  callerOf(phase)?.letGo()
  if ('change' in phase) phase.change.cancel('over')
  for (const side of sidesOf(phase) ?? []) side.letGo()
  if (phase.kind === 'handingOver') phase.partner.them.leave(withdrawReasons.withdrawn)
  if (phase.kind === 'forwarding') phase.outgoing.cancel()
  live.phones.withdrawAll()
  live.context.listener.gone(live.id)
}

// ---- the caller without a partner

/** The caller can't be connected to anybody, or our media failed. The core ends the call. */
export function reportFailure(live: Live): void {
  live.context.post({ kind: 'callEnded', call: live.id, cause: 'failed' })
}

export function abandon(live: Live, phase: PhaseOf<'abandon' | 'leaveOnTheWay'>, { how }: { readonly how: CallerLeft }): void {
  const { end, noMedia } = how
  const call = live.id
  // The caller did not leave: their ACK lacked an answer for us.
  if (end?.kind === 'lost' && end.why === 'noAnswer')
    return leave(live, phase, undefined, { kind: 'callEnded', call, cause: 'failed' })
  if (noMedia) tellNoMedia(live.context.log, call, noMedia)
  const told: Happening =
    end?.kind === 'lost'
      ? { kind: 'callEnded', call, cause: 'callerGone' }
      : { kind: 'callAbandoned', call, ...(noMedia && { because: 'noMedia' as const }) }
  leave(live, phase, withdrawReasons.withdrawn, told)
}

/** A caller whose BYE came before their ACK has heard the partner's answer, so the call counts as answered. */
export function leaveOnTheWay(live: Live, phase: PhaseOf<'leaveOnTheWay'>, input: InputOf<'leaveOnTheWay'>): void {
  const { end, heardAnswer } = input.how
  if (!heardAnswer) return abandon(live, phase, input)
  const call = live.id
  live.context.post({ kind: 'callJoined', call })
  leave(live, phase, reasonOf(end), { kind: 'callEnded', call, cause: 'callerHungUp' })
}

// ---- two who talk

/** One side hung up or is gone, so the other is hung up. A hidden side's own Reason is not forwarded. */
export function hangUp(live: Live, phase: PhaseOf<'hangUp'>, { who, end }: InputOf<'hangUp'>): void {
  const cause = end.kind === 'lost' ? 'failed' : endedBy[who.who.role]
  const reason = end.kind === 'lost' ? sideLost : who.hidden ? undefined : reasonOf(end)
  leave(live, phase, reason, { kind: 'callEnded', call: live.id, cause })
}

/** The side that is being replaced hangs up before the change is complete. The other side waits. */
export function loseAsker(live: Live, phase: Phase<'transferring'>): void {
  const { sides, change } = phase
  becomeOneLeft(live)
  const by: TransferSide = change.by === sides[0] ? 'caller' : 'agent'
  live.context.post({ kind: 'callTransferred', call: live.id, by })
  change.askerLeft?.()
}

/** The change failed after the side that was being replaced hung up. The other side has nobody to talk to. */
export function endUnchanged(live: Live, phase: Phase<'oneLeft'>, { status }: InputOf<'endUnchanged'>): void {
  live.context.post({ kind: 'transferFailed', call: live.id, code: status })
  endAlone(live, phase)
}

export function denyAndEnd(live: Live, phase: Phase<'oneLeft'>): void {
  phase.change.refuse()
  endAlone(live, phase)
}

function endAlone(live: Live, phase: Phase<'oneLeft'>): void {
  // The core has already ended the call, in reaction to the failed change.
  if (live.phase !== phase) return
  leave(live, phase, undefined, { kind: 'callEnded', call: live.id, cause: endedBy.target })
}

// ---- leaving a phase

const reasonOf = (end: LegEnd | undefined): Reason | undefined => (end?.kind === 'hungUp' ? end.reason : undefined)

/**
 * The call ended by itself. The core is told after the other legs are hung up, because it may ring the same agent at once, and the phone must
 * get this call's BYE or CANCEL first.
 */
function leave(live: Live, phase: LivePhase, reason: Reason | undefined, told: Happening): void {
  becomeOver(live)
  release(live, phase, reason)
  live.context.post(told)
  callerOf(phase)?.end(callEndStatus.abandoned, reason)
  live.context.listener.gone(live.id)
}

/** Ends everything of the phase except a caller who is not with a partner. */
function release(live: Live, phase: LivePhase, reason: Reason | undefined): void {
  if (phase.kind === 'handingOver') phase.partner.them.leave(reason)
  if ('change' in phase) phase.change.cancel('over')
  for (const side of sidesOf(phase) ?? []) side.hangUp(reason)
  if (phase.kind === 'forwarding') phase.outgoing.cancel()
  live.phones.withdrawAll()
}
