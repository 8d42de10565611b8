import { OurBug } from '../../foundation/result.js'
import type { Outbound } from '../world/kept-call.js'
import type { Instant } from '../../foundation/time.js'
import { reindex } from '../agents/lease.js'
import { createWorld, keptOf, type Kept } from '../inputs/build.js'
import type { Presence } from '../world/events.js'
import type { AgentUri, CallId, GroupName, OfferId, QueueName, TimerId, WorkflowName } from '../world/ids.js'
import type { RoutingMethodName } from '../world/words.js'
import type { AgentSettings, RoutingSettings } from '../world/settings.js'
import { findWait, restorePhase, settledPhase } from '../world/phases.js'
import { hearingTimer, playingIn } from '../call/say.js'
import type {
  Agent,
  Call,
  ForwardingPhase,
  GivenAnswer,
  Notice,
  Handling,
  Mark,
  Offer,
  PendingTransfer,
  Phase,
  SettledPhase,
  Span,
  TimerPurpose,
  Wait,
  World,
} from '../world/world.js'

/** A world as plain JSON. The journal starts each file with one, and a world can be restored from it. */
export interface WorldSnapshot {
  readonly version: 1
  readonly now: Instant
  /** Absent in a journal of 0.1.0, which used the wall clock. */
  readonly wallOffset?: number
  readonly settings: RoutingSettings
  readonly kept: Kept
  readonly handling: readonly (readonly [QueueName, Handling])[]
  readonly nextTimer: number
  readonly nextArrival: number
  readonly agents: readonly AgentSnapshot[]
  readonly calls: readonly CallSnapshot[]
  readonly offers: readonly OfferSnapshot[]
}

interface AgentSnapshot {
  readonly uri: AgentUri
  readonly presence: Presence
  readonly idleSince: Instant
  readonly idleKeptUntil?: Instant | undefined
  readonly offers: readonly OfferId[]
  readonly calls: readonly CallId[]
  readonly wrapUp?: Span | undefined
  readonly unreachable?: Span | undefined
  readonly unsteady?: Span | undefined
  /** Absent in older journals, as `pausedSince`: nobody was paused. */
  readonly missed?: number
  readonly pausedSince?: Instant | undefined
  /** The settings of an agent who was removed from the config during a call. */
  readonly departed?: AgentSettings | undefined
}

interface CallSnapshot {
  readonly id: CallId
  readonly workflow: WorkflowName
  readonly arrivedAt: Instant
  readonly arrival: number
  readonly phase: PhaseSnapshot
  readonly wait?: Wait | undefined
  readonly round: number
  readonly marks: readonly (readonly [AgentUri, Mark])[]
  readonly offersMade: number
  readonly queuesEntered: number
  readonly hears: boolean
  readonly isListening: boolean
  readonly answers: readonly GivenAnswer[]
  readonly notice?: Notice | undefined
  readonly caller?: AgentUri | undefined
  readonly outbound?: Outbound | undefined
  readonly transfer?: (Omit<PendingTransfer, 'agent'> & { readonly agent?: AgentUri | undefined }) | undefined
}

/** The wait is stored beside the phase, as in 0.1.0. */
type PhaseSnapshot =
  | Extract<Phase, { kind: 'greeting' | 'asking' | 'farewell' }>
  /** Journals of 0.1.0 do not name `as` and `why`. */
  | (Pick<ForwardingPhase, 'kind' | 'since' | 'to'> & Partial<ForwardingPhase>)
  | { readonly kind: 'waiting'; readonly since: Instant }
  | { readonly kind: 'ringing'; since: Instant; group: GroupName; offers: readonly OfferId[]; pace?: TimerId | undefined }
  | { readonly kind: 'joining'; since: Instant; offer: OfferId }
  | (Omit<Extract<Phase, { kind: 'connected' }>, 'agent' | 'group' | 'queue'> & {
      readonly agent?: AgentUri | undefined
      readonly group?: GroupName | undefined
      readonly queue?: QueueName | undefined
    })

interface OfferSnapshot {
  readonly id: OfferId
  readonly call: CallId
  readonly agent: AgentUri
  readonly group: GroupName
  readonly method: RoutingMethodName
  readonly since: Instant
  readonly alert?: TimerId | undefined
  readonly acceptedAt?: Instant | undefined
}

