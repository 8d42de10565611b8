import type { Gathered } from '../gather.js'
import { actionsOf, queuesOfWorkflow } from '../walk.js'
import type { EditKind } from './edit-text.js'

/** An object that names another one. */
export interface UserOfObject {
  readonly of: EditKind
  readonly name: string
}

/** The objects that name this one themselves. While there are any, it can't be removed. */
export function usersOfObject({ workflows, queues, groups }: Gathered, of: EditKind, name: string): UserOfObject[] {
  const named = (kind: EditKind, entries: Iterable<{ readonly name: string }>): UserOfObject[] =>
    [...entries].map(entry => ({ of: kind, name: entry.name }))
  const lines = workflows.map(({ value }) => value)
  switch (of) {
    case 'workflow':
      return []
    case 'queue':
      return [
        ...named(
          'workflow',
          lines.filter(line => queuesOfWorkflow(line).some(([, queue]) => queue === name)),
        ),
        ...named(
          'queue',
          queues.map(({ value }) => value).filter(queue => actionsOf(queue).some(([, action]) => action.queue === name)),
        ),
      ]
    case 'group':
      return named(
        'queue',
        queues.map(({ value }) => value).filter(queue => queue.groups.includes(name)),
      )
    case 'agent':
      return named(
        'group',
        groups.map(({ value }) => value).filter(({ agents = [] }) => agents.some(agent => agent === name)),
      )
    case 'holidays':
      return named(
        'workflow',
        lines.filter(({ holidays = [] }) => holidays.includes(name)),
      )
  }
}
