import { type Instant, type Millis, millis } from '../../foundation/time.js'
import type { Outbound } from '../world/kept-call.js'
import type { Presence } from '../world/events.js'
import type { AgentUri, CallId, GroupName, OfferId, QueueName, WorkflowName } from '../world/ids.js'
import { findWait, settledPhase, waitOf } from '../world/phases.js'
import type { AgentActivity, AgentHome, CallPhase, ParticipationPolicy, RoutingMethodName } from '../world/words.js'
import { estimatedWait, estimateForNext } from '../line/estimate.js'
import type { Agent, AgentExclusion, Call, GivenAnswer, Group, Offer, Phase, Queue, World } from '../world/world.js'

export interface AgentView {
  readonly uri: AgentUri
  readonly name?: string
  readonly homed: AgentHome
  readonly presence: Presence
  readonly groups: readonly {
    readonly name: GroupName
    readonly participationPolicy: ParticipationPolicy
    /** Formal groups: signed in to the group. Informal groups: signed in to the SIP system. */
    readonly signedIn: boolean
    /** Why the group can't offer the agent a call now. Absent: it can. */
    readonly excluded?: AgentExclusion
  }[]
  readonly activity: AgentActivity
  /** The call in which the agent talks, is being joined, calls, or rings for a transfer. The latest one if there are several. */
  readonly call?: CallId
  /** Offers that ring at the agent. */
  readonly offers: readonly OfferId[]
  readonly idleSince: Instant
  readonly wrapUpUntil?: Instant
  readonly unreachableUntil?: Instant
  /** The agent is paused because they missed too many calls. */
  readonly pausedSince?: Instant
}

export interface GroupView {
  readonly name: GroupName
  readonly method: RoutingMethodName
  readonly participationPolicy: ParticipationPolicy
  readonly agentAlertTime: Millis
  /** In the config's order. */
  readonly agents: readonly AgentUri[]
  /** How many agents are available to the group, and how many are excluded for each reason. */
  readonly states: Readonly<Record<'available' | AgentExclusion, number>>
  /** Round robin only: the agent who was offered the last call. */
  readonly pointer?: AgentUri
}

export interface QueueView {
  readonly name: QueueName
  readonly groups: readonly GroupName[]
  /** The number of calls that were not placed at once and have not been answered. */
  readonly waiting: number
  /** When the oldest waiting call started to wait. */
  readonly oldestSince?: Instant
  /** How long the oldest call has waited at the moment of this view. 0 if no call waits. */
  readonly oldestWait: Millis
  /** How long a caller who comes now would wait. Absent while unknown. */
  readonly estimatedWait?: Millis
}

/** The parts of a call that decide which users may see it. */
export interface CallParties {
  readonly workflow: WorkflowName
  readonly queue?: QueueName
  readonly offers: readonly { readonly offer: OfferId; readonly agent: AgentUri; readonly group: GroupName }[]
  /** The agent that the caller is connected to, or is being joined with. */
  readonly agent?: AgentUri
  readonly group?: GroupName
  /** The queue from which the agent answered. The other agents in the groups of this queue still may not see the call because of it. */
  readonly answeredFrom?: QueueName
  /** Absent: somebody called the workflow. */
  readonly outbound?: Outbound
}

export interface CallView extends CallParties {
  readonly id: CallId
  readonly phase: CallPhase
  /** When the current phase started. */
  readonly since: Instant
  readonly arrivedAt: Instant
  /** Place among the queue's waiting calls, from 1. Absent for a call that was placed at once. */
  readonly position?: number
  /** The estimated rest of the wait at this position. Absent while unknown. */
  readonly estimatedWait?: Millis
  /** The caller's answers to questions, in order. */
  readonly answers: readonly GivenAnswer[]
  /** The target that is being called, because the workflow or the queue gave up the call. */
  readonly forwardingTo?: string
  /** Agents who were tried and are not offered this call for now. */
  readonly triedAgents: readonly AgentUri[]
  /** One side talks to the target of a transfer first, or calls it to do so. `agent`: the agent of that side. */
  readonly consultation?: {
    readonly agent?: AgentUri
    readonly to: string
    readonly state: 'calling' | 'talking'
  }
}

interface WaitingCallView {
  readonly call: CallId
  readonly workflow: WorkflowName
  readonly queue: QueueName
  /** From 1. Absent for a call that rings without having waited. */
  readonly position?: number
  /** The wait in this queue so far. */
  readonly waited: Millis
  /** The phones that ring for it. */
  readonly rings: readonly { readonly agent: AgentUri; readonly group: GroupName }[]
}

