import { faultAt, placeOf, type Placed } from './complaints.js'
import { didYouMean, type ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'
import type { ActionEntry, QueueEntry } from './schema.js'
import type { Path } from './source.js'

/** Names that stand twice, and names that nothing has. */
export function checkReferences({ agents, groups, queues, workflows }: Gathered, faults: ConfigFault[]): void {
  unique(agents, ['uri'], ({ uri }) => uri, 'agent', faults)
  unique(groups, ['name'], ({ name }) => name, 'group', faults)
  unique(queues, ['name'], ({ name }) => name, 'queue', faults)
  unique(workflows, ['name'], ({ name }) => name, 'workflow', faults)
  unique(workflows, ['uri'], ({ uri }) => `${uri.user ?? ''}@${uri.host}`, 'workflow with the uri', faults)
  unique(workflows, ['number'], ({ number }) => number, 'workflow with the number', faults)
  const known = (entries: readonly Placed<{ readonly name: string }>[]): Set<string> =>
    new Set(entries.map(({ value }) => value.name))
  const agentUris = new Set<string>(agents.map(({ value }) => value.uri))
  const [groupNames, queueNames] = [known(groups), known(queues)]
  for (const group of groups) {
    unique(
      (group.value.agents ?? []).map((value, index) => ({ ...group, value, path: [...group.path, 'agents', index] })),
      [],
      uri => uri,
      'agent of this group:',
      faults,
    )
    group.value.agents?.forEach((uri, index) => mustBeKnown(group, ['agents', index], uri, agentUris, 'agent', faults))
  }
  for (const queue of queues) {
    queue.value.groups.forEach((name, index) => mustBeKnown(queue, ['groups', index], name, groupNames, 'group', faults))
    for (const [path, action] of actionsOf(queue.value))
      if (action.queue !== undefined) mustBeKnown(queue, [...path, 'queue'], action.queue, queueNames, 'queue', faults)
  }
  for (const workflow of workflows) mustBeKnown(workflow, ['queue'], workflow.value.queue, queueNames, 'queue', faults)
}

/** Each action of a queue, with its path. */
export function actionsOf({ timeout, overflow, noAgents }: QueueEntry): readonly (readonly [Path, ActionEntry])[] {
  return [
    ...(timeout ? [[['timeout', 'action'], timeout.action] as const] : []),
    ...(overflow ? [[['overflow', 'action'], overflow.action] as const] : []),
    [['noAgents', 'action'], noAgents.action],
  ]
}

function mustBeKnown(
  entry: Placed<unknown>,
  path: Path,
  name: string,
  known: ReadonlySet<string>,
  what: string,
  faults: ConfigFault[],
): void {
  if (!known.has(name)) faults.push(faultAt(entry, path, `there is no ${what} '${name}'${didYouMean(name, known)}`))
}

function unique<T>(
  entries: readonly Placed<T>[],
  path: Path,
  keyOf: (value: T) => string | undefined,
  what: string,
  faults: ConfigFault[],
): void {
  const first = new Map<string, Placed<T>>()
  for (const entry of entries) {
    const key = keyOf(entry.value)
    if (key === undefined) continue
    const before = first.get(key)
    if (before) faults.push(faultAt(entry, path, `${what} '${key}' stands already at ${placeOf(before, path)}`))
    else first.set(key, entry)
  }
}
