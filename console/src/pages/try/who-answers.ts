import type { Agent } from '../../api/documents.js'
import type { LiveWorld } from '../../live/world.js'

type Sight = Pick<LiveWorld, 'agents' | 'groups' | 'queues'>

/** The agents who would be offered a call now: for each queue, the ready agents of the first group that has any. */
export function whoAnswers(queues: readonly string[], live: Sight): readonly Agent[] {
  const found = queues.flatMap(queue => {
    const ready = (live.queues.get(queue)?.groups ?? []).map(group =>
      agentsOf(group, live).filter(agent => isReady(agent, group)),
    )
    return ready.find(agents => agents.length > 0) ?? []
  })
  return [...new Set(found)]
}

/** The agent that a person plays to answer their own test call. */
interface Part {
  readonly agent: Agent
  /** The formal groups in which the agent is not signed in yet. */
  readonly signIns: readonly string[]
}

/** The first agent of these queues who would not be offered a call now, else the first. Undefined: these queues have no agents. */
export function partFor(queues: readonly string[], live: Sight): Part | undefined {
  const groups = queues.flatMap(queue => live.queues.get(queue)?.groups ?? [])
  const agents = groups.flatMap(group => agentsOf(group, live)).filter(({ homed }) => homed !== 'online')
  const ready = whoAnswers(queues, live)
  const agent = agents.find(each => each.activity === 'free' && !ready.includes(each)) ?? agents[0]
  if (!agent) return undefined
  const missing = agent.groups.filter(
    ({ name, participationPolicy, signedIn }) => groups.includes(name) && participationPolicy === 'formal' && !signedIn,
  )
  return { agent, signIns: missing.map(({ name }) => name) }
}

const agentsOf = (group: string, { groups, agents }: Sight): Agent[] =>
  (groups.get(group)?.agents ?? []).flatMap(uri => agents.get(uri) ?? [])

const isReady = ({ activity, groups }: Agent, group: string): boolean =>
  activity === 'free' && groups.find(({ name }) => name === group)?.excluded === null