/** The snapshot shares no mutable object with the world. */
export function snapshotWorld(world: World): WorldSnapshot {
  const { now, wallOffset, settings, nextTimer, nextArrival } = world
  return {
    version: 1,
    now,
    wallOffset,
    settings,
    kept: keptOf(world),
    handling: Array.from(world.handling, ([queue, handling]) => [queue, { ...handling }] as const),
    nextTimer,
    nextArrival,
    agents: Array.from(world.agents.values(), snapshotAgent),
    calls: Array.from(world.calls.values(), snapshotCall),
    offers: Array.from(world.offers.values(), snapshotOffer),
  }
}

/** Makes a world that takes the same steps as the original. Throws `OurBug` if the snapshot contradicts itself. */
export function restoreWorld(snapshot: WorldSnapshot): World {
  const world = createWorld(snapshot.settings, snapshot.kept, snapshot.now, snapshot.wallOffset)
  world.nextTimer = snapshot.nextTimer
  world.nextArrival = snapshot.nextArrival
  for (const [queue, handling] of snapshot.handling) world.handling.set(queue, { ...handling })
  for (const agent of snapshot.agents) restoreAgent(world, agent)
  for (const call of snapshot.calls) world.calls.set(call.id, bareCall(world, call))
  for (const offer of snapshot.offers) restoreOffer(world, offer)
  for (const call of snapshot.calls) restorePhase(found(world.calls, call.id), phaseOf(world, call))
  for (const call of world.calls.values()) takePlace(world, call)
  for (const agent of snapshot.agents) attach(world, agent)
  for (const group of world.groups.values()) for (const member of group.members) reindex(member)
  return world
}

function snapshotAgent(agent: Agent): AgentSnapshot {
  return {
    uri: agent.settings.uri,
    presence: agent.presence,
    idleSince: agent.idleSince,
    idleKeptUntil: agent.idleKeptUntil,
    offers: agent.offers.map(offer => offer.id),
    calls: agent.calls.map(call => call.id),
    wrapUp: agent.wrapUp,
    unreachable: agent.unreachable,
    unsteady: agent.unsteady,
    missed: agent.missed,
    pausedSince: agent.pausedSince,
    departed: agent.departed ? agent.settings : undefined,
  }
}

function snapshotCall(call: Call): CallSnapshot {
  const { marks, answers, caller, transfer } = call
  const wait = findWait(call)
  return {
    ...call,
    answers: [...answers],
    phase: snapshotPhase(settledPhase(call)),
    wait: wait && { ...wait },
    marks: [...marks],
    caller: caller?.settings.uri,
    transfer: transfer && { ...transfer, agent: transfer.agent?.settings.uri },
  }
}

function snapshotPhase(phase: SettledPhase): PhaseSnapshot {
  switch (phase.kind) {
    case 'waiting':
      return { kind: 'waiting', since: phase.since }
    case 'ringing':
      return {
        kind: 'ringing',
        since: phase.since,
        group: phase.group,
        offers: phase.offers.map(offer => offer.id),
        pace: phase.pace,
      }
    case 'joining':
      return { kind: 'joining', since: phase.since, offer: phase.offer.id }
    case 'connected':
      return { ...phase, agent: phase.agent?.settings.uri }
    case 'greeting':
    case 'asking':
    case 'farewell':
    case 'forwarding':
      return phase
  }
}

function snapshotOffer({ call, agent, ...rest }: Offer): OfferSnapshot {
  return { ...rest, call: call.id, agent: agent.settings.uri }
}

function restoreAgent(world: World, kept: AgentSnapshot): void {
  if (kept.departed) world.agents.set(kept.uri, departedAgent(kept, kept.departed))
  const agent = found(world.agents, kept.uri)
  agent.presence = kept.presence
  agent.idleSince = kept.idleSince
  agent.idleKeptUntil = kept.idleKeptUntil
  agent.wrapUp = runSpan(world, kept.wrapUp, { kind: 'wrapUp', agent })
  agent.unreachable = runSpan(world, kept.unreachable, { kind: 'reachable', agent })
  agent.unsteady = runSpan(world, kept.unsteady, { kind: 'steady', agent })
  agent.missed = kept.missed ?? 0
  agent.pausedSince = kept.pausedSince
}

