import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  allDays,
  changesOf,
  holidaysOfIcs,
  hoursOf,
  sumsOf,
  weekOf,
  withField,
  type Week,
} from '../../../console/src/pages/setup/draft.js'

describe('the draft of a form', () => {
  it('names the fields that differ, and those that are removed', () => {
    const fields = { name: 'support', hours: { mon: ['08:00-12:00'] }, active: false }
    const draft = withField(withField(fields, 'active', undefined), 'welcome', { say: 'Hello.' })
    assert.deepEqual(changesOf({ fields }, draft), { set: { welcome: { say: 'Hello.' } }, unset: ['active'] })
    assert.deepEqual(changesOf({ fields }, fields), { set: {}, unset: [] })
  })

  it('shows opening hours by day, and joins days with the same hours again', () => {
    const hours = { 'mon-fri': ['09:00-12:30', '13:30-18:00'], sat: ['10:00-12:00'] }
    const week = weekOf(hours)
    assert.equal(week?.wed, '09:00-12:30, 13:30-18:00')
    assert.equal(week.sun, '')
    assert.deepEqual(hoursOf(week), hours)
    assert.equal(weekOf({ 'sat-mon': ['10:00-12:00'] })?.sun, '10:00-12:00')
    assert.equal(weekOf(undefined), undefined)
  })

  it('keeps the hours of every week', () => {
    const times = fc.constantFrom('', '09:00-17:00', '08:00-12:00, 13:00-18:00', ' 22:00-02:00 ,')
    const weeks: fc.Arbitrary<Week> = fc.record(
      Object.fromEntries(allDays.map(day => [day, times])) as Record<keyof Week, typeof times>,
    )
    fc.assert(
      fc.property(weeks, week => {
        const again = weekOf(hoursOf(week))
        for (const day of allDays) assert.equal(again?.[day].replaceAll(/[ ]/g, ''), week[day].replaceAll(/[ ]|,\s*$/g, ''))
      }),
      { numRuns: 50 },
    )
  })

  it('reads holidays from a calendar file', () => {
    const ics = [
      ...['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'SUMMARY:Bastille Day\\, France', 'DTSTART;VALUE=DATE:20270714', 'END:VEVENT'],
      ...['BEGIN:VEVENT', 'DTSTART;VALUE=DATE:20271224', 'DTEND;VALUE=DATE:20271227', 'SUMMARY:Christ', ' mas', 'END:VEVENT'],
      ...['BEGIN:VEVENT', 'DTSTART:20271231T130000', 'DTEND:20280101T000000', 'SUMMARY:Eve', 'END:VEVENT'],
      ...[
        'BEGIN:VTODO',
        'DTSTART;VALUE=DATE:20270101',
        'END:VTODO',
        'BEGIN:VEVENT',
        'SUMMARY:no start',
        'END:VEVENT',
        'END:VCALENDAR',
      ],
    ]
    assert.deepEqual(holidaysOfIcs(ics.join('\r\n')), [
      { name: 'Bastille Day, France', from: '2027-07-14', to: '2027-07-15' },
      { name: 'Christmas', from: '2027-12-24', to: '2027-12-27' },
      { name: 'Eve', from: '2027-12-31T13:00', to: '2028-01-01T00:00' },
    ])
  })

  it('reads an event with an alarm, and shows a time in UTC in the zone of the browser', () => {
    const ics = [
      ...['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'DTSTART:20271224T120000Z', 'DTEND:20271224T133000Z', 'SUMMARY:Party'],
      ...['BEGIN:VALARM', 'TRIGGER:-PT15M', 'SUMMARY:Soon', 'END:VALARM', 'END:VEVENT', 'END:VCALENDAR'],
    ]
    const [party, ...others] = holidaysOfIcs(ics.join('\r\n'))
    assert.deepEqual(others, [])
    assert.equal(party?.name, 'Party')
    // A time without a zone is a local time.
    assert.deepEqual(
      [party?.from, party?.to].map(time => new Date(time ?? '').getTime()),
      [Date.UTC(2027, 11, 24, 12), Date.UTC(2027, 11, 24, 13, 30)],
    )
  })

  it('counts the callers with the same fate', () => {
    const stays = { queue: 'support', effect: 'keepsPlace', to: null, position: 1, stopsRinging: [], because: null } as const
    const sums = sumsOf([
      { call: 'a', ...stays },
      { call: 'b', ...stays, position: 2, stopsRinging: ['sip:bob@example.com'] },
    ])
    assert.deepEqual(
      sums.map(({ effect, calls, stopsRinging }) => [effect, calls, stopsRinging]),
      [['keepsPlace', 2, 1]],
    )
  })
})
