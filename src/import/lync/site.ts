import { fault, ok, type Result } from '../../foundation/result.js'
import { readClixml } from '../clixml.js'
import type { Notes } from '../notes.js'
import type { Sound } from '../sounds.js'
import type { ImportSource } from '../source.js'
import { flagOf, identityOf, listOf, minutesOf, momentOf, numberOf, property, readJson, textOf, type Tree } from '../tree.js'

/** The Response Groups of a Lync site as its export has them. Every part may be missing. Identities are texts by which parts refer to each other. */
export interface LyncSite {
  readonly groups: readonly LyncGroup[]
  readonly queues: readonly LyncQueue[]
  readonly workflows: readonly LyncWorkflow[]
  readonly hours: readonly LyncHours[]
  readonly holidaySets: readonly LyncHolidaySet[]
  /** The names of people by their SIP URI in lower case, if the export has them. */
  readonly people: ReadonlyMap<string, string>
}

interface Named {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly description: string | undefined
}

export interface LyncGroup extends Named {
  readonly policy: string | undefined
  /** In seconds. */
  readonly alertTime: number | undefined
  readonly method: string | undefined
  readonly distributionGroup: string | undefined
  readonly agents: readonly string[]
}

/** What happens when a limit is reached. `threshold` is in seconds for a time-out, and in calls for an overflow. */
interface LyncLimit {
  readonly threshold: number | undefined
  readonly action: LyncAction | undefined
}

export interface LyncQueue extends Named {
  readonly groups: readonly string[]
  readonly timeout: LyncLimit
  readonly overflow: LyncLimit
  readonly candidate: string | undefined
  /** Only of Teams: what happens while nobody is signed in. */
  readonly noAgents: LyncAction | undefined
  /** Only of Teams, in seconds. */
  readonly serviceLevel: number | undefined
}

export interface LyncWorkflow extends Named {
  readonly uri: string | undefined
  readonly line: string | undefined
  readonly displayNumber: string | undefined
  readonly active: boolean | undefined
  readonly language: string | undefined
  readonly timeZone: string | undefined
  readonly anonymous: boolean | undefined
  readonly managed: boolean | undefined
  readonly managers: readonly string[]
  readonly federated: boolean | undefined
  readonly hours: string | undefined
  readonly holidaySets: readonly string[]
  readonly action: LyncAction | undefined
  readonly closed: LyncAction | undefined
  readonly holiday: LyncAction | undefined
  readonly music: Sound | undefined
}

export interface LyncAction {
  /** In lower case, such as `transfertoqueue`. */
  readonly kind: string
  readonly uri: string | undefined
  readonly queue: string | undefined
  readonly prompt: LyncPrompt | undefined
  /** Not read yet, because questions may be inside questions. */
  readonly question: Tree | undefined
}

export interface LyncPrompt {
  readonly words: string | undefined
  readonly sound: Sound | undefined
}

export interface LyncQuestion {
  readonly prompt: LyncPrompt | undefined
  readonly invalid: LyncPrompt | undefined
  readonly noAnswer: LyncPrompt | undefined
  readonly answers: readonly LyncAnswer[]
}

interface LyncAnswer {
  readonly digit: string | undefined
  readonly voice: readonly string[]
  readonly name: string | undefined
  readonly action: LyncAction | undefined
}

export interface LyncHours extends Named {
  /** From Monday to Sunday. */
  readonly days: readonly (readonly LyncTimes[])[]
}

interface LyncTimes {
  /** In minutes from midnight. Undefined: the time can't be read. */
  readonly open: number | undefined
  readonly close: number | undefined
}

export interface LyncHolidaySet extends Named {
  readonly days: readonly {
    readonly name: string | undefined
    readonly from: string | undefined
    readonly to: string | undefined
  }[]
}

/** The most files of an export that are read. Lync writes eight. */
const mostFiles = 64
/** In bytes, of all these files. A workflow takes about 10 kB in UTF-16, so an export of a thousand takes 10 MB. */
const mostBytes = 24 * 1_024 * 1_024