function departedAgent(kept: AgentSnapshot, settings: AgentSettings): Agent {
  const { presence, idleSince } = kept
  return {
    settings,
    presence,
    idleSince,
    offers: [],
    calls: [],
    wrapUp: undefined,
    unreachable: undefined,
    unsteady: undefined,
    missed: 0,
    pausedSince: undefined,
    memberships: [],
    departed: true,
  }
}

/** A call without its phase, which is set later, once the offers exist. */
function bareCall(world: World, kept: CallSnapshot): Call {
  const { id, workflow, arrivedAt, arrival, round, offersMade, queuesEntered, hears, isListening, phase, marks, answers } = kept
  const { caller, transfer, notice, outbound } = kept
  return {
    id,
    workflow,
    arrivedAt,
    arrival,
    round,
    offersMade,
    queuesEntered,
    hears,
    isListening,
    answers: [...answers],
    notice,
    phase: { kind: 'arriving', since: phase.since },
    marks: new Map(marks),
    caller: caller && found(world.agents, caller),
    outbound,
    transfer: transfer && { ...transfer, agent: transfer.agent && found(world.agents, transfer.agent) },
  }
}

function restoreOffer(world: World, kept: OfferSnapshot): void {
  const { alert, acceptedAt } = kept
  const offer: Offer = { ...kept, alert, acceptedAt, call: found(world.calls, kept.call), agent: found(world.agents, kept.agent) }
  world.offers.set(offer.id, offer)
  runTimer(world, alert, { kind: 'alert', offer })
}

function phaseOf(world: World, { phase: kept, wait: stay }: CallSnapshot): Phase {
  // JSON drops undefined fields. Naming them here gives all waits the same shape.
  const wait = stay && { ...stay, timeout: stay.timeout, retry: stay.retry, announce: stay.announce }
  switch (kept.kind) {
    case 'waiting':
      return { ...kept, wait: there(wait) }
    case 'ringing':
      return { ...kept, wait: there(wait), pace: kept.pace, offers: kept.offers.map(id => found(world.offers, id)) }
    case 'joining':
      return { ...kept, wait: there(wait), offer: found(world.offers, kept.offer) }
    case 'connected':
      return { ...kept, agent: kept.agent && found(world.agents, kept.agent), group: kept.group, queue: kept.queue }
    case 'greeting':
    case 'asking':
    case 'farewell':
      return kept
    case 'forwarding':
      return { as: 'uri', why: 'disconnected', ...kept }
  }
}

/** Puts the call into the orders of its queue and group, and restores its timers. */
function takePlace(world: World, call: Call): void {
  const { phase } = call
  runTimer(world, hearingTimer(phase), { kind: playingIn(phase) ? 'prompt' : 'silence', call })
  if (phase.kind !== 'waiting' && phase.kind !== 'ringing') return
  const { wait } = phase
  const queue = found(world.queues, wait.queue)
  if (wait.held) queue.waiting.add(call)
  if (phase.kind === 'waiting') queue.unplaced.add(call)
  runSpan(world, wait.timeout, { kind: 'queueTimeout', call })
  runSpan(world, wait.retry, { kind: 'retry', call })
  runTimer(world, wait.announce, { kind: 'announce', call })
  if (phase.kind !== 'ringing') return
  runTimer(world, phase.pace, { kind: 'pace', call })
  const group = found(world.groups, phase.group)
  if (group.method.rings === 'all') group.ringing.add(call)
}

function attach(world: World, kept: AgentSnapshot): void {
  const agent = found(world.agents, kept.uri)
  agent.offers.push(...kept.offers.map(id => found(world.offers, id)))
  agent.calls.push(...kept.calls.map(id => found(world.calls, id)))
}

function runSpan(world: World, span: Span | undefined, purpose: TimerPurpose): Span | undefined {
  runTimer(world, span?.timer, purpose)
  return span
}

function runTimer(world: World, timer: TimerId | undefined, purpose: TimerPurpose): void {
  if (timer !== undefined) world.timers.set(timer, purpose)
}

function there(wait: Wait | undefined): Wait {
  if (!wait) throw new OurBug('the snapshot has a call in a queue, and nothing of its wait')
  return wait
}

function found<Id, Item>(items: ReadonlyMap<Id, Item>, id: Id): Item {
  const item = items.get(id)
  if (item === undefined) throw new OurBug(`the snapshot names ${String(id)}, which it does not hold`)
  return item
}
