import { between } from '../../foundation/time.js'
import { releaseFromJoin } from '../agents/lease.js'
import type { CallEnd, CallEndCause, CallFinishCause, WaitOutcome } from '../world/words.js'
import type { Fact } from '../world/effects.js'
import type { AgentUri } from '../world/ids.js'
import { recordEnd, withdrawAll } from '../offer/offer.js'
import { endWait } from '../line/queue.js'
import { record, stopTimer, type Changeable, type Turn } from '../world/turn.js'
import { hearingTimer } from './say.js'
import type { Call, ConnectedPhase, Phase } from '../world/world.js'
import { dropTransfer, releaseAgent, releaseCaller } from './legs.js'

/** For each end of a call: how it ends a wait, whether the caller is still connected and must be told, and the default cause. */
const ends: Readonly<
  Record<CallEnd, { readonly wait: WaitOutcome; readonly tellCaller: boolean; readonly cause: CallFinishCause }>
> = {
  answered: { wait: 'answered', tellCaller: false, cause: 'failed' },
  forwarded: { wait: 'moved', tellCaller: false, cause: 'failed' },
  abandoned: { wait: 'abandoned', tellCaller: false, cause: 'callerHungUp' },
  noMedia: { wait: 'failed', tellCaller: false, cause: 'serverHungUp' },
  forwardFailed: { wait: 'failed', tellCaller: true, cause: 'failed' },
  timedOut: { wait: 'timedOut', tellCaller: true, cause: 'serverHungUp' },
  overflowed: { wait: 'overflowed', tellCaller: true, cause: 'serverHungUp' },
  noAgents: { wait: 'noAgents', tellCaller: true, cause: 'serverHungUp' },
  inactive: { wait: 'failed', tellCaller: true, cause: 'serverHungUp' },
  closed: { wait: 'failed', tellCaller: true, cause: 'serverHungUp' },
  holiday: { wait: 'failed', tellCaller: true, cause: 'serverHungUp' },
  unanswered: { wait: 'failed', tellCaller: true, cause: 'serverHungUp' },
  disconnected: { wait: 'failed', tellCaller: true, cause: 'serverHungUp' },
  unheard: { wait: 'failed', tellCaller: true, cause: 'serverHungUp' },
  looped: { wait: 'failed', tellCaller: true, cause: 'serverHungUp' },
  unconfigured: { wait: 'failed', tellCaller: true, cause: 'serverHungUp' },
  failed: { wait: 'failed', tellCaller: true, cause: 'failed' },
}

/** The usual cause of this end. Records of version 0.1 do not name a cause. */
export const usualCause = (why: CallEnd): CallFinishCause => ends[why].cause

/** The only function that ends a call. It removes everything that belongs to the call (no-zombie-call). */
export function endCall(turn: Turn, call: Call, why: CallEnd, cause?: CallEndCause): void {
  const { phase } = call
  if (ends[why].tellCaller) turn.effects.push({ kind: 'reject', call: call.id, why })
  withdrawAll(turn, call, 'withdrawn')
  if (phase.kind === 'joining') withdrawAccepted(turn, call, phase)
  endWait(turn, call, ends[why].wait)
  if (phase.kind === 'connected' && phase.agent) releaseAgent(turn, call, phase.agent, phase)
  dropTransfer(turn, call)
  releaseCaller(turn, call)
  stopTimer(turn, hearingTimer(phase))
  turn.world.calls.delete(call.id)
  recordFinish(turn, call, phase, why, cause)
}

function recordFinish(turn: Turn, call: Call, phase: Phase, why: CallEnd, cause: CallEndCause | undefined): void {
  const { at } = turn
  const joined = phase.kind === 'connected' ? phase : undefined
  const fact: Changeable<Extract<Fact, { kind: 'callFinished' }>> = {
    kind: 'callFinished',
    call: call.id,
    workflow: call.workflow,
    why,
    during: phase.kind,
    cause: cause ?? ends[why].cause,
    at,
    waited: between(call.arrivedAt, joined?.since ?? at),
    talked: between(joined?.since ?? at, at),
  }
  if (call.outbound !== undefined) fact.outbound = true
  const agent = agentOf(call, joined)
  if (agent !== undefined) fact.agent = agent
  if (joined?.group) fact.group = joined.group
  record(turn, fact)
}

/** The agent who called out, or who answered, even if they have transferred the caller since. */
const agentOf = ({ outbound }: Call, joined: ConnectedPhase | undefined): AgentUri | undefined =>
  outbound?.agent ?? joined?.transferredBy ?? joined?.agent?.settings.uri

/**
 * Withdraws an accepted offer, because the caller left or we failed while the legs were being joined. The phone has already answered, so it
 * must be told.
 */
function withdrawAccepted(turn: Turn, call: Call, { offer }: Extract<Phase, { kind: 'joining' }>): void {
  turn.world.offers.delete(offer.id)
  turn.effects.push({ kind: 'withdraw', offer: offer.id, because: 'withdrawn' })
  recordEnd(turn, offer, 'withdrawn')
  releaseFromJoin(turn, offer.agent, call)
}
