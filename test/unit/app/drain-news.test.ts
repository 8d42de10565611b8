import assert from 'node:assert/strict'
import sinon from 'sinon'
import { tellOfDrain } from '../../../src/app/drain-news.js'
import { seconds } from '../../../src/foundation/time.js'
import { FakeClock } from '../../fakes/clock.js'
import { messagesOf, spiedLog } from '../../fakes/spies.js'

describe('the log of a server that drains', () => {
  it('says once a minute how many calls it waits for and how long, until it has drained', () => {
    const clock = new FakeClock()
    const log = spiedLog()
    let size = 2
    const news = tellOfDrain(clock, log, seconds(600), () => size)
    clock.pass(59_000)
    assert.deepEqual(messagesOf(log.info), ['draining: no new call; 2 calls in progress; exits in 10 min at the latest'])
    size = 1
    clock.pass(1_000)
    assert.equal(messagesOf(log.info)[1], 'draining: no new call; 1 call in progress; exits in 9 min at the latest')
    news.cancel()
    clock.pass(600_000)
    sinon.assert.calledTwice(log.info)
    assert.equal(clock.size, 0)
  })

  it('ends with the wait', () => {
    const clock = new FakeClock()
    const log = spiedLog()
    tellOfDrain(clock, log, seconds(600), () => 1)
    clock.pass(3_600_000)
    sinon.assert.callCount(log.info, 10)
    assert.equal(clock.size, 0)
  })
})
