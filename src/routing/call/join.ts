import { between } from '../../foundation/time.js'
import { markUnreachable, releaseFromJoin, touch } from '../agents/lease.js'
import { isDeviceFault } from '../world/failure.js'
import { mark, noMarks } from '../choice/grace.js'
import { recordEnd, stopRinging, withdrawAll, withdrawExcluded } from '../offer/offer.js'
import { recordWaitEnd, stepOutOfLine } from '../line/queue.js'
import { becomeConnected, becomeJoining } from '../world/phases.js'
import { record, type Turn } from '../world/turn.js'
import type { Call, JoiningPhase, Offer, Phase } from '../world/world.js'
import { standAgain } from './actions.js'
import { callerTalks, recordLeg } from './legs.js'
import { allowRecording } from './record.js'

/**
 * Gives the call to the first agent who answered. The other phones stop ringing only now (losers-late). Other calls keep ringing at the
 * desk of an attendant. With every other method they stop.
 */
export function startJoining(turn: Turn, offer: Offer): void {
  const { call, agent } = offer
  offer.acceptedAt = turn.at
  turn.effects.push({ kind: 'connect', call: call.id, offer: offer.id })
  agent.calls.push(call)
  stopRinging(turn, offer)
  withdrawAll(turn, call, 'lostRace', offer)
  stepOutOfLine(turn, call)
  becomeJoining(call, turn.at, offer)
  withdrawExcluded(turn, agent)
}

/** Connects the call: the caller and the agent, or the caller and the forward target, can now hear each other. */
export function connect(turn: Turn, call: Call, phase: Phase): void {
  if (phase.kind === 'joining') connectAgent(turn, call, phase)
  if (phase.kind === 'forwarding') {
    becomeConnected(call, { since: turn.at, agent: undefined, group: undefined, queue: undefined, heldSince: turn.at })
    record(turn, { kind: 'callForwarded', call: call.id, to: phase.to, at: turn.at })
    callerTalks(turn, call)
    allowRecording(turn, call)
  }
}

/**
 * Handles a failed join: the agent's leg ended first, or the two can't exchange media. The call returns to its place and does not ring this
 * agent for a while.
 */
export function waitAgain(turn: Turn, call: Call, phase: Phase, code?: number, by?: 'caller'): void {
  if (phase.kind !== 'joining') return
  const { offer } = phase
  turn.world.offers.delete(offer.id)
  // A caller's status says nothing about the phone of the agent.
  const ofDevice = by !== 'caller' && isDeviceFault(code)
  recordEnd(turn, offer, ofDevice ? 'unreachable' : 'declined', code)
  mark(turn, call, offer.agent, ofDevice ? 'unreachable' : 'inGrace')
  releaseFromJoin(turn, offer.agent, call)
  if (ofDevice) markUnreachable(turn, offer.agent)
  standAgain(turn, call)
}

function connectAgent(turn: Turn, call: Call, { offer, wait }: JoiningPhase): void {
  const { agent, group } = offer
  turn.world.offers.delete(offer.id)
  becomeConnected(call, { since: turn.at, agent, group, queue: wait.queue, heldSince: offer.since })
  call.marks = noMarks
  recordEnd(turn, offer, 'answered')
  recordWaitEnd(turn, call, wait, 'answered')
  touch(turn, agent)
  const waited = between(call.arrivedAt, turn.at)
  record(turn, { kind: 'callConnected', call: call.id, agent: agent.settings.uri, group, at: turn.at, waited })
  recordLeg(turn, call, agent, 'agent', 'talks')
  callerTalks(turn, call)
  allowRecording(turn, call)
}
