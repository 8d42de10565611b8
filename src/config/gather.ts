import { checkAgainst, faultAt, placeOf, valueAt, type Placed } from './complaints.js'
import { didYouMean, mostFaults, type ConfigFault } from './faults.js'
import { entrySchemas, sectionsSchema, type AgentEntry, type GroupEntry, type QueueEntry, type Sections } from './schema.js'
import type { TokenEntry, UserEntry } from './schema-users.js'
import type { HolidaysEntry, HoursEntry, WorkflowEntry } from './schema-workflows.js'
import { absentSource, type SourceFile } from './source.js'

/** Everything in a config folder, each entry with its place. */
export interface Gathered {
  /** Undefined: a section is faulty. */
  readonly sections: Sections | undefined
  readonly sectionPlaces: ReadonlyMap<string, Placed<unknown>>
  readonly agents: readonly Placed<AgentEntry>[]
  readonly groups: readonly Placed<GroupEntry>[]
  readonly queues: readonly Placed<QueueEntry>[]
  readonly workflows: readonly Placed<WorkflowEntry>[]
  readonly hours: readonly Placed<HoursEntry>[]
  readonly holidays: readonly Placed<HolidaysEntry>[]
  readonly users: readonly Placed<UserEntry>[]
  readonly tokens: readonly Placed<TokenEntry>[]
  /** The names of faulty entries. A reference to one of them is not another fault. */
  readonly faultyNames: ReadonlySet<unknown>
  /** False: a file could not be read, and what seems to be missing may be in it. */
  readonly complete: boolean
}

type ListKey = keyof typeof entrySchemas
const listKeys = Object.keys(entrySchemas) as ListKey[]
const sectionKeys = Object.keys(sectionsSchema.shape) as (keyof typeof sectionsSchema.shape)[]

/**
 * Collects the lists of all files and the sections, each of which may occur once, and checks each with its schema. `complete`: all files
 * could be read.
 */
export function gather(files: readonly SourceFile[], faults: ConfigFault[], complete: boolean): Gathered {
  const raw: Record<ListKey, Placed<unknown>[]> = {
    agents: [],
    groups: [],
    queues: [],
    workflows: [],
    hours: [],
    holidays: [],
    users: [],
    tokens: [],
  }
  const sectionPlaces = new Map<string, Placed<unknown>>()
  for (const source of files) {
    const top: Placed<unknown> = { value: source.value, source, path: [] }
    if (source.value === undefined || source.value === null) continue
    if (typeof source.value !== 'object' || Array.isArray(source.value)) {
      faults.push(faultAt(top, [], 'expected a mapping such as `groups: […]` at the top of the file'))
      continue
    }
    for (const [key, value] of Object.entries(source.value)) take({ value, source, path: [key] }, key, raw, sectionPlaces, faults)
  }
  const faultyNames = new Set<unknown>()
  const check = <T>(key: ListKey, schema: EntrySchema<T>): Placed<T>[] => checkEntries(raw[key], schema, faults, faultyNames)
  return {
    sections: checkSections(sectionPlaces, complete ? homeOf(files) : undefined, faults),
    sectionPlaces,
    agents: check('agents', entrySchemas.agents),
    groups: check('groups', entrySchemas.groups),
    queues: check('queues', entrySchemas.queues),
    workflows: check('workflows', entrySchemas.workflows),
    hours: check('hours', entrySchemas.hours),
    holidays: check('holidays', entrySchemas.holidays),
    users: check('users', entrySchemas.users),
    tokens: check('tokens', entrySchemas.tokens),
    faultyNames,
    complete,
  }
}

function take(
  placed: Placed<unknown>,
  key: string,
  raw: Record<ListKey, Placed<unknown>[]>,
  sections: Map<string, Placed<unknown>>,
  faults: ConfigFault[],
): void {
  if (faults.length >= mostFaults) return
  const { value, source, path } = placed
  const list = listKeys.find(each => each === key)
  if (list !== undefined && (Array.isArray(value) || value === null)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : []
    raw[list].push(...items.map((item, index) => ({ value: item, source, path: [...path, index] })))
    return
  }
  if (!sectionKeys.some(each => each === key)) return void faults.push(faultAt(placed, [], notASection(key, list), 'key'))
  const first = sections.get(key)
  if (first)
    return void faults.push(faultAt(placed, [], `'${key}' is already defined at ${placeOf(first)}; keep one of them`, 'key'))
  sections.set(key, placed)
}

function notASection(key: string, list: string | undefined): string {
  if (list !== undefined) return `expected a list: \`${key}:\` with entries that begin with \`- \``
  return `unknown key '${key}'${didYouMean(key, [...listKeys, ...sectionKeys])}`
}

const mainFile = 'carillon.yaml'
/** The file in which a missing section is reported. */
const homeOf = (files: readonly SourceFile[]): SourceFile => files.find(({ file }) => file === mainFile) ?? absentSource(mainFile)

function checkSections(
  places: ReadonlyMap<string, Placed<unknown>>,
  home: SourceFile | undefined,
  faults: ConfigFault[],
): Sections | undefined {
  const checked = sectionKeys.map(key => {
    const absent = home && { value: key === 'sip' ? {} : undefined, source: home, path: [] }
    const placed = places.get(key) ?? absent
    if (!placed) return { key, value: undefined, good: false }
    const before = faults.length
    const value = checkAgainst(sectionsSchema.shape[key], placed, faults)
    if (placed.source.value === undefined) sayAbsent(faults, before)
    return { key, value, good: faults.length === before }
  })
  // The schema of each section has checked its value.
  return checked.every(({ good }) => good)
    ? (Object.fromEntries(checked.map(({ key, value }) => [key, value])) as Sections)
    : undefined
}

/** Adds to the faults from index `from` on that the main file does not exist, because the missing keys follow from that. */
function sayAbsent(faults: ConfigFault[], from: number): void {
  for (let index = from; index < faults.length; index += 1) {
    const fault = faults[index]
    if (fault) faults[index] = { ...fault, message: `there is no ${mainFile} in this folder; ${fault.message}` }
  }
}

type EntrySchema<T> = Parameters<typeof checkAgainst>[0] & { _output?: T }

function checkEntries<T>(
  raw: readonly Placed<unknown>[],
  schema: EntrySchema<T>,
  faults: ConfigFault[],
  faultyNames: Set<unknown>,
): Placed<T>[] {
  return raw.flatMap(placed => {
    if (faults.length >= mostFaults) return []
    const value = checkAgainst(schema, placed, faults)
    if (value !== undefined) return [{ ...placed, value: value as T }]
    faultyNames.add(valueAt(placed.value, ['name'])).add(valueAt(placed.value, ['uri']))
    return []
  })
}
