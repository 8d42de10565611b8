import type { Agent, Call, Group, Queue } from '../api/documents.js'

/** The server's present state, made of the lists and of all events since then. Immutable. */
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

export interface Lists {
  readonly agents: readonly Agent[]
  readonly groups: readonly Group[]
  readonly queues: readonly Queue[]
  readonly calls: readonly Call[]
}

export const emptyWorld: LiveWorld = { agents: new Map(), groups: new Map(), queues: new Map(), calls: new Map() }

export function worldOf({ agents, groups, queues, calls }: Lists, at: number): LiveWorld {
  return {
    agents: new Map(agents.map(agent => [agent.uri, agent])),
    groups: new Map(groups.map(group => [group.name, group])),
    queues: new Map(queues.map(queue => [queue.name, liveQueue(queue, at)])),
    calls: new Map(calls.map(call => [call.callId, call])),
  }
}

export function withEvent(world: LiveWorld, event: LiveEvent, at: number): LiveWorld {
  switch (event.kind) {
    case 'agent':
      return { ...world, agents: withEntry(world.agents, event.document.uri, event.document) }
    case 'group':
      return { ...world, groups: withEntry(world.groups, event.document.name, event.document) }
    case 'queue':
      return { ...world, queues: withEntry(world.queues, event.document.name, liveQueue(event.document, at)) }
    case 'call':
      return { ...world, calls: withEntry(world.calls, event.document.callId, event.document) }
    case 'config':
      return world
    case 'gone':
      return without(world, event.document.kind, event.document.id)
  }
}

/** A call that rings at an agent, and the id of that offer. */
export interface RingingOffer {
  readonly call: Call
  readonly offer: string
}

export function ringingAt(agent: Agent, { calls }: LiveWorld): RingingOffer[] {
  return [...calls.values()].flatMap(call =>
    call.offers.filter(offer => offer.agent === agent.uri).map(({ offer }) => ({ call, offer })),
  )
}

/** How many calls wait in the queues of a group, and since when the oldest waits (milliseconds since the epoch). */
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

function withEntry<Item>(entries: ReadonlyMap<string, Item>, key: string, item: Item): ReadonlyMap<string, Item> {
  return new Map(entries).set(key, item)
}

function without(world: LiveWorld, kind: 'agent' | 'group' | 'queue' | 'call', id: string): LiveWorld {
  const drop = <Item>(entries: ReadonlyMap<string, Item>): ReadonlyMap<string, Item> =>
    new Map([...entries].filter(([key]) => key !== id))
  switch (kind) {
    case 'agent':
      return { ...world, agents: drop(world.agents) }
    case 'group':
      return { ...world, groups: drop(world.groups) }
    case 'queue':
      return { ...world, queues: drop(world.queues) }
    case 'call':
      return { ...world, calls: drop(world.calls) }
  }
}