interface OfferView {
  readonly offer: OfferId
  readonly call: CallId
  readonly agent: AgentUri
  readonly group: GroupName
  readonly method: RoutingMethodName
  readonly state: 'ringing' | 'accepted'
  readonly since: Instant
}

interface QueuePosition {
  readonly queue: QueueName
  /** From 1. */
  readonly position: number
  readonly waiting: number
}

export function agentView(world: World, uri: AgentUri): AgentView | undefined {
  const agent = world.agents.get(uri)
  return agent && viewOfAgent(agent)
}

export function* agentViews(world: World): IterableIterator<AgentView> {
  for (const agent of world.agents.values()) yield viewOfAgent(agent)
}

export function* groupViews(world: World): IterableIterator<GroupView> {
  for (const group of world.groups.values()) yield viewOfGroup(group)
}

export function* queueViews(world: World, at: Instant): IterableIterator<QueueView> {
  for (const queue of world.queues.values()) yield viewOfQueue(world, queue, at)
}

export function callView(world: World, id: CallId): CallView | undefined {
  const call = world.calls.get(id)
  return call && viewOfCall(world, call)
}

/** Yields a view of each call, or undefined if `isSeen` refuses it. Only calls that are seen cost the time of a view. */
export function* callViews(world: World, isSeen: (parties: CallParties) => boolean): IterableIterator<CallView | undefined> {
  for (const call of world.calls.values()) yield isSeen(partiesOf(call)) ? viewOfCall(world, call) : undefined
}

/** Yields the wait of each call, ringing or not, in the order of arrival. Undefined: the call is in no queue. */
export function* waitingCalls(world: World, at: Instant): IterableIterator<WaitingCallView | undefined> {
  for (const { id, workflow, phase } of world.calls.values()) {
    if (phase.kind === 'waiting' || phase.kind === 'ringing') {
      const { wait } = phase
      const place = queuePosition(world, id)
      const waited = millis(Math.max(0, at - wait.since))
      const offers = phase.kind === 'ringing' ? phase.offers : []
      const rings = offers.map(({ agent, group }) => ({ agent: agent.settings.uri, group }))
      yield { call: id, workflow, queue: wait.queue, ...(place && { position: place.position }), waited, rings }
    } else yield undefined
  }
}

/** The place of a call among the waiting calls of its queue. Undefined: the call was placed at once, or it is in no queue. */
export function queuePosition(world: World, id: CallId): QueuePosition | undefined {
  const call = world.calls.get(id)
  const wait = call && findWait(call)
  if (!call || !wait?.held || call.phase.kind === 'joining') return undefined
  const queue = world.queues.get(wait.queue)
  return queue && { queue: wait.queue, position: queue.waiting.rank(call) + 1, waiting: queue.waiting.size }
}

/** How many agents of the group may ring for one call at the same time. */
export function agentsAbreast(world: World, name: GroupName): number {
  const group = world.groups.get(name)
  return group?.method.rings === 'all' ? Math.max(1, group.members.length) : 1
}

/**
 * Whether the agent may take over the leg of the connected agent (RFC 3891). They may if it is their own leg, or the leg of a colleague in
 * the group of the call.
 */
export function mayTakeOver(world: World, id: CallId, uri: AgentUri): boolean {
  const phase = world.calls.get(id)?.phase
  if (phase?.kind !== 'connected') return false
  if (phase.agent?.settings.uri === uri) return true
  return world.agents.get(uri)?.memberships.some(({ group }) => group.settings.name === phase.group) === true
}

/** An agent who transfers one outbound call to the target of another has two. More at the same time are abuse. */
const mostOutbound = 2

/** Why this agent may not call out for these groups now. Undefined: they may. */
export function callOutRefusal(world: World, uri: AgentUri, groups: readonly GroupName[]): string | undefined {
  const agent = world.agents.get(uri)
  if (agent?.memberships.some(({ group }) => groups.includes(group.settings.name)) !== true)
    return `${uri} is in no group that may: ${groups.join(', ')}`
  const calls = agent.calls.filter(({ outbound }) => outbound?.agent === uri).length
  return calls < mostOutbound ? undefined : `${uri} has ${calls} outbound calls already`
}

/** An offer that rings or is being joined. Undefined: it is over. */
export function offerView(world: World, id: OfferId): OfferView | undefined {
  const offer = world.offers.get(id)
  if (!offer) return undefined
  const { method, since, acceptedAt } = offer
  return { ...named(offer), call: offer.call.id, method, since, state: acceptedAt === undefined ? 'ringing' : 'accepted' }
}

