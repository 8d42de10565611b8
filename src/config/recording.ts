import type { Placed } from './complaints.js'
import type { QueueEntry } from './schema.js'
import type { RecordEntry } from './schema-recordings.js'
import type { WorkflowEntry } from './schema-workflows.js'
import { actionsOf, queuesOfWorkflow } from './walk.js'

/** Which talks of a workflow are recorded: all, or some. Undefined: none. */
export type RecordedTalks = 'all' | 'some' | undefined

/** Says whether supervisors can listen to talks of a workflow: by its own `supervised`, or by those of the queues that its calls can reach. */
export function supervisedTalks(queues: readonly QueueEntry[]): (workflow: WorkflowEntry) => boolean {
  const byName = new Map(queues.map(queue => [queue.name, queue]))
  return workflow => workflow.supervised || reachedFrom(workflow, byName).some(queue => queue.supervised)
}

/** Says which talks of a workflow are recorded, by its own `record` and by those of the queues that its calls can reach. */
export function recordedTalks(queues: readonly QueueEntry[]): (workflow: WorkflowEntry) => RecordedTalks {
  const byName = new Map(queues.map(queue => [queue.name, queue]))
  return workflow => {
    const reached = reachedFrom(workflow, byName)
    const words: readonly RecordEntry[] = [workflow.record, ...reached.map(({ record }) => record)]
    if (words.every(word => word === 'never')) return undefined
    const isAll = workflow.record === 'always' || (reached.length > 0 && reached.every(({ record }) => record === 'always'))
    return isAll && workflow.recordingNotice?.consent === undefined ? 'all' : 'some'
  }
}

export const valuesOf = <T>(entries: readonly Placed<T>[]): T[] => entries.map(({ value }) => value)

/** All queues that calls of this workflow can reach, also through other queues. */
function reachedFrom(workflow: WorkflowEntry, queues: ReadonlyMap<string, QueueEntry>): QueueEntry[] {
  const next = queuesOfWorkflow(workflow).map(([, name]) => name)
  const found = new Map<string, QueueEntry>()
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    const queue = found.has(name) ? undefined : queues.get(name)
    if (!queue) continue
    found.set(name, queue)
    next.push(...actionsOf(queue).flatMap(([, action]) => action.queue ?? []))
  }
  return [...found.values()]
}
