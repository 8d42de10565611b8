import assert from 'node:assert/strict'
import { callerLabel, clockSpan, dayField, initials, percent, plain, secondsSince, userOf } from '../../../console/src/format.js'

describe('the console writes', () => {
  it('spans as clocks do', () => {
    assert.deepEqual([0, 42.9, 65, 3_723, -5].map(clockSpan), ['0:00', '0:42', '1:05', '1:02:03', '0:00'])
  })

  it('people by name, else by number', () => {
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

  it('shares, days and moments', () => {
    assert.equal(percent(0.864, 'en-GB'), '86%')
    assert.match(percent(0.864, 'fr'), /^86\s%$/)
    assert.match(dayField(Date.parse('2026-03-04T12:00:00Z')), /^2026-03-0[345]$/)
    assert.equal(secondsSince('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:02.500Z')), 2.5)
    assert.equal(secondsSince('2026-01-01T00:00:05Z', Date.parse('2026-01-01T00:00:02Z')), 0)
  })

  it('names for a search without case and accents', () => assert.equal(plain('Élodie ÅSA'), 'elodie asa'))
})
