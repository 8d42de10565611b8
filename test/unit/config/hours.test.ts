import assert from 'node:assert/strict'
import fc from 'fast-check'
import { dayNames, formatOpenRange, nearestDays, readDays, readOpenRange } from '../../../src/config/hours.js'

const range = fc
  .record({ start: fc.nat(1_439), end: fc.integer({ min: 1, max: 1_440 }) })
  .map(({ start, end }) => ({ start, end }))
  .filter(({ start, end }) => start !== end && (start !== 0 || end !== 0))

describe('opening hours as text', () => {
  it('keep their meaning when they are written and read again, also across midnight', () => {
    fc.assert(fc.property(range, open => assert.deepEqual(readOpenRange(formatOpenRange(open)), { ok: true, value: open })))
  })

  it('result in minutes of a day or in a reason, for any text', () => {
    const clock = fc.constantFrom('00:00', '09:00', '9:00', '12:30', '23:59', '24:00', '24:01', '25:00', '12:60', '', ' 09:00')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(clock, clock).map(times => times.join('-')),
        ),
        text => {
          const read = readOpenRange(text)
          if (!read.ok) return assert.match(read.fault, /^expected /)
          const { start, end } = read.value
          assert.ok(start >= 0 && start < 1_440 && end >= 1 && end <= 1_440 && start !== end, text)
        },
      ),
    )
  })

  for (const [text, expected] of [
    ['09:00-12:30', { start: 540, end: 750 }],
    ['00:00-24:00', { start: 0, end: 1_440 }],
    ['18:00-00:00', { start: 1_080, end: 1_440 }],
    ['22:00-02:00', { start: 1_320, end: 120 }],
  ] as const)
    it(`reads ${text}`, () => assert.deepEqual(readOpenRange(text), { ok: true, value: expected }))

  for (const text of [
    '9:00-12:30',
    '09:00',
    '24:00-02:00',
    '09:00-24:01',
    '09:00-09:00',
    '00:00-00:00',
    '09:00 - 12:00',
    '09:60-10:00',
  ])
    it(`refuses ${text}`, () => assert.equal(readOpenRange(text).ok, false))

  it('accept single days and ranges of days, also across the end of the week', () => {
    assert.deepEqual(readDays('mon-fri'), { ok: true, value: [0, 1, 2, 3, 4] })
    assert.deepEqual(readDays('sat'), { ok: true, value: [5] })
    assert.deepEqual(readDays('sat-mon'), { ok: true, value: [5, 6, 0] })
    for (const [index, day] of dayNames.entries()) assert.deepEqual(readDays(day), { ok: true, value: [index] })
    for (const text of ['', 'monday', 'mon-', '-fri', 'mon-fri-sun', 'Mon', 'mon,tue'])
      assert.equal(readDays(text).ok, false, text)
  })

  it('suggest the days that were probably meant', () => {
    assert.equal(nearestDays('mon-fry'), 'mon-fri')
    assert.equal(nearestDays('tus'), 'tue')
    assert.equal(nearestDays('whenever-fri'), undefined)
  })
})
