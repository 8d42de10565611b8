import assert from 'node:assert/strict'
import { IANAZone } from 'luxon'
import sinon from 'sinon'
import { instant, wallTime, type WallTime } from '../../../src/foundation/time.js'
import type { WorkflowName, WorkflowSettings } from '../../../src/routing/index.js'
import type { OpenRange } from '../../../src/routing/world/settings.js'
import { openingAt, openingOf } from '../../../src/routing/call/hours.js'
import { world } from './build.js'

const at = (iso: string): WallTime => wallTime(Date.parse(iso))
const daily = (...ranges: OpenRange[]): OpenRange[][] => Array.from({ length: 7 }, () => ranges)

const workflow = (timeZone: string, more: Partial<WorkflowSettings>): WorkflowSettings => ({
  name: 'w' as WorkflowName,
  active: true,
  timeZone,
  entry: { kind: 'disconnect' },
  ...more,
})

const until = (settings: WorkflowSettings, from: string): string => new Date(openingAt(settings, at(from)).until).toISOString()

describe('hours', () => {
  it('are computed from the time zone once for each change, and not for each call', () => {
    const settings = workflow('Europe/Berlin', { hours: daily({ start: 540, end: 1020 }) })
    const { world: state } = world().live()
    const asked = (moment: string): string => {
      state.now = instant(at(moment))
      return openingOf(state, settings.name, settings)
    }
    asked('2027-01-15T08:00Z')
    const known = state.openings.get(settings.name)
    asked('2027-01-15T15:59:59Z')
    assert.equal(state.openings.get(settings.name), known)
    assert.equal(asked('2027-01-15T16:00Z'), 'closed')
    assert.notEqual(state.openings.get(settings.name), known)
    assert.equal(asked('2027-01-15T15:59:59Z'), 'open', 'a clock that was set back is followed')
  })

  it('of a new config are computed again', () => {
    const closed = world().queue('q', []).workflow('q', 'q', { hours: [] })
    const live = closed.live()
    live.call('c1', 'q')
    assert.deepEqual(live.rejected(), ['c1 closed'])
    live.replace(world().group('g', 'serial', ['ann']).queue('q', ['g']).settings())
    live.call('c2', 'q')
    assert.deepEqual(live.offers(), ['c2.1 ann'])
  })

  for (const [when, day] of [
    ['on a usual day', '2027-01-15'],
    ['on a day when the clocks change', '2027-03-28'],
  ] as const)
    it(`ask the time zone a few times only, for any number of ranges and holidays, ${when}`, () => fewQuestions(day))

  function fewQuestions(day: string): void {
    const start = at(`${day}T00:00Z`) - 86_400_000
    const minute = (number: number): string => new Date(start + number * 60_000).toISOString().slice(0, 16)
    const settings = workflow('Europe/Berlin', {
      hours: daily(...Array.from({ length: 700 }, (_, number) => ({ start: number * 2, end: number * 2 + 1 }))),
      holidays: Array.from({ length: 2_000 }, (_, number) => ({
        name: 'x',
        from: minute(number * 2),
        to: minute(number * 2 + 1),
      })),
    })
    const asked = sinon.spy(IANAZone.prototype, 'offset')
    try {
      assert.equal(openingAt(settings, at(`${day}T08:00:30Z`)).state, 'holiday')
      assert.equal(openingAt(settings, at(`${day}T08:01:30Z`)).state, 'closed')
      assert.ok(asked.callCount < 80, `asked ${asked.callCount} times`)
    } finally {
      asked.restore()
    }
    assert.equal(until(settings, `${day}T08:00:30Z`), `${day}T08:01:00.000Z`)
  }

  it('know a holiday that began long ago and ends in a year', () => {
    const settings = workflow('Europe/Berlin', { holidays: [{ name: 'x', from: '2020-01-01', to: '2029-01-01' }] })
    assert.equal(openingAt(settings, at('2027-03-28T08:00Z')).state, 'holiday')
    assert.equal(openingAt(settings, at('2028-12-31T23:00Z')).state, 'open')
    assert.equal(until(settings, '2028-12-31T22:59Z'), '2028-12-31T23:00:00.000Z')
  })

  it('end with the day where the clocks skip midnight: Beirut, 2027-03-28', () => {
    const allDay = workflow('Asia/Beirut', { hours: daily({ start: 0, end: 1440 }) })
    assert.equal(openingAt(allDay, at('2027-03-27T21:59:59Z')).state, 'open')
    assert.equal(openingAt(allDay, at('2027-03-27T22:00Z')).state, 'open')
    assert.equal(until(allDay, '2027-03-27T21:00Z'), '2027-03-27T22:00:00.000Z')
    const untilMidnight = workflow('Asia/Beirut', { hours: [[], [], [], [], [], [{ start: 0, end: 1440 }], []] })
    assert.equal(openingAt(untilMidnight, at('2027-03-27T21:59:59Z')).state, 'open')
    assert.equal(openingAt(untilMidnight, at('2027-03-27T22:00Z')).state, 'closed')
  })

  it('mean the first time when the clocks show a time twice, also for holidays', () => {
    const late = { name: 'late', from: '2027-10-31T02:30', to: '2027-10-31T12:00' }
    const settings = workflow('Europe/Berlin', { holidays: [late] })
    assert.equal(until(settings, '2027-10-31T00:00Z'), '2027-10-31T00:30:00.000Z')
    assert.equal(openingAt(settings, at('2027-10-31T00:30Z')).state, 'holiday')
    const early = workflow('Europe/Berlin', { holidays: [{ name: 'early', from: '2027-10-30T00:00', to: '2027-10-31T02:30' }] })
    assert.equal(openingAt(early, at('2027-10-31T00:30Z')).state, 'open')
  })

  it('ignore a holiday that the clocks skip completely', () => {
    const skipped = { name: 'skipped', from: '2027-03-28T02:10', to: '2027-03-28T02:50' }
    const settings = workflow('Europe/Berlin', { holidays: [skipped] })
    for (const moment of ['2027-03-28T00:59Z', '2027-03-28T01:00Z', '2027-03-28T01:20Z'])
      assert.equal(openingAt(settings, at(moment)).state, 'open')
  })

  it('without a time zone are in UTC', () => {
    const settings = {
      name: 'w' as WorkflowName,
      active: true,
      entry: { kind: 'disconnect' },
      hours: daily({ start: 480, end: 540 }),
    } as const
    assert.equal(openingAt(settings, at('2027-07-01T08:00Z')).state, 'open')
    assert.equal(openingAt(settings, at('2027-07-01T09:00Z')).state, 'closed')
  })
})