function viewOfAgent(agent: Agent): AgentView {
  const { settings, presence, idleSince, wrapUp, unreachable, pausedSince } = agent
  const call = agent.calls.findLast(each => !ringsFor(each, agent)) ?? agent.calls.at(-1)
  return {
    uri: settings.uri,
    ...(settings.name === undefined ? {} : { name: settings.name }),
    homed: settings.homed,
    presence,
    groups: agent.memberships.map(({ group, counted, signedIn, excluded }) => ({
      name: group.settings.name,
      participationPolicy: group.settings.participationPolicy,
      signedIn: group.settings.participationPolicy === 'formal' ? signedIn : counted,
      ...(excluded ? { excluded } : {}),
    })),
    activity: activityOf(agent),
    ...(call ? { call: call.id } : {}),
    offers: agent.offers.map(offer => offer.id),
    idleSince,
    ...(wrapUp ? { wrapUpUntil: wrapUp.until } : {}),
    ...(unreachable ? { unreachableUntil: unreachable.until } : {}),
    ...(pausedSince === undefined ? {} : { pausedSince }),
  }
}

/** Whether the agent's phone rings for a transfer that has not completed. */
const ringsFor = ({ transfer }: Call, agent: Agent): boolean =>
  transfer?.agent === agent && !transfer.moves && transfer.consult?.answered !== true

function activityOf(agent: Agent): AgentActivity {
  const { calls, offers, wrapUp } = agent
  if (calls.some(call => !ringsFor(call, agent))) return 'talking'
  if (offers.length + calls.length > 0) return 'ringing'
  return wrapUp ? 'wrappingUp' : 'free'
}

function viewOfGroup({ settings, states, pointer }: Group): GroupView {
  const { name, routingMethod, participationPolicy, agentAlertTime, agents } = settings
  return {
    name,
    method: routingMethod,
    participationPolicy,
    agentAlertTime,
    agents,
    states: { ...states },
    ...(pointer ? { pointer: pointer.agent.settings.uri } : {}),
  }
}

function viewOfQueue(world: World, queue: Queue, at: Instant): QueueView {
  const { settings, waiting } = queue
  const estimate = estimateForNext(world, queue)
  const oldest = waiting.first()
  const since = oldest && waitOf(oldest).since
  return {
    name: settings.name,
    groups: settings.groups,
    waiting: waiting.size,
    ...(since === undefined ? {} : { oldestSince: since }),
    oldestWait: millis(since === undefined ? 0 : Math.max(0, at - since)),
    ...(estimate === undefined ? {} : { estimatedWait: estimate }),
  }
}

function viewOfCall(world: World, call: Call): CallView {
  const { id, arrivedAt, marks, answers } = call
  const phase = settledPhase(call)
  const position = queuePosition(world, id)
  const queue = position && world.queues.get(position.queue)
  const estimate = queue && estimatedWait(world, queue, position.position)
  return {
    id,
    ...partiesOf(call),
    phase: phase.kind,
    since: phase.since,
    arrivedAt,
    ...(position ? { position: position.position } : {}),
    ...(estimate === undefined ? {} : { estimatedWait: estimate }),
    answers: [...answers],
    ...(phase.kind === 'forwarding' && { forwardingTo: phase.to }),
    triedAgents: [...marks.keys()],
    ...consultationOf(call),
  }
}

function consultationOf({ transfer, caller, phase }: Call): Pick<CallView, 'consultation'> {
  if (!transfer?.consult) return {}
  const { by, left, consult } = transfer
  const agent = by === 'caller' ? caller : phase.kind === 'connected' ? phase.agent : undefined
  const named = agent && !left ? { agent: agent.settings.uri } : {}
  return { consultation: { ...named, to: consult.to, state: consult.answered ? 'talking' : 'calling' } }
}

function partiesOf(call: Call): CallParties {
  const phase = settledPhase(call)
  const wait = findWait(call)
  return {
    workflow: call.workflow,
    ...(wait ? { queue: wait.queue } : {}),
    offers: phase.kind === 'ringing' ? phase.offers.map(named) : [],
    ...(call.outbound !== undefined && { agent: call.outbound.agent, outbound: call.outbound }),
    ...talkingTo(phase),
  }
}

function talkingTo(phase: Phase): Pick<CallView, 'agent' | 'group' | 'answeredFrom'> {
  if (phase.kind === 'joining') return { agent: phase.offer.agent.settings.uri, group: phase.offer.group }
  if (phase.kind !== 'connected') return {}
  const { agent, group, queue } = phase
  const answeredFrom = queue === undefined ? {} : { answeredFrom: queue }
  return agent ? { agent: agent.settings.uri, ...(group !== undefined && { group }), ...answeredFrom } : answeredFrom
}

const named = ({ id, agent, group }: Offer): { offer: OfferId; agent: AgentUri; group: GroupName } => ({
  offer: id,
  agent: agent.settings.uri,
  group,
})
