import assert from 'node:assert/strict'
import { askedIn, intervalNames, otherPeriod } from '../../../console/src/pages/reports/asked.js'

const now = new Date(2026, 10, 25, 15).getTime()
const asked = (query: string) => askedIn(new URLSearchParams(query), now)

describe('The choice of a report in the page’s address', () => {
  it('is the last seven days if the address says nothing, or nothing that can be read', () => {
    for (const query of ['', 'from=yesterday&to=2026-13-45&by=team&interval=year&compare=all']) {
      const { by, interval, from, to, compare } = asked(query)
      assert.deepEqual([by, interval, from, to, compare], ['workflow', 'all', '2026-11-19', '2026-11-25', 'none'])
    }
  })

  it('compares only whole periods', () => {
    assert.equal(asked('interval=day&compare=before').compare, 'none')
    assert.equal(otherPeriod(asked('interval=day&compare=before')), undefined)
  })

  for (const [compare, from, to] of [
    ['before', '2026-11-12', '2026-11-18'],
    ['year', '2025-11-20', '2025-11-26'],
    ['day&compareFrom=2026-10-01', '2026-10-01', '2026-10-07'],
  ] as const)
    it(`compares with as many days: ${compare}`, () => assert.deepEqual(otherPeriod(asked(`compare=${compare}`)), { from, to }))

  it('names every interval of a chart, also those without calls, and none if there are too many', () => {
    assert.deepEqual(intervalNames(asked('interval=day&from=2026-10-24&to=2026-10-26')), [
      '2026-10-24',
      '2026-10-25',
      '2026-10-26',
    ])
    assert.deepEqual(intervalNames(asked('interval=week&from=2026-11-01&to=2026-11-09')), [
      '2026-10-26',
      '2026-11-02',
      '2026-11-09',
    ])
    assert.deepEqual(intervalNames(asked('interval=month&from=2026-10-31&to=2026-11-01')), ['2026-10', '2026-11'])
    assert.deepEqual(intervalNames(asked('interval=day&from=2020-01-01&to=2026-11-01')), [])
    assert.deepEqual(intervalNames(asked('interval=all')), [])
  })
})
