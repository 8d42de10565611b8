import assert from 'node:assert/strict'
import {
  callerLabel,
  clockSpan,
  dayBegin,
  dayField,
  initials,
  percent,
  plain,
  secondsSince,
  userOf,
} from '../../../console/src/format.js'

describe('the formats of the console', () => {
  it('show durations as minutes and seconds', () => {
    assert.deepEqual([0, 42.9, 65, 3_723, -5].map(clockSpan), ['0:00', '0:42', '1:05', '1:02:03', '0:00'])
  })

  it('show people by name, or else by number', () => {
    assert.equal(callerLabel('sip:+15550100@gw.example.com;user=phone', null), '+15550100')
    assert.equal(callerLabel('sip:+15550100@gw.example.com', ''), '+15550100')
    assert.equal(callerLabel('sip:ann@example.com', 'Ann Caller'), 'Ann Caller')
    assert.deepEqual(['tel:+1-555;x=y', 'sip:a%20b@c', 'sip:100%@c', 'anything'].map(userOf), [
      '+1-555',
      'a b',
      '100%',
      'anything',
    ])
    assert.deepEqual(['Alice Martin', 'bob', 'erin_van-lind', ''].map(initials), ['AM', 'B', 'EL', ''])
  })

  it('show percentages, days and times', () => {
    assert.equal(percent(0.864, 'en-GB'), '86%')
    assert.match(percent(0.864, 'fr'), /^86\s%$/)
    assert.match(dayField(Date.parse('2026-03-04T12:00:00Z')), /^2026-03-0[345]$/)
    assert.equal(secondsSince('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:02.500Z')), 2.5)
    assert.equal(secondsSince('2026-01-01T00:00:05Z', Date.parse('2026-01-01T00:00:02Z')), 0)
  })

  describe('days in the browser’s time zone', () => {
    const { TZ } = process.env
    before(() => (process.env['TZ'] = 'Europe/Paris'))
    after(() => {
      if (TZ === undefined) delete process.env['TZ']
      else process.env['TZ'] = TZ
    })

    it('go from midnight to midnight, also on days when clocks change', () => {
      assert.deepEqual(
        [dayBegin('2026-03-29'), dayBegin('2026-03-29', 1)],
        ['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
      )
      assert.deepEqual(
        [dayBegin('2026-10-25'), dayBegin('2026-10-25', 1)],
        ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
      )
      assert.equal(dayField(Date.parse('2026-10-25T22:30:00Z'), -1), '2026-10-24')
      assert.equal(dayField(Date.parse('2026-03-30T22:30:00Z'), -1), '2026-03-30')
    })

    it('exist only for valid dates', () => {
      assert.deepEqual(
        ['abc', '', '2026-13-01', '12026-01-01', '2026-01-01T10:00'].map(text => dayBegin(text)),
        Array(5).fill(undefined),
      )
    })
  })

  it('ignore case and accents in a search', () => assert.equal(plain('Élodie ÅSA'), 'elodie asa'))
})
