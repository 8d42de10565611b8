import type { WallTime } from '../../foundation/time.js'
import { openingAt } from '../call/hours.js'
import type { QueueName, WorkflowName } from '../world/ids.js'
import { queuesOn } from '../world/route.js'
import type { WorkflowSettings } from '../world/settings.js'
import type { Opening } from '../world/world.js'

/** What a call to this workflow would meet now. */
interface WorkflowView {
  readonly name: WorkflowName
  readonly opening: Opening['state'] | 'inactive'
  /** The queues that a call can reach now, whatever the caller answers. */
  readonly queues: readonly QueueName[]
}

export function workflowView(workflow: WorkflowSettings, at: WallTime): WorkflowView {
  const { name, active, entry, closed, holiday } = workflow
  const opening = active ? openingAt(workflow, at).state : 'inactive'
  const way = { open: entry, closed, holiday, inactive: undefined }[opening]
  return { name, opening, queues: way ? [...new Set(queuesOn(way))] : [] }
}
