import { fault, ok, type Result } from '../foundation/result.js'
import type { OpenRange, WeeklyHours } from '../routing/world/settings.js'
import { nearest } from './faults.js'

/** The names of the days in the config, from Monday (0) to Sunday (6). */
export const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const daysForm = /^([a-z]+)(?:-([a-z]+))?$/
/** The time 24:00 may only be an end. */
const rangeForm = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/
const minutesOfDay = 1_440

/** Reads `mon`, `mon-fri`, or `fri-mon` over the weekend. Returns the days, 0 for Monday. */
export function readDays(text: string): Result<readonly number[]> {
  const [, from = '', to = from] = daysForm.exec(text) ?? []
  const [first, last] = [dayNumber(from), dayNumber(to)]
  if (first === -1 || last === -1) return fault(`expected a day (${dayNames.join(', ')}) or days such as mon-fri`)
  const count = ((last - first + 7) % 7) + 1
  return ok(Array.from({ length: count }, (_, index) => (first + index) % 7))
}

const dayNumber = (name: string): number => dayNames.findIndex(each => each === name)

/** The probable meaning of misspelt days: `mon-fri` for `mon-fry`. */
export function nearestDays(text: string): string | undefined {
  const parts = text.split('-').map(part => (dayNumber(part) === -1 ? nearest(part, dayNames) : part))
  const days = parts.join('-')
  return parts.includes(undefined) || !readDays(days).ok ? undefined : days
}

/**
 * Reads a range such as `09:00-12:30`. If the end is before the start, as in `18:00-02:00`, the end is on the next day. `24:00` and `00:00`
 * as an end both mean midnight.
 */
export function readOpenRange(text: string): Result<OpenRange> {
  const parts = rangeForm.exec(text)
  if (!parts) return fault('expected times such as "09:00-12:30" (00:00 to 24:00, two digits each, in quotes)')
  const [, fromHour, fromMinute, toHour, toMinute] = parts
  const start = minutesOf(fromHour, fromMinute)
  const end = toHour === undefined ? minutesOfDay : minutesOf(toHour, toMinute)
  if (start === end) return fault('expected an end that is not the beginning; a whole day is "00:00-24:00"')
  return ok({ start, end: end === 0 ? minutesOfDay : end })
}

const minutesOf = (hour = '0', minute = '0'): number => Number(hour) * 60 + Number(minute)

/** The inverse of `readOpenRange`. */
export const formatOpenRange = ({ start, end }: OpenRange): string => `${clockTime(start)}-${clockTime(end)}`

const clockTime = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

/** A week in one line: `mon-fri 09:00-12:30 13:30-18:00, sat 10:00-12:00`. `never` if the week has no ranges. */
export function formatWeek(week: WeeklyHours): string {
  const days: { readonly first: string; last: string; readonly times: string }[] = []
  for (const [index, ranges] of week.entries()) {
    const name = dayNames[index] ?? ''
    const times = ranges.map(formatOpenRange).join(' ')
    const before = days.at(-1)
    if (before?.times === times) before.last = name
    else days.push({ first: name, last: name, times })
  }
  const open = days.filter(({ times }) => times !== '')
  if (open.length === 0) return 'never'
  return open.map(({ first, last, times }) => `${first === last ? first : `${first}-${last}`} ${times}`).join(', ')
}
