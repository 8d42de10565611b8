import { valueAt, type Placed } from '../complaints.js'
import type { Gathered } from '../gather.js'
import { longestSpeech, speechWeight } from '../speech-weight.js'
import { actionsOf, queuesOfWorkflow } from '../walk.js'
import type { ConfigEdit, EditKind, Fields } from './edit-text.js'
import { isRecording } from './recording-names.js'

/**
 * What a manager may edit (decision 089): their workflows, and the queues, groups and sets of holidays that only their workflows use. As in
 * Lync, a manager may edit what several workflows share only if they manage all of these workflows.
 */
export interface Managed {
  /** Why the manager may not edit this object at all. Undefined: they may. */
  refusal(of: EditKind, name: string): string | undefined
  /** Why the manager may not make this edit. Undefined: they may. */
  refusalOf(edit: ConfigEdit): string | undefined
}

/** The fields that managers may change. The other fields decide how callers reach the workflow, or concern other people. */
export const managedFields: Readonly<Record<EditKind, readonly string[]>> = {
  workflow: [
    ...['displayName', 'description', 'active', 'language', 'timeZone', 'welcome', 'hours', 'closed', 'holidays', 'holiday'],
    ...['musicOnHold', 'question'],
  ],
  queue: ['description', 'announce', 'timeout', 'overflow', 'noAgents', 'serviceLevel'],
  group: ['description', 'participationPolicy', 'agentAlertTime', 'routingMethod', 'agents', 'wrapUp', 'attendantOffers'],
  holidays: ['days'],
  agent: [],
}

/** The rights of a manager of these workflows. */
export function managedBy(gathered: Gathered, workflows: readonly string[]): Managed {
  const users = usersOf(gathered)
  const own = new Set(workflows)
  const refusal = (of: EditKind, name: string): string | undefined => {
    if (of === 'agent') return 'agents are edited by admins'
    const by = of === 'workflow' ? [name] : [...(users[of].get(name) ?? [])]
    if (!by.some(each => own.has(each))) return `no workflow of yours uses the ${kindWords[of]} '${name}'`
    const others = by.filter(each => !own.has(each))
    if (others.length === 0) return undefined
    return `the ${kindWords[of]} '${name}' is also used by ${others.map(each => `'${each}'`).join(', ')}, which you do not manage; an admin may change it`
  }
  const reached = new Set([...users.queue].flatMap(([name, by]) => ([...by].some(each => own.has(each)) ? [name] : [])))
  const known = namedIn(ownEntries(gathered, own, reached))
  return {
    refusal,
    refusalOf(edit) {
      if (edit.kind !== 'change') return 'only admins add and remove'
      const why = refusal(edit.of, edit.name)
      if (why !== undefined) return why
      const touched = [...Object.keys(edit.set), ...edit.unset]
      const field = touched.find(each => !managedFields[edit.of].includes(each))
      if (field !== undefined) return `only admins change '${field}'`
      const words = wordsIn(edit.set)
      if (words.some(text => text.length > mostWords)) return `only admins set more than ${mostWords} characters to be spoken`
      if (words.join('').length > mostWordsTogether)
        return `only admins set more than ${mostWordsTogether} characters to be spoken`
      if (words.some(text => speechWeight(text) > longestSpeech) || speechWeight(words.join('')) > mostWeightTogether)
        return 'only admins set texts with that many digits, capital letters and symbols to be spoken'
      const set = setsIn(edit).find(each => isOfOthers(users.holidays.get(each), own))
      if (set !== undefined) return `the set of holidays '${set}' is used by workflows of others; an admin may add it to yours`
      return newName(namedIn([edit.set]), known, reached)
    },
  }
}

/** The sets of holidays that an edit of a workflow names. */
const setsIn = ({ of, set }: Extract<ConfigEdit, { kind: 'change' }>): readonly string[] => {
  const { holidays } = set
  return of === 'workflow' && Array.isArray(holidays) ? holidays.filter(each => typeof each === 'string') : []
}

/** Whether only workflows of others use a set. If a workflow of this manager used it too, the managers of the others could not edit it any more. */
const isOfOthers = (by: ReadonlySet<string> | undefined, own: ReadonlySet<string>): boolean =>
  by !== undefined && ![...by].some(each => own.has(each))

