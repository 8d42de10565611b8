import { DateTime } from 'luxon'
import type { Instant } from '../../foundation/time.js'
import type { WorkflowName } from '../ids.js'
import type { WorkflowSettings } from '../settings.js'
import type { Opening, World } from '../world.js'

interface Stretch {
  readonly from: number
  readonly to: number
}

/** Whether a workflow is open. Looked up: a zone's rules are asked once a change, or once a day. */
export function openingOf(world: World, name: WorkflowName, workflow: WorkflowSettings, at: Instant): Opening['state'] {
  if (!workflow.hours && !workflow.holidays) return 'open'
  const known = world.openings.get(name)
  if (known && at < known.until && at >= known.from) return known.state
  const opening = openingAt(workflow, at)
  world.openings.set(name, opening)
  return opening.state
}

/** Holidays go before hours. Wall-clock moments that a change of the clock leaves out are taken an hour later, those that it repeats the first time. */
export function openingAt(workflow: WorkflowSettings, at: Instant): Opening {
  const zone = workflow.timeZone ?? 'UTC'
  const today = DateTime.fromMillis(at, { zone }).startOf('day')
  const holidays = (workflow.holidays ?? []).map(({ from, to }) => ({ from: momentOf(from, zone), to: momentOf(to, zone) }))
  const hours = workflow.hours && [-1, 0].flatMap(days => openOn(today.plus({ days }), workflow.hours ?? []))
  const state = within(holidays, at) ? 'holiday' : !hours || within(hours, at) ? 'open' : 'closed'
  const edges = [...holidays, ...(hours ?? [])].flatMap(({ from, to }) => [from, to])
  const next = edges.filter(edge => edge > at)
  return { state, from: at, until: Math.min(today.plus({ days: 1 }).toMillis(), ...next) as Instant }
}

function openOn(day: DateTime, week: NonNullable<WorkflowSettings['hours']>): Stretch[] {
  return (week[day.weekday - 1] ?? []).map(({ start, end }) => ({
    from: atMinute(day, start),
    to: end > start ? atMinute(day, end) : atMinute(day.plus({ days: 1 }), end),
  }))
}

const atMinute = (day: DateTime, minute: number): number =>
  (minute === 1440 ? day.plus({ days: 1 }) : day.set({ hour: Math.floor(minute / 60), minute: minute % 60 })).toMillis()

const momentOf = (wallClock: string, zone: string): number => DateTime.fromISO(wallClock, { zone }).toMillis()

const within = (stretches: readonly Stretch[], at: number): boolean => stretches.some(({ from, to }) => at >= from && at < to)
