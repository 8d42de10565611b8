import assert from 'node:assert/strict'
import { watchRest } from '../../../src/app/rest.js'
import { FakeClock } from '../../fakes/clock.js'

describe('watchRest', () => {
  let clock: FakeClock
  let rested: number
  let isBehind: () => boolean

  beforeEach(() => {
    clock = new FakeClock()
    rested = 1_000
    isBehind = watchRest(clock, () => rested)
  })
  const pass = (ms: number, rest: number): void => {
    clock.pass(ms)
    rested += rest
  }

  it('is behind after 100 ms with less than 3 ms of rest, until the next 100 ms with more rest', () => {
    pass(100, 2.9)
    assert.equal(isBehind(), true)
    pass(99, 99)
    assert.equal(isBehind(), true)
    pass(1, 0)
    assert.equal(isBehind(), false)
  })

  it('is not behind in the first 100 ms, nor after a long time without a question in which it rested', () => {
    pass(99, 0)
    assert.equal(isBehind(), false)
    pass(60_000, 3_000)
    assert.equal(isBehind(), false)
  })
})
