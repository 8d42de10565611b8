import { dayNames, formatOpenRange, readOpenRange } from '../../config/hours.js'
import { readMoment } from '../../config/moments.js'
import { lineOf } from '../texts.js'
import type { Subject } from '../notes.js'
import type { Draft, WithName } from './draft.js'
import type { LyncHolidaySet, LyncHours } from './site.js'

/** A week as the config writes it: `{ mon-fri: ['09:00-12:30'] }`. */
export type Week = Readonly<Record<string, readonly string[]>>

/** The hours as a week. `about`: the object that the notes are about. */
export function weekOf(hours: LyncHours, about: { readonly of: Subject; readonly name: string }, { notes }: Draft): Week {
  const days = hours.days.map((spans, index) =>
    spans.flatMap(({ open, close }) => {
      const range = rangeOf(open, close)
      if (range === undefined)
        notes.lost(about.of, about.name, 'hours', `a span on ${dayNames[index] ?? ''} can't be read`, 'write it as "09:00-17:00"')
      return range ?? []
    }),
  )
  const week: Record<string, readonly string[]> = {}
  for (let first = 0; first < days.length;) {
    let last = first
    while (last + 1 < days.length && isSame(days[first], days[last + 1])) last += 1
    const ranges = days[first] ?? []
    const [from, to] = [dayNames[first] ?? '', dayNames[last] ?? '']
    if (ranges.length > 0) week[from === to ? from : `${from}-${to}`] = ranges
    first = last + 1
  }
  return week
}

const minutesOfDay = 1_440

function rangeOf(open: number | undefined, close: number | undefined): string | undefined {
  if (open === undefined || close === undefined || open < 0 || open >= minutesOfDay || close > minutesOfDay) return undefined
  const text = formatOpenRange({ start: open, end: close === 0 ? minutesOfDay : close })
  return readOpenRange(text).ok ? text : undefined
}

const isSame = (one: readonly string[] = [], other: readonly string[] = []): boolean => one.join() === other.join()

/** A set of holidays as the config writes it. */
export function holidaysOf({ part, name }: WithName<LyncHolidaySet>, { notes }: Draft): Readonly<Record<string, unknown>> {
  const days = part.days.flatMap(day => {
    const title = lineOf(day.name, 128) ?? 'holiday'
    const from = day.from === undefined ? undefined : readMoment(day.from)
    if (from?.ok !== true) {
      notes.lost('holidays', name, 'days', `the start of '${title}' can't be read`, 'add the day by hand')
      return []
    }
    const end = day.to === undefined ? undefined : readMoment(day.to)
    const isGood = end?.ok === true && end.value > from.value
    const to = isGood ? end.value : nextDay(from.value)
    if (!isGood)
      notes.changed('holidays', name, 'days', `'${title}' ends with its day`, 'its end was missing, or not after its start')
    return [{ name: title, from: shortly(from.value), to: shortly(to) }]
  })
  return { name, days }
}

/** A moment at midnight is written as a date. */
const shortly = (moment: string): string => moment.replace(/T00:00$/, '')

function nextDay(moment: string): string {
  const date = new Date(`${moment.slice(0, 10)}T00:00Z`)
  date.setUTCDate(date.getUTCDate() + 1)
  return date.toISOString().slice(0, 16)
}
