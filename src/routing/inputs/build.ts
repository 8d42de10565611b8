import type { Instant } from '../../foundation/time.js'
import { reindex } from '../agents/lease.js'
import type { Candidacy } from '../world/decision.js'
import type { Presence } from '../world/events.js'
import { methods } from '../choice/methods/methods.js'
import type { AgentUri, GroupName } from '../world/ids.js'
import type { RoutingMethod } from '../world/method.js'
import { OrderedSet } from '../world/ordered-set.js'
import { olderFirst } from '../line/queue.js'
import type { AgentSettings, GroupSettings, RoutingSettings } from '../world/settings.js'
import type { Agent, Group, Membership, Queue, World } from '../world/world.js'

/** State that a restart or a config change carries over. */
export interface Kept {
  readonly signIns: readonly { readonly agent: AgentUri; readonly group: GroupName }[]
  readonly pointers: readonly { readonly group: GroupName; readonly agent: AgentUri }[]
}

/** Makes a world without calls. Kept state of agents or groups that are not in the settings is dropped. */
export function createWorld(settings: RoutingSettings, kept: Kept, at: Instant, wallOffset = 0): World {
  const world: World = {
    now: at,
    wallOffset,
    settings,
    agents: new Map(),
    groups: new Map(),
    queues: new Map(),
    workflows: new Map(),
    openings: new Map(),
    handling: new Map(),
    calls: new Map(),
    offers: new Map(),
    timers: new Map(),
    nextTimer: 1,
    nextArrival: 1,
  }
  furnish(world, settings, kept)
  return world
}

/** The current sign-ins and pointers. */
export function keptOf(world: World): Kept {
  const signIns: Kept['signIns'][number][] = []
  const pointers: Kept['pointers'][number][] = []
  for (const { settings, members, pointer } of world.groups.values()) {
    const group = settings.name
    for (const { agent, signedIn } of members) if (signedIn) signIns.push({ agent: agent.settings.uri, group })
    if (pointer) pointers.push({ group, agent: pointer.agent.settings.uri })
  }
  return { signIns, pointers }
}

/** Builds agents, groups and queues from the settings. Agents that stay in the config keep their state. Groups and queues start empty. */
export function furnish(world: World, settings: RoutingSettings, kept: Kept): void {
  const before = world.agents
  world.settings = settings
  world.agents = new Map(settings.agents.map(agent => [agent.uri, furnishAgent(before.get(agent.uri), agent, world.now)]))
  for (const [uri, agent] of before) if (!world.agents.has(uri)) depart(world, agent)
  world.groups = new Map(settings.groups.map(group => [group.name, buildGroup(world, group)]))
  for (const { agent, group } of kept.signIns) {
    const membership = world.groups.get(group)?.members.find(member => member.agent.settings.uri === agent)
    if (membership) membership.signedIn = true
  }
  for (const { agent, group: name } of kept.pointers) {
    const group = world.groups.get(name)
    if (group) group.pointer = group.members.find(member => member.agent.settings.uri === agent)
  }
  world.queues = new Map(settings.queues.map(queue => [queue.name, buildQueue(world, queue)]))
  world.openings.clear()
  for (const name of world.handling.keys()) if (!world.queues.has(name)) world.handling.delete(name)
  world.workflows = new Map(settings.workflows.map(workflow => [workflow.name, workflow]))
  for (const group of world.groups.values()) for (const member of group.members) reindex(member)
}

function furnishAgent(before: Agent | undefined, settings: AgentSettings, at: Instant): Agent {
  if (!before) return newAgent(settings, at)
  if (before.settings.alwaysAvailable !== settings.alwaysAvailable) before.presence = unspoken(settings, at)
  before.settings = settings
  before.memberships = []
  before.departed = false
  return before
}

function newAgent(settings: AgentSettings, at: Instant): Agent {
  return {
    settings,
    presence: unspoken(settings, at),
    idleSince: at,
    offers: [],
    calls: [],
    wrapUp: undefined,
    unreachable: undefined,
    unsteady: undefined,
    missed: 0,
    pausedSince: undefined,
    memberships: [],
    departed: false,
  }
}

/** The presence of an agent before any source has reported. */
function unspoken({ alwaysAvailable }: AgentSettings, since: Instant): Presence {
  return alwaysAvailable
    ? { state: 'available', since, because: 'no source is configured' }
    : { state: 'offline', since, because: 'no source has spoken' }
}

/** Takes an agent who is no longer in the config out of all groups. The agent is kept only while their calls go on. */
function depart(world: World, agent: Agent): void {
  agent.departed = true
  agent.memberships = []
  if (agent.calls.length > 0) world.agents.set(agent.settings.uri, agent)
}

function buildGroup(world: World, settings: GroupSettings): Group {
  const method = methods[settings.routingMethod]
  const members: Membership[] = []
  const group: Group = {
    settings,
    method,
    members,
    available: new OrderedSet<Membership>((a, b) => method.order(a, b)),
    states: noStates(),
    signedIn: 0,
    pointer: undefined,
    leftOut: undefined,
    ringing: new OrderedSet(olderFirst),
    queues: [],
  }
  for (const uri of settings.agents) {
    const agent = world.agents.get(uri)
    if (agent) members.push(join(agent, group))
  }
  group.states.offline = members.length
  return group
}

/** The reason for a member's place that decisions show. */
function keyOf({ orderedBy }: RoutingMethod, idleSince: Instant, position: number): Candidacy['key'] {
  switch (orderedBy) {
    case 'idleSince':
      return { idleSince }
    case 'position':
      return { position }
  }
}

/** A new membership counts as offline until `reindex` runs. */
function join(agent: Agent, group: Group): Membership {
  const position = group.members.length
  const { idleSince, settings } = agent
  const candidacy = { agent: settings.uri, key: keyOf(group.method, idleSince, position) }
  const membership = {
    agent,
    group,
    position,
    signedIn: false,
    idleSince,
    excluded: 'offline' as const,
    counted: false,
    takesPart: false,
    candidacy,
    exclusion: undefined,
  }
  agent.memberships.push(membership)
  return membership
}

function buildQueue(world: World, settings: RoutingSettings['queues'][number]): Queue {
  const groups = settings.groups.flatMap(name => world.groups.get(name) ?? [])
  const queue: Queue = {
    settings,
    groups,
    waiting: new OrderedSet(olderFirst),
    unplaced: new OrderedSet(olderFirst),
    crew: new Map(),
  }
  for (const group of groups) group.queues.push(queue)
  return queue
}

const noStates = (): Group['states'] => ({
  available: 0,
  homedOnline: 0,
  notSignedIn: 0,
  offline: 0,
  doNotDisturb: 0,
  notAvailable: 0,
  onACall: 0,
  ringing: 0,
  wrappingUp: 0,
  paused: 0,
  unreachable: 0,
  unsteady: 0,
  offersFull: 0,
})
