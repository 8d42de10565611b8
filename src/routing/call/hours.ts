import { IANAZone, type Zone } from 'luxon'
import { wallTime, type WallTime } from '../../foundation/time.js'
import type { WorkflowName } from '../world/ids.js'
import type { Holiday, WeeklyHours, WorkflowSettings } from '../world/settings.js'
import type { Opening, World } from '../world/world.js'
import { changeBetween, daySpan, minuteSpan, momentOf, shownAt } from './wall-clock.js'

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
  const momentAt = momentsAround(zone, shown)
  const off = holidays ? offAround(momentAt, holidays, shown) : []
  const open = hours && [midnight - daySpan, midnight].flatMap(day => openOn(momentAt, day, hours))
  const state = within(off, at) ? 'holiday' : !open || within(open, at) ? 'open' : 'closed'
  const tomorrow = momentAt(midnight + daySpan)
  return { state, from: at, until: wallTime(nextChange(open ?? [], at, nextChange(off, at, tomorrow))) }
}

/** The first begin or end after this moment. `latest` if none is earlier. */
function nextChange(stretches: readonly Stretch[], at: number, latest: number): number {
  let next = latest
  for (const { from, to } of stretches) for (const change of [from, to]) if (change > at && change < next) next = change
  return next
}

type MomentAt = (shown: number, which?: 'first' | 'last') => number

/** Times that are farther away are not asked for, with a margin for days when the clocks change. */
const asked = 2 * daySpan

/**
 * When the clocks of the zone show a time that is near `shown`. To look up an offset takes some 20 µs and a workflow may have hundreds of
 * times, so the zone is asked a few times only. The clocks of no zone change twice within these days.
 */
function momentsAround(zone: Zone, shown: number): MomentAt {
  const [begin, end] = [shown - asked - daySpan, shown + asked + daySpan]
  const [before, after] = [zone.offset(begin), zone.offset(end)]
  if (before === after) return time => time - before * minuteSpan
  const change = changeBetween(zone, begin, end)
  const near = { offset: (at: number) => (at < change ? before : after) }
  return (time, which) => momentOf(near, time, which)
}

/**
 * The opening ranges that start on the day with this midnight. When the clocks go back, a time occurs twice: a range starts at the first
 * and ends at the last (decision 035).
 */
function openOn(momentAt: MomentAt, midnight: number, week: WeeklyHours): Stretch[] {
  const day = week[modulo(midnight / daySpan + epochWeekday, 7)] ?? []
  return day.map(({ start, end }) => ({
    from: momentAt(midnight + start * minuteSpan),
    to: momentAt(midnight + end * minuteSpan + (end > start ? 0 : daySpan), 'last'),
  }))
}

/** The holidays near `shown`. The ends of a long one are moved near, because only changes of today matter. */
function offAround(momentAt: MomentAt, holidays: readonly Holiday[], shown: number): Stretch[] {
  const [earliest, latest] = [shown - asked, shown + asked]
  return shownStretches(holidays)
    .filter(({ from, to }) => from <= latest && to >= earliest)
    .map(({ from, to }) => ({ from: momentAt(Math.max(from, earliest)), to: momentAt(Math.min(to, latest)) }))
}

/** By the holidays of a workflow's settings, which never change. */
const stretchesOf = new WeakMap<readonly Holiday[], readonly Stretch[]>()

/** The times of the holidays as clocks show them: in order, and joined where they overlap. */
function shownStretches(holidays: readonly Holiday[]): readonly Stretch[] {
  const known = stretchesOf.get(holidays)
  if (known) return known
  const read = holidays.map(({ from, to }) => ({ from: Date.parse(`${from}Z`), to: Date.parse(`${to}Z`) }))
  const joined: { readonly from: number; to: number }[] = []
  for (const { from, to } of read.sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else joined.push({ from, to })
  }
  stretchesOf.set(holidays, joined)
  return joined
}

/** The weekday of 1 January 1970, a Thursday. Weeks start on Monday (0). */
const epochWeekday = 3

const modulo = (n: number, by: number): number => ((n % by) + by) % by

const within = (stretches: readonly Stretch[], at: number): boolean => stretches.some(({ from, to }) => at >= from && at < to)
