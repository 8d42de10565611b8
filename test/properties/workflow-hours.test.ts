import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DateTime } from 'luxon'
import { wallTime, type WallTime } from '../../src/foundation/time.js'
import type { WorkflowName, WorkflowSettings } from '../../src/routing/index.js'
import type { OpenRange, WeeklyHours } from '../../src/routing/world/settings.js'
import { openingAt } from '../../src/routing/call/hours.js'
import { runs } from './routing-rules.js'

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Asia/Beirut', 'Pacific/Apia']

const range: fc.Arbitrary<OpenRange> = fc
  .record({ start: fc.nat({ max: 1439 }), end: fc.integer({ min: 1, max: 1440 }) })
  .filter(({ start, end }) => start !== end)

const week: fc.Arbitrary<WeeklyHours> = fc.array(fc.array(range, { maxLength: 3 }), { minLength: 7, maxLength: 7 })

/** Any minute of 2027, often near a clock change in Berlin. */
const moment: fc.Arbitrary<WallTime> = fc
  .oneof(
    fc.integer({ min: Date.UTC(2027, 0, 1) / 60_000, max: Date.UTC(2028, 0, 1) / 60_000 }),
    fc.integer({ min: -2_000, max: 2_000 }).map(minutes => Date.UTC(2027, 2, 28, 1) / 60_000 + minutes),
    fc.integer({ min: -2_000, max: 2_000 }).map(minutes => Date.UTC(2027, 9, 31, 1) / 60_000 + minutes),
  )
  .map(minutes => wallTime(minutes * 60_000))

const wallMoment = moment.map(at => DateTime.fromMillis(at, { zone: 'utc' }).toFormat("yyyy-MM-dd'T'HH:mm"))

const workflow: fc.Arbitrary<WorkflowSettings> = fc
  .record({
    timeZone: fc.constantFrom(...zones),
    hours: week,
    holidays: fc.array(fc.record({ name: fc.constant('off'), from: wallMoment, to: wallMoment }), { maxLength: 3 }),
  })
  .map(some => ({ ...some, name: 'w' as WorkflowName, active: true, entry: { kind: 'disconnect' } }))

/** By local time. */
function naive({ timeZone, hours, holidays }: WorkflowSettings, at: WallTime): 'open' | 'closed' | 'holiday' {
  const shown = DateTime.fromMillis(at, { zone: timeZone ?? 'UTC' })
  const text = shown.toFormat("yyyy-MM-dd'T'HH:mm")
  if (holidays?.some(({ from, to }) => from <= text && text < to)) return 'holiday'
  const minute = shown.hour * 60 + shown.minute
  const of = (day: number): readonly OpenRange[] => hours?.[(day + 7) % 7] ?? []
  const today = of(shown.weekday - 1).some(({ start, end }) => minute >= start && (end <= start || minute < end))
  const sinceYesterday = of(shown.weekday - 2).some(({ start, end }) => end <= start && minute < end)
  return today || sinceYesterday ? 'open' : 'closed'
}

/** Whether the clocks of a zone change within two days. */
function changes(zone: string, at: WallTime): boolean {
  const offset = (days: number): number => DateTime.fromMillis(at + days * 86_400_000, { zone }).offset
  return offset(-2) !== offset(2)
}

describe('hours and holidays', () => {
  it('match the local time on days without a clock change', () => {
    fc.assert(
      fc.property(workflow, moment, (settings, at) => {
        fc.pre(!changes(settings.timeZone ?? 'UTC', at))
        assert.equal(openingAt(settings, at).state, naive(settings, at))
      }),
      { numRuns: 4 * runs.numRuns },
    )
  })

  it('are open when the local time says so, on every day', () => {
    fc.assert(
      fc.property(workflow, moment, (settings, at) => {
        const withoutHolidays = { ...settings, holidays: [] }
        if (naive(withoutHolidays, at) === 'open') assert.equal(openingAt(withoutHolidays, at).state, 'open')
      }),
      { numRuns: 4 * runs.numRuns },
    )
  })

  it('do not change before the announced time, on every day', () => {
    fc.assert(
      fc.property(workflow, moment, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (settings, at, part) => {
        const { state, until } = openingAt(settings, at)
        assert(until > at)
        const within = wallTime(at + Math.floor(part * (until - at)))
        assert.equal(openingAt(settings, within).state, state)
      }),
      { numRuns: 4 * runs.numRuns },
    )
  })
})
