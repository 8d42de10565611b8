import { OurBug } from '../../foundation/result.js'
import type { Instant } from '../../foundation/time.js'
import type { AgentUri, GroupName } from './ids.js'
import type { Changeable } from './turn.js'
import type {
  Agent,
  AskingPhase,
  Call,
  ConnectedPhase,
  FarewellPhase,
  ForwardingPhase,
  GreetingPhase,
  Offer,
  Phase,
  RingingPhase,
  SettledPhase,
  Wait,
} from './world.js'

/**
 * This is the only file that changes the phase of a call. Each function makes one phase and throws `OurBug` for a move that `moves` does
 * not list. A call may end in any phase.
 */

/** From each phase to the phases that may follow it. */
const moves: Readonly<Record<Phase['kind'], readonly Phase['kind'][]>> = {
  arriving: ['greeting', 'asking', 'farewell', 'waiting', 'forwarding', 'connected'],
  greeting: ['greeting', 'asking', 'farewell', 'waiting', 'forwarding'],
  asking: ['asking', 'farewell', 'waiting', 'forwarding'],
  farewell: ['waiting', 'forwarding'],
  waiting: ['waiting', 'ringing', 'joining', 'leaving'],
  ringing: ['waiting'],
  joining: ['connected', 'waiting', 'leaving'],
  leaving: ['waiting', 'farewell', 'forwarding'],
  forwarding: ['connected'],
  // No other phase follows. `emptySeat` and `fillSeat` change who talks.
  connected: [],
}

export function becomeGreeting(call: Call, phase: Omit<GreetingPhase, 'kind'>): void {
  become(call, { ...phase, kind: 'greeting' })
}

export function becomeAsking(call: Call, phase: Omit<AskingPhase, 'kind'>): void {
  become(call, { ...phase, kind: 'asking' })
}

export function becomeFarewell(call: Call, phase: Omit<FarewellPhase, 'kind'>): void {
  become(call, { ...phase, kind: 'farewell' })
}

export function becomeWaiting(call: Call, since: Instant, wait: Wait): void {
  become(call, { kind: 'waiting', since, wait })
}

/** Starts the phase without offers. The function that calls this one adds them. */
export function becomeRinging(call: Call, since: Instant, group: GroupName): RingingPhase {
  const phase: RingingPhase = { kind: 'ringing', since, wait: waitOf(call), group, offers: [], pace: undefined }
  become(call, phase)
  return phase
}

export function becomeJoining(call: Call, since: Instant, offer: Offer): void {
  become(call, { kind: 'joining', since, wait: waitOf(call), offer })
}

export function becomeLeaving(call: Call, since: Instant): void {
  become(call, { kind: 'leaving', since })
}

export function becomeForwarding(call: Call, phase: Omit<ForwardingPhase, 'kind'>): void {
  become(call, { ...phase, kind: 'forwarding' })
}

export function becomeConnected(call: Call, phase: Omit<ConnectedPhase, 'kind'>): void {
  become(call, { ...phase, kind: 'connected' })
}

/**
 * Records that the agent on the called side has left. `phase` must be the current phase of the call. `transferredBy` is the agent who
 * answered for the group.
 */
export function emptySeat(call: Call, phase: ConnectedPhase, transferredBy: AgentUri | undefined): void {
  changeSeat(call, phase, { ...phase, agent: undefined, transferredBy })
}

/**
 * Records that somebody else talks on the called side now: an agent, held since `heldSince`, or a party who is not an agent. `phase` must
 * be the current phase of the call.
 */
export function fillSeat(call: Call, phase: ConnectedPhase, agent: Agent | undefined, heldSince: Instant): void {
  changeSeat(call, phase, { ...phase, agent, heldSince })
}

/** Sets the phase that a snapshot names, without checking the move. */
export function restorePhase(call: Call, phase: Phase): void {
  change(call, phase)
}

/** The call's stay in a queue. Undefined for a call that is in no queue. */
export function findWait({ phase }: Call): Wait | undefined {
  return phase.kind === 'waiting' || phase.kind === 'ringing' || phase.kind === 'joining' ? phase.wait : undefined
}

/** Like `findWait`, for a call that must be in a queue. Throws `OurBug` otherwise. */
export function waitOf(call: Call): Wait {
  const wait = findWait(call)
  if (!wait) throw new OurBug(`call ${call.id} is ${call.phase.kind} and in no queue`)
  return wait
}

/** The phase of a call between two turns. */
export function settledPhase({ id, phase }: Call): SettledPhase {
  if (phase.kind === 'arriving' || phase.kind === 'leaving') throw new OurBug(`call ${id} is still ${phase.kind}`)
  return phase
}

function become(call: Call, phase: Phase): void {
  if (!moves[call.phase.kind].includes(phase.kind))
    throw new OurBug(`call ${call.id} is ${call.phase.kind} and can't become ${phase.kind}`)
  change(call, phase)
}

/** Throws if `now` is not the current phase, because a phase that the call has left would bring back a call that is over. */
function changeSeat(call: Call, now: ConnectedPhase, next: ConnectedPhase): void {
  if (call.phase !== now) throw new OurBug(`call ${call.id} is ${call.phase.kind}, and its seat was read before`)
  change(call, next)
}

function change(call: Changeable<Call>, phase: Phase): void {
  call.phase = phase
}
