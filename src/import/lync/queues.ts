import { formatDuration, seconds } from '../../foundation/time.js'
import { descriptionOf } from '../texts.js'
import { actionOf } from './actions.js'
import type { Draft, WithName } from './draft.js'
import type { LyncQueue } from './site.js'

type Fields = Readonly<Record<string, unknown>>

/** `languages`: the language of the workflow that leads to a queue, by the identity of the queue. */
export function queuesOf(
  queues: readonly WithName<LyncQueue>[],
  languages: ReadonlyMap<string, string>,
  draft: Draft,
): readonly { readonly name: string; readonly fields: Fields }[] {
  return queues.map(({ part, name }) => ({
    name,
    fields: {
      name,
      description: descriptionOf(part.description, 'queue', name, draft.notes),
      language: languages.get(part.id ?? ''),
      groups: groupNames(part, name, draft),
      timeout: timeoutOf(part, name, draft),
      overflow: overflowOf(part, name, draft),
      noAgents: part.noAgents && {
        when: 'noneSignedIn',
        action: actionOf(part.noAgents, { of: 'queue', name, field: 'noAgents' }, draft),
      },
      serviceLevel: serviceLevelOf(part),
    },
  }))
}

function groupNames({ groups }: LyncQueue, name: string, { names, notes }: Draft): readonly string[] {
  const found = new Set<string>()
  for (const id of groups) {
    const group = names.groups.get(id)
    if (group === undefined)
      notes.lost(
        'queue',
        name,
        'groups',
        `a group (${id}) is not in the export`,
        'export the groups, too, or add the group by hand',
      )
    else found.add(group)
  }
  if (groups.length === 0)
    notes.lost(
      'queue',
      name,
      'groups',
      'the queue has no groups',
      'add a group; until then each call gets the action of noAgents',
    )
  return [...found]
}

const timeoutLimits = [10, 65_535] as const

function timeoutOf({ timeout }: LyncQueue, name: string, draft: Draft): Fields | undefined {
  const { threshold, action } = timeout
  if (threshold === undefined) return undefined
  const limit = within(threshold, timeoutLimits)
  if (limit !== threshold)
    draft.notes.changed(
      'queue',
      name,
      'timeout',
      `it was ${threshold} s and is ${limit} s`,
      `a time-out has ${timeoutLimits.join(' to ')} s`,
    )
  return { after: formatDuration(seconds(limit)), action: actionOf(action, { of: 'queue', name, field: 'timeout' }, draft) }
}

const overflowLimits = [0, 1_000] as const

function overflowOf({ overflow, candidate }: LyncQueue, name: string, draft: Draft): Fields | undefined {
  const { threshold, action } = overflow
  if (threshold === undefined) return undefined
  const calls = within(threshold, overflowLimits)
  if (calls !== threshold)
    draft.notes.changed(
      'queue',
      name,
      'overflow',
      `it was ${threshold} calls and is ${calls}`,
      `an overflow has ${overflowLimits.join(' to ')} calls`,
    )
  const word = candidate?.toLowerCase() ?? 'newestcall'
  if (word !== 'newestcall' && word !== 'oldestcall')
    draft.notes.lost(
      'queue',
      name,
      'overflow',
      `the candidate '${candidate ?? ''}' is not known`,
      'is it newest or oldest? The config says newest',
    )
  return {
    waitingCalls: calls,
    candidate: word === 'oldestcall' ? 'oldest' : 'newest',
    action: actionOf(action, { of: 'queue', name, field: 'overflow' }, draft),
  }
}

const within = (value: number, [least, most]: readonly [number, number]): number =>
  Math.min(most, Math.max(least, Math.round(value)))

function serviceLevelOf({ serviceLevel }: LyncQueue): Fields | undefined {
  if (serviceLevel === undefined || serviceLevel <= 0) return undefined
  return { within: formatDuration(seconds(within(serviceLevel, [1, 3_600]))) }
}
