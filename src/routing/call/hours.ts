import { IANAZone, type Zone } from 'luxon'
import { wallTime, type WallTime } from '../../foundation/time.js'
import type { WorkflowName } from '../world/ids.js'
import type { Holiday, WeeklyHours, WorkflowSettings } from '../world/settings.js'
import type { Opening, World } from '../world/world.js'
import { daySpan, minuteSpan, momentOf, shownAt } from './wall-clock.js'

/** Moments in ms since the epoch (wall clock). `to` is excluded. */
interface Stretch {
  readonly from: number
  readonly to: number
}

/**
 * Whether a workflow is open. The answer is cached, because computations with time zones are slow. It is computed again at each change and
 * at least once a day.
 */
export function openingOf(world: World, name: WorkflowName, workflow: WorkflowSettings): Opening['state'] {
  const at = wallTime(world.now + world.wallOffset)
  if (!workflow.hours && !workflow.holidays) return 'open'
  const known = world.openings.get(name)
  if (known && at < known.until && at >= known.from) return known.state
  const opening = openingAt(workflow, at)
  world.openings.set(name, opening)
  return opening.state
}

/**
 * Whether the workflow is open at this moment. Holidays take precedence over hours. The result is valid until the next change or the end of
 * the day.
 */
export function openingAt({ timeZone, hours, holidays }: WorkflowSettings, at: WallTime): Opening {
  const zone = IANAZone.create(timeZone ?? 'UTC')
  const shown = shownAt(zone, at)
  const midnight = shown - modulo(shown, daySpan)
  const off = (holidays ?? []).flatMap(holiday => offAround(zone, holiday, shown))
  const open = hours && [midnight - daySpan, midnight].flatMap(day => openOn(zone, day, hours))
  const state = within(off, at) ? 'holiday' : !open || within(open, at) ? 'open' : 'closed'
  const changes = [...off, ...(open ?? [])].flatMap(({ from, to }) => [from, to]).filter(change => change > at)
  return { state, from: at, until: wallTime(Math.min(momentOf(zone, midnight + daySpan), ...changes)) }
}

/**
 * The opening ranges that start on the day with this midnight. When the clocks go back, a time occurs twice: a range starts at the first
 * and ends at the last (decision 035).
 */
function openOn(zone: Zone, midnight: number, week: WeeklyHours): Stretch[] {
  const day = week[modulo(midnight / daySpan + epochWeekday, 7)] ?? []
  return day.map(({ start, end }) => ({
    from: momentOf(zone, midnight + start * minuteSpan),
    to: momentOf(zone, midnight + end * minuteSpan + (end > start ? 0 : daySpan), 'last'),
  }))
}

/** The range of a holiday. Empty if it is more than two days away. This margin is wide enough for days when the clocks change. */
function offAround(zone: Zone, holiday: Holiday, shown: number): Stretch[] {
  const [from, to] = [Date.parse(`${holiday.from}Z`), Date.parse(`${holiday.to}Z`)]
  if (from > shown + 2 * daySpan || to < shown - 2 * daySpan) return []
  return [{ from: momentOf(zone, from), to: momentOf(zone, to) }]
}

/** The weekday of 1 January 1970, a Thursday. Weeks start on Monday (0). */
const epochWeekday = 3

const modulo = (n: number, by: number): number => ((n % by) + by) % by

const within = (stretches: readonly Stretch[], at: number): boolean => stretches.some(({ from, to }) => at >= from && at < to)
