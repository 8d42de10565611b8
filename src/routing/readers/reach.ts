import { queuesOn } from '../world/route.js'
import type { QueueName, WorkflowName } from '../world/ids.js'
import type { AgentSettings, GroupSettings, QueueSettings, RoutingSettings } from '../world/settings.js'

/** What calls can reach. */
interface Reached {
  readonly queues: readonly QueueSettings[]
  readonly groups: readonly GroupSettings[]
  readonly agents: readonly AgentSettings[]
}

/** What calls of some workflows can reach, also through other queues. */
export function reachedFrom(has: (workflow: WorkflowName) => boolean, routing: RoutingSettings): Reached {
  const names = queuesFrom(has, routing)
  const queues = routing.queues.filter(({ name }) => names.has(name))
  const inQueues = new Set(queues.flatMap(queue => queue.groups))
  const groups = routing.groups.filter(({ name }) => inQueues.has(name))
  const inGroups = new Set(groups.flatMap(group => group.agents))
  return { queues, groups, agents: routing.agents.filter(({ uri }) => inGroups.has(uri)) }
}

function queuesFrom(has: (workflow: WorkflowName) => boolean, routing: RoutingSettings): Set<QueueName> {
  const ways = routing.workflows.filter(({ name }) => has(name)).flatMap(({ entry, closed, holiday }) => [entry, closed, holiday])
  const next = ways.flatMap(way => (way ? queuesOn(way) : []))
  const found = new Set<QueueName>()
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    const queue = found.has(name) ? undefined : routing.queues.find(each => each.name === name)
    if (!queue) continue
    found.add(name)
    const { timeout, overflow, noAgents } = queue
    next.push(...[timeout?.action, overflow?.action, noAgents.action].flatMap(action => (action ? queuesOn(action) : [])))
  }
  return found
}
