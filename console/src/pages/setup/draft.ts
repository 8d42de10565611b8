import type { Editable, EditOutcome } from '../../api/documents.js'
import type { CallSum } from '../../language/en-setup.js'

/** The fields of an object while a person edits them, as its file has them. A field without a value has its default. */
export type Draft = Readonly<Record<string, unknown>>

export type Fault = EditOutcome['faults'][number]

/** The draft with another value of one field. Undefined or an empty text removes the field. */
export function withField(draft: Draft, field: string, value: unknown): Draft {
  return value !== undefined && value !== '' ? { ...draft, [field]: value } : withoutFields(draft, [field])
}

export const withoutFields = (draft: Draft, fields: readonly string[]): Draft =>
  Object.fromEntries(Object.entries(draft).filter(([key]) => !fields.includes(key)))

/** What the draft changes of the object. */
export function changesOf(
  { fields }: Pick<Editable, 'fields'>,
  draft: Draft,
): { readonly set: Draft; readonly unset: readonly string[] } {
  const set = Object.fromEntries(Object.entries(draft).filter(([field, value]) => !isSame(value, fields[field])))
  return { set, unset: Object.keys(fields).filter(field => !Object.hasOwn(draft, field)) }
}

export const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The faults of a field and of what is inside it. */
export const faultsOf = (faults: readonly Fault[], field: string): readonly Fault[] =>
  faults.filter(fault => fault.field === field || fault.field?.startsWith(`${field}.`) === true)

/** The value as a block. Any other value becomes an empty block. */
export const blockOf = (value: unknown): Draft =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Draft) : {}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
type Day = (typeof days)[number]

/** The opening times of each day, as `09:00-12:30, 13:30-18:00`. Undefined: always open. */
export type Week = Readonly<Record<Day, string>>

export function weekOf(hours: unknown): Week | undefined {
  if (hours === undefined) return undefined
  const week: Record<Day, string> = { mon: '', tue: '', wed: '', thu: '', fri: '', sat: '', sun: '' }
  for (const [key, times] of Object.entries(blockOf(hours)))
    for (const day of daysOf(key)) week[day] = listOf(times).map(textOf).join(', ')
  return week
}

/** The hours as the config writes them. Successive days with the same times share a key. A day without times is closed. */
export function hoursOf(week: Week): Draft {
  const hours: Record<string, readonly string[]> = {}
  for (let first = 0; first < days.length;) {
    let last = first
    while (last + 1 < days.length && timesOf(week, last + 1) === timesOf(week, first)) last += 1
    const [from, to] = [days[first] ?? '', days[last] ?? '']
    const times = timesOf(week, first)
    if (times !== '') hours[from === to ? from : `${from}-${to}`] = times.split(',')
    first = last + 1
  }
  return hours
}

const timesOf = (week: Week, index: number): string => {
  const day = days[index]
  const times = day === undefined ? [] : week[day].replaceAll(/\s/g, '').split(',')
  return times.filter(each => each !== '').join(',')
}

/** The days of a key such as `mon-fri`. A range may go past Sunday, such as `sat-mon`. */
function daysOf(key: string): readonly Day[] {
  const [from, to = from] = key.split('-', 2)
  const [first, last] = [days.findIndex(day => day === from), days.findIndex(day => day === to)]
  if (first === -1 || last === -1) return []
  return first <= last ? days.slice(first, last + 1) : [...days.slice(first), ...days.slice(0, last + 1)]
}

export const allDays = days

/** The kinds of actions that the forms know. */
export type ActionKind = 'disconnect' | 'queue' | 'voicemail' | 'number' | 'uri'
export const actionKinds: readonly ActionKind[] = ['disconnect', 'queue', 'voicemail', 'number', 'uri']

export const kindOfAction = (action: Draft): ActionKind => actionKinds.find(kind => action[kind] !== undefined) ?? 'disconnect'

/** Another action with the same prompt. */
export function actionWith(action: Draft, kind: ActionKind, target: string): Draft {
  const { prompt } = action
  return { [kind]: kind === 'disconnect' ? true : target, ...(prompt !== undefined && { prompt }) }
}

export function sumsOf(calls: EditOutcome['calls']): readonly CallSum[] {
  const sums = new Map<string, CallSum>()
  for (const { effect, queue, to, because, stopsRinging } of calls) {
    const key = JSON.stringify([effect, queue, to, because])
    const sum = sums.get(key) ?? { effect, queue, to, because, calls: 0, stopsRinging: 0 }
    sums.set(key, { ...sum, calls: sum.calls + 1, stopsRinging: sum.stopsRinging + stopsRinging.length })
  }
  return [...sums.values()]
}

/** The events of an .ics file (RFC 5545) as holidays. Times in UTC are read as local times. Repeating events count once. */
export function holidaysOfIcs(text: string): readonly { readonly name: string; readonly from: string; readonly to: string }[] {
  const found: ReturnType<typeof holidaysOfIcs>[number][] = []
  /** The fields of the components that are open. An alarm inside an event has fields of its own (RFC 5545 §3.6.6). */
  const open: Record<string, string>[] = []
  // A line that begins with a space continues the line before it.
  for (const line of text.replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).split(';', 1)[0]?.toUpperCase() ?? ''
    const value = line.slice(colon + 1)
    const component = open.at(-1)
    if (name === 'BEGIN') open.push({})
    else if (name === 'END') found.push(...holidayOf(value, open.pop() ?? {}))
    else if (component) component[name] ??= value
  }
  return found
}

/** An event as a holiday. As in the config, `to` is not included. An event without an end lasts one day (RFC 5545 §3.6.1). */
function holidayOf(
  kind: string,
  { SUMMARY = '', DTSTART = '', DTEND }: Record<string, string>,
): ReturnType<typeof holidaysOfIcs> {
  const from = momentOf(DTSTART)
  const to = DTEND === undefined ? from && nextDay(from) : momentOf(DTEND)
  if (kind.toUpperCase() !== 'VEVENT' || from === undefined || to === undefined || to <= from) return []
  return [{ name: unescaped(SUMMARY).slice(0, 128).trim() || from, from, to }]
}

/** A date, or a local time. A time in UTC becomes a time of this browser's zone, because a set of holidays has no zone. */
function momentOf(value: string): string | undefined {
  const [, year, month, day, hour, minute, utc] = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z)?)?$/.exec(value) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const date = `${year}-${month}-${day}`
  if (hour === undefined || minute === undefined) return date
  return utc === undefined ? `${date}T${hour}:${minute}` : localTime(new Date(`${date}T${hour}:${minute}Z`))
}

function localTime(time: Date): string | undefined {
  if (Number.isNaN(time.getTime())) return undefined
  const two = (number: number): string => String(number).padStart(2, '0')
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${date}T${two(time.getHours())}:${two(time.getMinutes())}`
}

export function nextDay(date: string): string {
  const next = new Date(`${date.slice(0, 10)}T00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  return next.toISOString().slice(0, 10)
}

const unescaped = (text: string): string =>
  text
    .replaceAll(/\\([,;\\])/g, '$1')
    .replaceAll(/\\n|\p{Cc}/giu, ' ')
    .trim()
