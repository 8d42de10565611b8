import type { Rights, Scope } from '../config/settings.js'
import { reachedFrom } from '../routing/index.js'
import type { RoutingSettings } from '../routing/world/settings.js'
import type { AgentUri, GroupName, QueueName, WorkflowName } from '../routing/world/ids.js'
import type { Need, Route } from './routes.js'

/** The person or program that asks. */
export interface Principal extends Rights {
  readonly kind: 'user' | 'token' | 'loopback'
  readonly name: string
  /** The parts of its role that a token may use. Absent: all. */
  readonly scopes?: readonly Scope[]
}

/** One name for a person or a token, in all sessions. */
export const personOf = ({ kind, name }: Pick<Principal, 'kind' | 'name'>): string => `${kind} ${name}`

/** The account that pays for guests: an agent, with any session or token, or else the person or the program. */
export const payerOf = (who: Pick<Principal, 'kind' | 'name' | 'agent'>): string =>
  who.agent === undefined ? personOf(who) : `guests of ${who.agent}`

/** What somebody may see, by name. */
export interface Sight {
  readonly agents: Names<AgentUri>
  readonly groups: Names<GroupName>
  readonly queues: Names<QueueName>
  readonly workflows: Names<WorkflowName>
  /** The agent that this user is. */
  readonly self?: AgentUri
  /** Whether the person sees who supervises a call: always, or if the config shows it to agents. */
  readonly supervisors: 'always' | 'ifShown'
  /** For a manager: which agents they may sign in to and out of which groups. */
  readonly managed: { readonly agents: ReadonlySet<AgentUri>; readonly groups: ReadonlySet<GroupName> }
}

interface Names<Name> {
  has(name: Name): boolean
}

/** The subject of a request. */
export interface Subject {
  readonly agent?: AgentUri
  readonly group?: GroupName
  /** SIP credentials of a guest caller, not of an agent. */
  readonly guest?: boolean
}

const all: Names<unknown> = { has: () => true }
const everything: Sight = {
  agents: all,
  groups: all,
  queues: all,
  workflows: all,
  supervisors: 'always',
  managed: { agents: new Set(), groups: new Set() },
}

/**
 * Viewers and admins see everything. Agents see their groups, and the agents and queues of these groups. Managers see what their workflows
 * use. A person with an agent also sees that agent.
 */
export function sightOf({ role, agent, workflows }: Rights, routing: RoutingSettings): Sight {
  if (role === 'viewer' || role === 'admin') return everything
  const managed = reachedFrom(name => role === 'manager' && workflows.includes(name), routing)
  const managedGroups = new Set(managed.groups.map(({ name }) => name))
  const ownGroups = new Set(routing.groups.filter(group => group.agents.some(uri => uri === agent)).map(({ name }) => name))
  const ownQueues = routing.queues.filter(queue => queue.groups.some(group => ownGroups.has(group))).map(({ name }) => name)
  const groups = new Set([...managedGroups, ...ownGroups])
  return {
    agents: new Set([...agentsOf(groups, routing), ...(agent === undefined ? [] : [agent])]),
    groups,
    queues: new Set([...managed.queues.map(({ name }) => name), ...ownQueues]),
    workflows: new Set(role === 'manager' ? workflows : []),
    ...(agent !== undefined && { self: agent }),
    supervisors: role === 'manager' ? 'always' : 'ifShown',
    managed: { agents: agentsOf(managedGroups, routing), groups: managedGroups },
  }
}

/** Why the request is refused, and what it needs. Undefined: it is not refused. */
export function refusal(
  route: Pick<Route, 'needs' | 'scope'>,
  who: Principal,
  subject: Subject,
  sight: Sight,
): string | undefined {
  if (route.needs === 'nothing') return undefined
  if (who.scopes && !who.scopes.includes(route.scope)) return `this needs a token with the scope ${route.scope}`
  return allows(route.needs, who, subject, sight) ? undefined : `this needs ${needWords(route.needs, subject)}; ${whoWords(who)}`
}

const allows = (needs: Exclude<Need, 'nothing'>, who: Principal, subject: Subject, sight: Sight): boolean =>
  who.role === 'admin' || allowsOthers[needs](who, subject, sight)

/** What people who are not admins may do. */
const allowsOthers: Readonly<Record<Exclude<Need, 'nothing'>, (who: Principal, subject: Subject, sight: Sight) => boolean>> = {
  sight: (_who, { agent }, { agents }) => agent === undefined || agents.has(agent),
  overview: ({ role }) => role !== 'agent',
  audit: ({ role }) => role === 'manager',
  edit: ({ role }) => role === 'manager',
  recording: ({ role }) => role === 'manager' || role === 'agent',
  supervise: ({ role }) => role === 'manager',
  admin: () => false,
  self: isSelf,
  phone: (who, subject) => subject.guest === true || isSelf(who, subject),
  steer: (who, subject, sight) => isSelf(who, subject) || (who.role === 'manager' && isManaged(subject, sight)),
}

/** Whether a person may act on any call. Others don't see the SIP identifiers of a call. */
export const actsOnCalls = ({ role, scopes }: Principal): boolean =>
  role === 'admin' && (scopes === undefined || scopes.includes('calls'))

/** A viewer changes nothing, not even for the agent that they are. */
function isSelf(who: Principal, { agent }: Subject): boolean {
  return agent !== undefined && agent === who.agent && who.role !== 'viewer'
}

/** Whether the manager's workflows ring the agent, and use the group if one is named. */
function isManaged({ agent, group }: Subject, sight: Sight): boolean {
  const { agents, groups } = sight.managed
  return agent !== undefined && agents.has(agent) && (group === undefined || groups.has(group))
}

const fixedWords: Readonly<Record<Exclude<Need, 'nothing' | 'sight' | 'self' | 'phone' | 'steer'>, string>> = {
  overview: 'the role viewer, manager or admin',
  audit: 'the role manager or admin',
  edit: 'the role manager or admin',
  recording: 'to be an agent, or the role manager or admin',
  supervise: 'the role manager or admin',
  admin: 'the role admin',
}

function needWords(needs: Exclude<Need, 'nothing'>, subject: Subject): string {
  const { group, guest } = subject
  const agent = subject.agent ?? 'the agent'
  switch (needs) {
    case 'sight':
      return `a group in common with ${agent}, a workflow that rings them, or the role viewer`
    case 'self':
      return `to be ${agent}, or the role admin`
    case 'phone':
      return guest === true ? 'any role' : `to be ${agent}, or the role admin`
    case 'steer':
      return `to be ${agent}, a manager of a workflow that rings ${group === undefined ? 'them' : `the group '${group}'`}, or the role admin`
    default:
      return fixedWords[needs]
  }
}

const whoWords = ({ kind, name, role, agent }: Principal): string =>
  `the ${kind} '${name}' has the role ${role}${agent === undefined ? '' : ` and is ${agent}`}`

const agentsOf = (groups: ReadonlySet<GroupName>, routing: RoutingSettings): Set<AgentUri> =>
  new Set(routing.groups.filter(({ name }) => groups.has(name)).flatMap(({ agents }) => agents))