/** Reads an export. A file that can't be read is a note if other files have something. */
export async function readLyncSite(source: ImportSource, notes: Notes): Promise<Result<LyncSite>> {
  const objects: Tree[] = []
  const faults: string[] = []
  const files = source.names.filter(name => /\.(?:xml|json)$/i.test(name))
  let left = mostBytes
  for (const name of files.slice(0, mostFiles)) {
    const bytes = await source.read(name)
    if (bytes.ok) left -= bytes.value.length
    if (left < 0) return fault('its XML and JSON files are too large to be an export of Response Groups')
    const found = bytes.ok ? objectsIn(name, bytes.value) : bytes
    if (found.ok) objects.push(...found.value)
    else faults.push(`${name} ${found.fault}`)
  }
  const site = siteOf(objects)
  if (site.groups.length + site.queues.length + site.workflows.length === 0)
    return fault(faults[0] ?? 'there are no Response Groups in it: neither groups nor queues nor workflows')
  for (const why of faults) notes.lost('site', '', undefined, why, 'export it again, or write by hand what it had')
  return ok(site)
}

function objectsIn(name: string, bytes: Buffer): Result<readonly Tree[]> {
  if (/\.xml$/i.test(name)) return readClixml(bytes)
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe
  const tree = readJson(bytes.toString(isWide ? 'utf16le' : 'utf8'))
  return tree.ok ? ok(openedLists(tree.value)) : tree
}

/** The objects of a JSON file: a list, one object, or a block with a list for each kind. */
function openedLists(tree: Tree): readonly Tree[] {
  const entries = listOf(tree)
  return entries.flatMap(entry => {
    if (!(entry instanceof Map) || kindOf(entry) !== undefined) return [entry]
    return [...(entry as ReadonlyMap<string, Tree>).values()].flatMap(each =>
      Array.isArray(each) ? (each as readonly Tree[]) : [],
    )
  })
}

const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
/** The properties with the opening times of a day. Lync allows two spans a day. Some exports call them `TimeRange`. */
const spansOf = (day: string): readonly string[] =>
  [1, 2, 3, 4].flatMap(index => [`${day}Hours${index}`, `${day}TimeRange${index}`])

type Kind = 'group' | 'queue' | 'workflow' | 'hours' | 'holidays' | 'person'

/** Properties that only one kind has. */
const markOf = {
  group: ['RoutingMethod', 'AgentAlertTime'],
  queue: ['OverflowCandidate', 'AgentGroupIDList'],
  workflow: ['PrimaryUri', 'DefaultAction'],
  holidays: ['HolidayList'],
  hours: dayNames.flatMap(spansOf),
} as const satisfies Partial<Record<Kind, readonly string[]>>

/** The kind of an object, by its properties, because exports name their files differently. */
function kindOf(object: Tree): Kind | undefined {
  if (!(object instanceof Map)) return undefined
  const has = (name: string): boolean => (object as ReadonlyMap<string, Tree>).has(name.toLowerCase())
  const marks = (Object.keys(markOf) as (keyof typeof markOf)[]).find(kind => markOf[kind].some(has))
  if (marks !== undefined) return marks
  return has('DisplayName') && (has('Uri') || has('SipAddress')) ? 'person' : undefined
}

/** The site of these objects. The import of Teams makes such objects, too. */
export function siteOf(objects: readonly Tree[]): LyncSite {
  const of = (kind: Kind): readonly Tree[] => objects.filter(object => kindOf(object) === kind)
  return {
    groups: of('group').map(groupOf),
    queues: of('queue').map(queueOf),
    workflows: of('workflow').map(workflowOf),
    hours: of('hours').map(hoursOf),
    holidaySets: of('holidays').map(holidaySetOf),
    people: new Map(
      of('person').flatMap(each => {
        const [uri, name] = [textOf(property(each, 'SipAddress', 'Uri')), textOf(property(each, 'DisplayName'))]
        return uri === undefined || name === undefined ? [] : [[uri.toLowerCase(), name] as const]
      }),
    ),
  }
}

const text = (object: Tree, ...names: readonly string[]): string | undefined => textOf(property(object, ...names))
const texts = (tree: Tree | undefined): string[] => listOf(tree).flatMap(each => textOf(each) ?? [])
const identities = (tree: Tree | undefined): string[] => listOf(tree).flatMap(each => identityOf(each) ?? [])

const namedOf = (object: Tree): Named => ({
  id: identityOf(property(object, 'Identity')),
  name: text(object, 'Name'),
  description: text(object, 'Description'),
})

const groupOf = (object: Tree): LyncGroup => ({
  ...namedOf(object),
  policy: text(object, 'ParticipationPolicy'),
  alertTime: secondsOf(property(object, 'AgentAlertTime')),
  method: text(object, 'RoutingMethod'),
  distributionGroup: text(object, 'DistributionGroupAddress'),
  agents: texts(property(object, 'AgentsByUri')),
})

