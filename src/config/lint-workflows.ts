import { isAbsolute, relative, resolve } from 'node:path'
import { wallTime, type WallTime } from '../foundation/time.js'
import { faultAt, type Placed } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'
import { utcMoment } from './moments.js'
import { isAnchored } from './anchoring.js'
import { recordedTalks, supervisedTalks, valuesOf, type RecordedTalks } from './recording.js'
import type { Week, WorkflowEntry } from './schema-workflows.js'
import { answersOf, promptsOf, weeksOf, type PlacedPrompt } from './walk.js'

/**
 * Warns about workflows, holidays and prompts that are probably a mistake. `unreachable` has the queues without an agent who can be rung.
 */
export function lintWorkflows(
  gathered: Gathered,
  unreachable: ReadonlySet<string>,
  { folder, now }: { readonly folder: string; readonly now: WallTime },
): ConfigFault[] {
  const heard = promptsOf(gathered)
  const weekOf = weeksOf(gathered)
  const [talks, supervised] = [recordedTalks(valuesOf(gathered.queues)), supervisedTalks(valuesOf(gathered.queues))]
  return [
    ...gathered.workflows.flatMap(workflow => [
      ...closing(workflow, weekOf(workflow.value)),
      ...deadAnswers(workflow, unreachable),
      ...unheard(workflow, gathered),
      ...shown(workflow, gathered, talks(workflow.value) !== undefined || supervised(workflow.value)),
      ...unrecorded(workflow, gathered, talks(workflow.value)),
      ...unsupervised(workflow, gathered, supervised(workflow.value)),
    ]),
    ...unusedHours(gathered),
    ...holidays(gathered, now),
    ...outside(heard, folder),
  ]
}

function closing(workflow: Placed<WorkflowEntry>, week: Week | undefined): ConfigFault[] {
  const { name, hours, closed, holidays: sets = [], holiday } = workflow.value
  const warning = (key: string, message: string): ConfigFault => faultAt(workflow, [key], message, 'key')
  return [
    ...(week && isNeverOpen(week) ? [warning('hours', `'${name}' is never open; 'active: false' closes a workflow`)] : []),
    ...(closed && !hours ? [warning('closed', `'${name}' has no hours: it is always open`)] : []),
    ...(holiday && sets.length === 0 ? [warning('holiday', `'${name}' names no set of holidays`)] : []),
    ...inUtc(workflow, week),
  ]
}

const isNeverOpen = (week: Week): boolean => Object.values(week).every(ranges => ranges.length === 0)

function inUtc(workflow: Placed<WorkflowEntry>, week: Week | undefined): ConfigFault[] {
  const { name, holidays: sets = [], timeZone } = workflow.value
  if (timeZone !== undefined) return []
  const key = week && !isNeverOpen(week) ? 'hours' : sets.length > 0 ? 'holidays' : undefined
  return key === undefined ? [] : [faultAt(workflow, [key], `'${name}' has no timeZone: these times are read in UTC`, 'key')]
}

function deadAnswers(workflow: Placed<WorkflowEntry>, unreachable: ReadonlySet<string>): ConfigFault[] {
  return answersOf(workflow.value).flatMap(([path, { queue, action, digit }]) => {
    const leads = queue ?? action?.queue
    if (leads === undefined || !unreachable.has(leads)) return []
    const place = queue === undefined ? ['action', 'queue'] : ['queue']
    return [faultAt(workflow, [...path, ...place], `key ${digit} leads to the queue '${leads}', where no agent can be rung`)]
  })
}

/**
 * Warns that an anonymous workflow still shows the address of the agent: without the relay, SDP is passed on unchanged, so media flows
 * directly between the phones.
 */
function shown(workflow: Placed<WorkflowEntry>, { sections }: Gathered, isNeeded: boolean): ConfigFault[] {
  if (!workflow.value.anonymous || (sections && isAnchored(workflow.value, sections, isNeeded))) return []
  const message = `callers of '${workflow.value.name}' get no agent's name, but media flows to them from the agent's own address`
  return [faultAt(workflow, ['anonymous'], message, 'key')]
}

/** Warns about recordings that do not happen, and about callers who are not told. */
function unrecorded(workflow: Placed<WorkflowEntry>, { sections }: Gathered, talks: RecordedTalks): ConfigFault[] {
  const { name, recordingNotice, answer } = workflow.value
  const warning = (key: string, message: string): ConfigFault => faultAt(workflow, [key], message, 'key')
  if (talks && sections?.media.engine === 'none')
    return [warning('record', `media.engine is none: calls of '${name}' are not recorded`)]
  if (talks && !recordingNotice)
    return [warning('name', `calls of '${name}' may be recorded, and no recordingNotice tells callers; many laws ask for it`)]
  if (!talks && recordingNotice)
    return [warning('recordingNotice', `no calls of '${name}' are recorded: set 'record' here or at its queue`)]
  return talks && answer === 'onAgent'
    ? [warning('recordingNotice', `callers of '${name}' do not hear this with answer: onAgent, so they are not recorded`)]
    : []
}

/** Warns about supervision that is not possible. */
function unsupervised(workflow: Placed<WorkflowEntry>, { sections }: Gathered, isSupervised: boolean): ConfigFault[] {
  if (!isSupervised || sections?.media.engine !== 'none') return []
  const message = `media.engine is none: nobody can listen to talks of '${workflow.value.name}'`
  return [faultAt(workflow, ['supervised'], message, 'key')]
}

function unheard(workflow: Placed<WorkflowEntry>, { sections }: Gathered): ConfigFault[] {
  const { value } = workflow
  if (sections?.media.engine === 'none')
    return value.type === 'interactive'
      ? [faultAt(workflow, ['question'], 'media.engine is none: callers do not hear this question', 'key')]
      : []
  if (value.answer !== 'onAgent') return []
  return (['welcome', 'musicOnHold'] as const)
    .filter(key => value[key] !== undefined)
    .map(key => faultAt(workflow, [key], 'callers do not hear this: with answer: onAgent they hear ringback', 'key'))
}

/** In ms. A holiday that ended more than 24 hours ago is over in every time zone. */
const dayMillis = 86_400_000

function unusedHours({ hours: sets, workflows }: Gathered): ConfigFault[] {
  const used = new Set(workflows.map(({ value }) => value.hours))
  return sets
    .filter(({ value }) => !used.has(value.name))
    .map(set => faultAt(set, ['name'], `no workflow names the hours '${set.value.name}'`))
}

function holidays({ holidays: sets, workflows }: Gathered, now: WallTime): ConfigFault[] {
  const used = new Set(workflows.flatMap(({ value }) => value.holidays ?? []))
  const yesterday = utcMoment(wallTime(now - dayMillis))
  return sets.flatMap(set => {
    const { name, days } = set.value
    if (!used.has(name)) return [faultAt(set, ['name'], `no workflow names the holidays '${name}'`)]
    const past = days.every(({ to }) => to < yesterday)
    return past ? [faultAt(set, ['name'], `all days of '${name}' are past; add those to come`)] : []
  })
}

function outside(heard: readonly PlacedPrompt[], folder: string): ConfigFault[] {
  return heard.flatMap(({ entry, path, prompt }) => {
    if (prompt === 'builtin:default' || prompt.file === undefined) return []
    const way = relative(folder, resolve(folder, prompt.file))
    if (!way.startsWith('..') && !isAbsolute(way)) return []
    return [
      faultAt(
        entry,
        [...path, 'file'],
        `'${prompt.file}' is outside the config folder: its change takes effect at the next reload`,
      ),
    ]
  })
}
