import type { QueueName } from './ids.js'
import type { Digit } from './words.js'
import type { Route, WorkflowSettings } from './settings.js'

/** Where these answers lead from the workflow's first question. Undefined if the workflow has no such answers. */
export function routeAt(workflow: WorkflowSettings | undefined, path: readonly Digit[]): Route | undefined {
  let route = workflow?.entry
  for (const digit of path) {
    if (route?.kind !== 'question') return undefined
    route = route.question.answers.find(answer => answer.digit === digit)?.then
  }
  return route
}

/** The queues to which this route leads, whatever the caller answers. */
export function queuesOn(way: Route): readonly QueueName[] {
  if (way.kind === 'question') return way.question.answers.flatMap(({ then }) => queuesOn(then))
  return way.kind === 'queue' ? [way.queue] : []
}
