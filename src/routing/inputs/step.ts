import { assertNever } from '../../foundation/never.js'
import { agentReleased, agentResumed, presenceChanged, signInChanged } from './agent-inputs.js'
import { endWrapUp, markReachable, markSteady } from '../agents/lease.js'
import { restoreAgents } from './restore-agents.js'
import { giveUp } from '../call/actions.js'
import { restoreCall } from './restore-call.js'
import { consultAnswered, sideLeft, transferBegan, transferFailed, transferRefused, transferThrough } from './transfer.js'
import { endedBy, tellCall } from './call-inputs.js'
import type { Effect } from '../world/effects.js'
import type { Event } from '../world/events.js'
import type { TimerId } from '../world/ids.js'
import { alertTimeOver, offerAccepted, offerDeclined, offerRefused, offerRinging } from './outcomes.js'
import { announce } from '../line/announce.js'
import { callPicked } from '../placing/pick.js'
import { queueOf } from '../line/queue.js'
import { waitOf } from '../world/phases.js'
import { settle } from '../placing/settle.js'
import { replan } from './replan.js'
import { beginTurn, ignore, record, tellChanged, type Turn } from '../world/turn.js'
import { enterWorkflow } from '../call/enter.js'
import { promptFinished, promptOver } from '../call/prompts.js'
import { digitPressed, keptSilent } from '../call/question.js'
import type { Call, World } from '../world/world.js'

/**
 * Handles one event: changes the world in place and returns all effects in order. The same world and event always give the same effects. An
 * event that is older than the previous one is handled as if it happened at the same moment.
 */
export function step(world: World, event: Event): readonly Effect[] {
  if (event.at > world.now) world.now = event.at
  const turn = beginTurn(world, world.now)
  take(turn, event)
  settle(turn)
  tellChanged(turn)
  return turn.effects
}

// eslint-disable-next-line complexity, max-lines-per-function -- one of the exhaustive switches of docs/style.md §6: a line for each kind of event
function take(turn: Turn, event: Event): void {
  switch (event.kind) {
    case 'callArrived':
      return enterWorkflow(turn, event)
    case 'callRestored':
      return restoreCall(turn, event.call, event.kept)
    case 'promptFinished':
      return promptFinished(turn, event.call, event.prompt)
    case 'digitPressed':
      return digitPressed(turn, event.call, event.digit)
    case 'callAbandoned':
      return tellCall(turn, event.call, { event: event.kind, input: event.because === 'noMedia' ? 'noMedia' : 'abandoned' })
    case 'callJoined':
      return tellCall(turn, event.call, { event: event.kind, input: 'joined' })
    case 'joinFailed':
      return tellCall(turn, event.call, { event: event.kind, input: event.kind, code: event.code, by: event.by })
    case 'forwardFailed':
      return tellCall(turn, event.call, { event: event.kind, input: event.kind, code: event.code })
    case 'transferBegan':
      return transferBegan(turn, event)
    case 'transferRefused':
      return transferRefused(turn, event)
    case 'consultAnswered':
      return consultAnswered(turn, event.call)
    case 'transferThrough':
      return transferThrough(turn, event.call)
    case 'transferFailed':
      return transferFailed(turn, event)
    case 'callTransferred':
      return sideLeft(turn, event.call, event.by)
    case 'callEnded':
      return tellCall(turn, event.call, { event: event.kind, input: endedBy[event.cause], cause: event.cause })
    case 'offerRinging':
      return offerRinging(turn, event.offer)
    case 'offerAccepted':
      return offerAccepted(turn, event.offer)
    case 'offerRefused':
      return offerRefused(turn, event)
    case 'offerDeclined':
      return offerDeclined(turn, event.offer, event.kind)
    case 'callPicked':
      return callPicked(turn, event.call, event.agent)
    case 'presenceChanged':
      return presenceChanged(turn, event.agent, event.presence)
    case 'signedIn':
    case 'signedOut':
      return signInChanged(turn, event.agent, event.group, event.kind === 'signedIn')
    case 'agentsRestored':
      return restoreAgents(turn, event.agents)
    case 'agentReleased':
      return agentReleased(turn, event.agent)
    case 'agentResumed':
      return agentResumed(turn, event.agent)
    case 'timerFired':
      return timerFired(turn, event.timer)
    case 'configReplaced':
      return replan(turn, event.settings)
    case 'clockStepped':
      return clockStepped(turn, event.wallOffset)
    default:
      return assertNever(event)
  }
}

// eslint-disable-next-line complexity -- an exhaustive switch: a line for each purpose
function timerFired(turn: Turn, timer: TimerId): void {
  const purpose = turn.world.timers.get(timer)
  if (!purpose) return ignore(turn, 'timerFired', 'the timer was stopped')
  turn.world.timers.delete(timer)
  switch (purpose.kind) {
    case 'alert':
      return alertTimeOver(turn, purpose.offer)
    case 'prompt':
      return promptOver(turn, purpose.call)
    case 'silence':
      return keptSilent(turn, purpose.call)
    case 'announce':
      return announce(turn, purpose.call)
    case 'queueTimeout':
      return waitedTooLong(turn, purpose.call)
    case 'retry':
      waitOf(purpose.call).retry = undefined
      turn.unsettled.push(purpose.call)
      return
    case 'pace':
      if (purpose.call.phase.kind === 'ringing') purpose.call.phase.pace = undefined
      turn.unsettled.push(purpose.call)
      return
    case 'wrapUp':
      return endWrapUp(turn, purpose.agent)
    case 'reachable':
      return markReachable(turn, purpose.agent)
    case 'steady':
      return markSteady(turn, purpose.agent)
    default:
      return assertNever(purpose)
  }
}

/** Takes over the new wall clock. Timers and orders do not change. Opening hours follow the new clock from the next caller on. */
function clockStepped(turn: Turn, wallOffset: number): void {
  const { world, at } = turn
  record(turn, { kind: 'clockStepped', by: wallOffset - world.wallOffset, at })
  world.wallOffset = wallOffset
}

function waitedTooLong(turn: Turn, call: Call): void {
  const { timeout } = queueOf(turn.world, call).settings
  if (timeout) giveUp(turn, call, 'timedOut', timeout.action)
}