/**
 * In characters, in one text and in one edit. 1,000 characters are usually about a minute of speech, for which the built-in voice takes a
 * second. All texts of a config are spoken one after the other.
 */
const [mostWords, mostWordsTogether] = [1_000, 2_000]

/** The weight of all texts of one edit. */
const mostWeightTogether = 4_000

const wordsIn = (value: unknown): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) => (key === 'say' && typeof each === 'string' ? [each] : wordsIn(each)))
    : []

const kindWords: Readonly<Record<Exclude<EditKind, 'agent'>, string>> = {
  workflow: 'workflow',
  queue: 'queue',
  group: 'group',
  holidays: 'set of holidays',
}

/** The things outside themselves that entries name, by kind. */
interface Named {
  readonly targets: ReadonlySet<string>
  readonly files: ReadonlySet<string>
  readonly queues: ReadonlySet<string>
}

/** Why an edit may not name these things. A manager can't lead calls to a number, a file or a queue that their workflows did not have before. */
function newName(now: Named, known: Named, reached: ReadonlySet<string>): string | undefined {
  const target = [...now.targets].find(each => !known.targets.has(each))
  if (target !== undefined) return `'${target}' is a new target for your calls; an admin may set it`
  const file = [...now.files].find(each => !known.files.has(each) && !isRecording(each))
  if (file !== undefined) return `'${file}' is a new sound file; an admin may set it`
  const queue = [...now.queues].find(each => !reached.has(each))
  return queue === undefined ? undefined : `your calls do not reach the queue '${queue}' now; an admin may lead them there`
}

function namedIn(values: readonly unknown[]): Named {
  const [targets, files, queues] = [new Set<string>(), new Set<string>(), new Set<string>()]
  const homes: Readonly<Record<string, Set<string>>> = {
    voicemail: targets,
    number: targets,
    uri: targets,
    file: files,
    queue: queues,
  }
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, each] of Object.entries(value))
      if (typeof each === 'string' && Object.hasOwn(homes, key)) homes[key]?.add(each)
      else look(each)
  }
  for (const value of values) look(value)
  return { targets, files, queues }
}

/** The workflows and queues of a manager, as the files have them. */
function ownEntries({ workflows, queues }: Gathered, own: ReadonlySet<string>, reached: ReadonlySet<string>): unknown[] {
  const raw = ({ source, path }: Placed<unknown>): unknown => valueAt(source.value, path)
  return [
    // The address and the number of the workflow itself are not targets of its calls.
    ...workflows
      .filter(({ value }) => own.has(value.name))
      .map(entry => ({ ...(raw(entry) as Fields), uri: null, number: null })),
    ...queues.filter(({ value }) => reached.has(value.name)).map(raw),
  ]
}

type Users = Readonly<Record<'queue' | 'group' | 'holidays', ReadonlyMap<string, ReadonlySet<string>>>>

/** The workflows that use each queue, group and set of holidays, directly or through other queues. */
function usersOf({ workflows, queues }: Gathered): Users {
  const byName = new Map(queues.map(({ value }) => [value.name, value]))
  const users = {
    queue: new Map<string, Set<string>>(),
    group: new Map<string, Set<string>>(),
    holidays: new Map<string, Set<string>>(),
  }
  const note = (map: Map<string, Set<string>>, key: string, workflow: string): void => {
    map.set(key, (map.get(key) ?? new Set()).add(workflow))
  }
  for (const { value: workflow } of workflows) {
    for (const set of workflow.holidays ?? []) note(users.holidays, set, workflow.name)
    const next = queuesOfWorkflow(workflow).map(([, name]) => name)
    const seen = new Set<string>()
    for (let name = next.pop(); name !== undefined; name = next.pop()) {
      const queue = byName.get(name)
      if (!queue || seen.has(name)) continue
      seen.add(name)
      note(users.queue, name, workflow.name)
      for (const group of queue.groups) note(users.group, group, workflow.name)
      next.push(...actionsOf(queue).flatMap(([, { queue: further }]) => (further === undefined ? [] : [further])))
    }
  }
  return users
}
