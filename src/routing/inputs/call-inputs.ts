import { assertNever } from '../../foundation/never.js'
import type { CallEndCause } from '../world/words.js'
import type { EventKind } from '../world/events.js'
import type { CallId } from '../world/ids.js'
import { settledPhase } from '../world/phases.js'
import { ignore, recordStep, type Turn } from '../world/turn.js'
import type { Call, Phase } from '../world/world.js'
import { callTable, type CallInput, type CallMove } from '../call/table.js'
import { endCall } from '../call/ending.js'
import { connect, waitAgain } from '../call/join.js'

/** What an event reports about a call. */
interface CallTold {
  readonly event: EventKind
  readonly input: CallInput
  readonly code?: number
  readonly cause?: CallEndCause
  readonly by?: 'caller' | undefined
}

export const endedBy: Readonly<Record<CallEndCause, CallInput>> = {
  callerHungUp: 'endedByCaller',
  callerGone: 'endedByCaller',
  agentHungUp: 'endedByAgent',
  forwardHungUp: 'endedByTarget',
  failed: 'endedByFault',
}

export function tellCall(turn: Turn, id: CallId, told: CallTold): void {
  const call = turn.world.calls.get(id)
  if (!call) return ignore(turn, told.event, 'the call is over', id)
  const move = callTable[settledPhase(call).kind][told.input]
  if (move === 'ignore') return ignore(turn, told.event, `the call is ${call.phase.kind}`, id)
  makeMove(turn, call, move, told)
}

function makeMove(turn: Turn, call: Call, move: Exclude<CallMove, 'ignore'>, { code, cause, by }: CallTold): void {
  switch (move) {
    case 'abandon':
      return endCall(turn, call, 'abandoned', cause)
    case 'loseMedia':
      return endCall(turn, call, 'noMedia', cause)
    case 'connect':
      return connect(turn, call, call.phase)
    case 'waitAgain':
      return waitAgain(turn, call, call.phase, code, by)
    case 'failForward':
      return failForward(turn, call, call.phase, code, cause)
    case 'finish':
      return endCall(turn, call, wasAnswered(call) ? 'answered' : 'forwarded', cause)
    case 'fail':
      return endCall(turn, call, 'failed', cause)
    default:
      return assertNever(move)
  }
}

function failForward(turn: Turn, call: Call, phase: Phase, code: number | undefined, cause: CallTold['cause']): void {
  if (phase.kind === 'forwarding' && code !== undefined) recordStep(turn, call, { kind: 'forwardFailed', to: phase.to, code })
  endCall(turn, call, 'forwardFailed', cause)
}

/** Whether an agent answered the call for a group, even if somebody else talks now, or whether it is an outbound call. */
const wasAnswered = ({ phase, outbound }: Call): boolean =>
  phase.kind === 'connected' && (phase.group !== undefined || outbound !== undefined)
