import assert from 'node:assert/strict'
import { callCsv, callCsvHead } from '../../../src/observability/csv.js'
import { Intervals, type ReportInterval } from '../../../src/observability/intervals.js'
import { Profile } from '../../../src/observability/profile.js'
import type { CallRecord } from '../../../src/store/port.js'

const record = (more: Readonly<Record<string, unknown>>): CallRecord =>
  ({
    ...{ call: 'c1', workflow: 'support', caller: 'sip:carol@example.com', arrivedAt: 0, endedAt: 0, talked: 0 },
    ...{ waits: [], offers: [], answers: [], outcome: 'abandoned' },
    ...more,
  }) as unknown as CallRecord

describe('The interval of a call', () => {
  const cases: readonly (readonly [ReportInterval, at: string, name: string])[] = [
    ['all', '2026-11-23T08:10:00Z', ''],
    ['month', '2026-11-30T22:59:59Z', '2026-11'],
    ['month', '2026-11-30T23:00:00Z', '2026-12'],
    ['week', '2026-11-29T22:59:59Z', '2026-11-23'],
    ['week', '2026-11-29T23:00:00Z', '2026-11-30'],
    ['week', '2027-01-01T12:00:00Z', '2026-12-28'],
    ['day', '2026-11-23T23:30:00Z', '2026-11-24'],
    ['hour', '2026-11-23T08:10:00Z', '2026-11-23T09:00+01:00'],
  ]
  for (const [interval, at, name] of cases)
    it(`by ${interval} at ${at} in Paris is '${name}'`, () =>
      assert.equal(new Intervals(interval, 'Europe/Paris').nameOf(Date.parse(at)), name))

  it('is right for moments in any order, also in a week in which the clocks change', () => {
    const weeks = new Intervals('week', 'Europe/Paris')
    const named = ['2026-10-25T22:59:00Z', '2026-10-25T23:00:00Z', '2026-10-19T00:00:00Z', '2026-10-18T21:59:00Z']
    assert.deepEqual(
      named.map(at => weeks.nameOf(Date.parse(at))),
      ['2026-10-19', '2026-10-26', '2026-10-19', '2026-10-12'],
    )
  })
})

describe('The profile of a period', () => {
  it('counts each call once, by hour and weekday in the time zone', () => {
    const profile = new Profile('Asia/Kolkata')
    // A Monday in UTC; in India it is 23:59 and then Tuesday, 0:00.
    profile.add(record({ arrivedAt: Date.parse('2026-11-23T18:29:59Z'), agent: 'sip:alice@example.com', outcome: 'answered' }))
    profile.add(record({ arrivedAt: Date.parse('2026-11-23T18:30:00Z') }))
    profile.add(record({ arrivedAt: Date.parse('2026-11-23T18:31:00Z'), outcome: 'closed' }))
    const { hours, weekdays } = profile.counted()
    assert.equal(hours.length, 24)
    assert.deepEqual(hours[23], { received: 1, answered: 1, abandoned: 0 })
    assert.deepEqual(hours[0], { received: 2, answered: 0, abandoned: 1 })
    assert.deepEqual(
      weekdays.map(({ received }) => received),
      [1, 2, 0, 0, 0, 0, 0],
    )
  })
})

describe('A call as a line of CSV', () => {
  it('has the times of the zone, spans in seconds, and who ended it', () => {
    const line = callCsv(
      record({
        ...{ arrivedAt: Date.parse('2026-11-23T08:00:00Z'), endedAt: Date.parse('2026-11-23T08:00:12Z'), status: 487 },
        waits: [{ queue: 'support', from: 0, waited: 12_300, outcome: 'abandoned' }],
        callerName: '=HYPERLINK("http://example.com")',
      }),
      'Europe/Paris',
    )
    const cells = line.trimEnd().split(',')
    assert.equal(
      line,
      `2026-11-23 09:00:00,,2026-11-23 09:00:12,sip:carol@example.com,"'=HYPERLINK(""http://example.com"")",support,support,,,abandoned,callerHungUp,487,12.3,0,,c1,inbound\r\n`,
    )
    assert.equal(cells.length, callCsvHead().split(',').length)
  })
})
