import assert from 'node:assert/strict'
import { countries, publicHolidays } from '../../../console/src/pages/setup/public-holidays.js'

const dates = (country: string, year: number): string[] => publicHolidays(country, year).map(({ from }) => String(from))

describe('the public holidays of a country', () => {
  it('are those of official calendars', () => {
    assert.deepEqual(dates('FR', 2027), [
      ...['2027-01-01', '2027-03-29', '2027-05-01', '2027-05-06', '2027-05-08', '2027-05-17', '2027-07-14'],
      ...['2027-08-15', '2027-11-01', '2027-11-11', '2027-12-25'],
    ])
    assert.deepEqual(dates('US', 2026), [
      ...['2026-01-01', '2026-01-19', '2026-02-16', '2026-05-25', '2026-06-19', '2026-07-04', '2026-09-07'],
      ...['2026-10-12', '2026-11-11', '2026-11-26', '2026-12-25'],
    ])
    assert.deepEqual(dates('DE', 2025).slice(1, 6), ['2025-04-18', '2025-04-21', '2025-05-01', '2025-05-29', '2025-06-09'])
  })

  it('are whole days in their order, once each, for every country and year', () => {
    for (const country of countries)
      for (let year = 2020; year < 2060; year += 1) {
        const days = publicHolidays(country, year)
        assert.ok(days.length > 3)
        for (const { from, to, name } of days) {
          assert.ok(String(from).startsWith(String(year)) && String(to) > String(from), `${country} ${String(from)}`)
          assert.equal(typeof name, 'string')
        }
        const order = dates(country, year)
        assert.deepEqual(order, [...order].sort())
      }
  })
})