/** A number of seconds, which some exports write as a span. */
function secondsOf(tree: Tree | undefined): number | undefined {
  const minutes = minutesOf(tree)
  return numberOf(property(tree, 'TotalSeconds')) ?? numberOf(tree) ?? (minutes === undefined ? undefined : minutes * 60)
}

const queueOf = (object: Tree): LyncQueue => ({
  ...namedOf(object),
  groups: identities(property(object, 'AgentGroupIDList')),
  timeout: { threshold: secondsOf(property(object, 'TimeoutThreshold')), action: actionOf(property(object, 'TimeoutAction')) },
  overflow: { threshold: numberOf(property(object, 'OverflowThreshold')), action: actionOf(property(object, 'OverflowAction')) },
  candidate: text(object, 'OverflowCandidate'),
  noAgents: actionOf(property(object, 'NoAgentAction')),
  serviceLevel: numberOf(property(object, 'ServiceLevel')),
})

const workflowOf = (object: Tree): LyncWorkflow => ({
  ...namedOf(object),
  uri: text(object, 'PrimaryUri'),
  line: text(object, 'LineUri'),
  displayNumber: text(object, 'DisplayNumber'),
  active: flagOf(property(object, 'Active')),
  language: text(object, 'Language'),
  timeZone: text(object, 'TimeZone') ?? text(property(object, 'TimeZone') ?? null, 'Id'),
  anonymous: flagOf(property(object, 'Anonymous')),
  managed: flagOf(property(object, 'Managed')),
  managers: texts(property(object, 'ManagersByUri')),
  federated: flagOf(property(object, 'EnabledForFederation')),
  hours: identityOf(property(object, 'BusinessHoursID')),
  holidaySets: identities(property(object, 'HolidaySetIDList')),
  action: actionOf(property(object, 'DefaultAction')),
  closed: actionOf(property(object, 'NonBusinessHoursAction')),
  holiday: actionOf(property(object, 'HolidayAction')),
  music: soundOf(property(object, 'CustomMusicOnHoldFile')),
})

function actionOf(tree: Tree | undefined): LyncAction | undefined {
  const kind = text(tree ?? null, 'Action')?.toLowerCase()
  if (tree === undefined || kind === undefined) return undefined
  return {
    kind,
    uri: text(tree, 'Uri'),
    queue: identityOf(property(tree, 'QueueID')),
    prompt: promptOf(property(tree, 'Prompt')),
    question: property(tree, 'Question'),
  }
}

function promptOf(tree: Tree | undefined): LyncPrompt | undefined {
  const words = text(tree ?? null, 'TextToSpeechPrompt')
  const sound = soundOf(property(tree, 'AudioFilePrompt'))
  return words === undefined && sound === undefined ? undefined : { words, sound }
}

function soundOf(tree: Tree | undefined): Sound | undefined {
  const [unique, original] = [text(tree ?? null, 'UniqueName'), text(tree ?? null, 'OriginalFileName')]
  const uniqueName = unique ?? original
  return uniqueName === undefined ? undefined : { uniqueName, originalName: original }
}

/** Reads a question. The questions to which its answers lead are read when they are needed. */
export const questionOf = (tree: Tree): LyncQuestion => ({
  prompt: promptOf(property(tree, 'Prompt')),
  invalid: promptOf(property(tree, 'InvalidAnswerPrompt')),
  noAnswer: promptOf(property(tree, 'NoAnswerPrompt')),
  answers: listOf(property(tree, 'AnswerList')).map(answer => ({
    digit: text(answer, 'DtmfResponse'),
    voice: texts(property(answer, 'VoiceResponseList')),
    name: text(answer, 'Name'),
    action: actionOf(property(answer, 'Action')),
  })),
})

const hoursOf = (object: Tree): LyncHours => ({
  ...namedOf(object),
  days: dayNames.map(day =>
    spansOf(day).flatMap(name => {
      const span = property(object, name)
      return span === undefined
        ? []
        : [{ open: minutesOf(property(span, 'OpenTime')), close: minutesOf(property(span, 'CloseTime')) }]
    }),
  ),
})

const holidaySetOf = (object: Tree): LyncHolidaySet => ({
  ...namedOf(object),
  days: listOf(property(object, 'HolidayList')).map(day => ({
    name: text(day, 'Name'),
    from: momentOf(property(day, 'StartDate')),
    to: momentOf(property(day, 'EndDate')),
  })),
})
