import type { Agent, Call, Group, Queue } from '../api/documents.js'

/** The server's current state: the lists that were read, changed by all events since then. Immutable. */
export interface LiveWorld {
  readonly agents: ReadonlyMap<string, Agent>
  readonly groups: ReadonlyMap<string, Group>
  readonly queues: ReadonlyMap<string, LiveQueue>
  readonly calls: ReadonlyMap<string, Call>
}

/** A queue with the start of its longest wait, so that pages can count the wait themselves. */
export interface LiveQueue extends Queue {
  /** When its oldest waiting call started to wait, in milliseconds since the epoch. Absent while no call waits. */
  readonly oldestSince?: number
}

/** One server-sent event. */
export type LiveEvent =
  | { readonly kind: 'agent'; readonly document: Agent }
  | { readonly kind: 'group'; readonly document: Group }
  | { readonly kind: 'queue'; readonly document: Queue }
  | { readonly kind: 'call'; readonly document: Call }
  | { readonly kind: 'config'; readonly document: { readonly readAt: string } }
  | { readonly kind: 'gone'; readonly document: { readonly kind: 'agent' | 'group' | 'queue' | 'call'; readonly id: string } }

interface Lists {
  readonly agents: readonly Agent[]
  readonly groups: readonly Group[]
  readonly queues: readonly Queue[]
  readonly calls: readonly Call[]
}

export const emptyWorld: LiveWorld = { agents: new Map(), groups: new Map(), queues: new Map(), calls: new Map() }

/** The state from the lists that were read. `at`: when they were read, in milliseconds since the epoch. */
export function worldOf({ agents, groups, queues, calls }: Lists, at: number): LiveWorld {
  return {
    agents: new Map(agents.map(agent => [agent.uri, agent])),
    groups: new Map(groups.map(group => [group.name, group])),
    queues: new Map(queues.map(queue => [queue.name, liveQueue(queue, at)])),
    calls: new Map(calls.map(call => [call.callId, call])),
  }
}

export const withEvent = (world: LiveWorld, event: LiveEvent, at: number): LiveWorld => withEvents(world, [event], at)

/** The state after these events. Each list that changes is copied only once, because a busy server sends many events. */
export function withEvents(world: LiveWorld, events: readonly LiveEvent[], at: number): LiveWorld {
  const next = {
    agents: new Copied(world.agents),
    groups: new Copied(world.groups),
    queues: new Copied(world.queues),
    calls: new Copied(world.calls),
  }
  for (const event of events)
    switch (event.kind) {
      case 'agent':
        next.agents.own().set(event.document.uri, event.document)
        break
      case 'group':
        next.groups.own().set(event.document.name, event.document)
        break
      case 'queue':
        next.queues.own().set(event.document.name, liveQueue(event.document, at))
        break
      case 'call':
        next.calls.own().set(event.document.callId, event.document)
        break
      case 'config':
        // The config is not part of this state. live.ts follows it.
        break
      case 'gone':
        next[listOf[event.document.kind]].own().delete(event.document.id)
    }
  return { agents: next.agents.state, groups: next.groups.state, queues: next.queues.state, calls: next.calls.state }
}

const listOf = { agent: 'agents', group: 'groups', queue: 'queues', call: 'calls' } as const

/** A list that is copied before its first change. */
class Copied<Item> {
  #own: Map<string, Item> | undefined

  constructor(private readonly given: ReadonlyMap<string, Item>) {}

  get state(): ReadonlyMap<string, Item> {
    return this.#own ?? this.given
  }

  own(): Map<string, Item> {
    this.#own ??= new Map(this.given)
    return this.#own
  }
}

/** A call that rings at an agent, and the id of that offer. */
interface RingingOffer {
  readonly call: Call
  readonly offer: string
}

export function ringingAt(agent: Agent, { calls }: LiveWorld): RingingOffer[] {
  return [...calls.values()].flatMap(call =>
    call.offers.filter(offer => offer.agent === agent.uri).map(({ offer }) => ({ call, offer })),
  )
}

/** How many calls wait in the queues of a group, and when the oldest started to wait (milliseconds since the epoch). */
export function waitingFor(
  group: string,
  queues: Iterable<LiveQueue>,
): { readonly calls: number; readonly oldestSince?: number } {
  let calls = 0
  let oldest: number | undefined
  for (const queue of queues) {
    if (!queue.groups.includes(group)) continue
    calls += queue.waitingCalls
    if (queue.oldestSince !== undefined) oldest = Math.min(oldest ?? queue.oldestSince, queue.oldestSince)
  }
  return { calls, ...(oldest !== undefined && { oldestSince: oldest }) }
}

/** What an agent is doing from the point of view of a queue. If several words apply, the first is used. */
export type AgentStanding = 'free' | 'ringing' | 'talking' | 'wrappingUp' | 'notAvailable' | 'signedOut'

/** Counts the agents of the queue's groups. An agent who is in several of them counts once. */
export function standings(queue: Queue, world: Pick<LiveWorld, 'groups' | 'agents'>): Readonly<Record<AgentStanding, number>> {
  const counts = { free: 0, ringing: 0, talking: 0, wrappingUp: 0, notAvailable: 0, signedOut: 0 }
  const uris = new Set(queue.groups.flatMap(name => world.groups.get(name)?.agents ?? []))
  for (const uri of uris) {
    const agent = world.agents.get(uri)
    if (agent) counts[standingOf(agent, queue.groups)] += 1
  }
  return counts
}

export function standingOf(agent: Agent, groups: readonly string[]): AgentStanding {
  if (agent.activity !== 'free') return agent.activity
  const memberships = agent.groups.filter(group => groups.includes(group.name))
  if (memberships.some(({ excluded }) => excluded === null)) return 'free'
  return memberships.every(({ excluded }) => excluded === 'notSignedIn') ? 'signedOut' : 'notAvailable'
}

function liveQueue(queue: Queue, at: number): LiveQueue {
  return queue.waitingCalls === 0 ? queue : { ...queue, oldestSince: at - queue.oldestWait * 1_000 }
}
