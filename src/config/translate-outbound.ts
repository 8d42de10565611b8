import { groupName, workflowName } from '../routing/world/ids.js'
import type { QueueEntry, Sections } from './schema.js'
import type { WorkflowEntry } from './schema-workflows.js'
import type { CallSettings } from './call-settings.js'
import { queuesOfWorkflow } from './walk.js'

/** On behalf of which workflows agents may call out. */
export function outboundOf(
  workflows: readonly WorkflowEntry[],
  queues: readonly QueueEntry[],
  { sip: { outboundProxy } }: Sections,
): Pick<CallSettings, 'outbound'> {
  if (!outboundProxy) return {}
  const at = outboundProxy.hostPort
  const groupsOf = new Map(queues.map(queue => [queue.name, queue.groups]))
  const outbound = workflows.flatMap(workflow => {
    if (!workflow.outbound) return []
    const { prefix, numbers, groups } = workflow.outbound
    const own = queuesOfWorkflow(workflow).flatMap(([, queue]) => groupsOf.get(queue) ?? [])
    const [number] = workflow.number?.split(';') ?? []
    return {
      workflow: workflowName(workflow.name),
      ...(prefix !== undefined && { prefix }),
      numbers,
      groups: [...new Set(groups ?? own)].map(groupName),
      identity: number === undefined ? workflow.uri.text : `sip:${number}@${at};user=phone`,
      at,
    }
  })
  return outbound.length === 0 ? {} : { outbound }
}
