import assert from 'node:assert/strict'
import { OnceAMinute } from '../../../src/foundation/once-a-minute.js'
import { FakeClock } from '../../fakes/clock.js'
import { Warnings } from '../../fakes/warnings.js'

describe('warnings that others can cause', () => {
  let clock: FakeClock
  let warnings: Warnings
  let seldom: OnceAMinute
  beforeEach(() => {
    clock = new FakeClock()
    warnings = new Warnings()
    seldom = new OnceAMinute(clock, warnings.log, 'refused calls')
  })
  const warn = (key: string): void => seldom.warn(key, () => `refused ${key}`, { event: 'test' })

  it('logs the same warning once a minute, and then says how many were left out', () => {
    for (let times = 0; times < 5; times++) warn('a')
    assert.deepEqual(warnings.lines, [{ message: 'refused a', fields: { event: 'test' } }])
    clock.pass(59_999)
    warn('a')
    assert.equal(warnings.lines.length, 1)
    clock.pass(1)
    warn('a')
    assert.deepEqual(warnings.lines[1], { message: 'refused a', fields: { event: 'test', repeated: 5 } })
  })

  it('logs different warnings at once', () => {
    warn('a')
    warn('b')
    assert.deepEqual(warnings.messages, ['refused a', 'refused b'])
  })

  it('logs at most 20 different warnings a minute, and says once that there were more', () => {
    for (let key = 0; key < 10_000; key++) warn(String(key))
    assert.equal(warnings.lines.length, 21)
    assert.match(warnings.messages[20] ?? '', /^refused calls: more than 20 different ones in a minute/)
    clock.pass(60_000)
    for (let key = 0; key < 10_000; key++) warn(`later ${key}`)
    assert.equal(warnings.lines.length, 42)
  })

  it('does not build a message that is not logged', () => {
    let built = 0
    for (let times = 0; times < 3; times++) seldom.warn('a', () => `${(built += 1)}`, {})
    assert.equal(built, 1)
  })
})
