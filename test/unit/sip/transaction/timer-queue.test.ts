import assert from 'node:assert/strict'
import { millis } from '../../../../src/foundation/time.js'
import { TransactionTimers } from '../../../../src/sip/transaction/timer-queue.js'
import type { TimerName } from '../../../../src/sip/transaction/timers.js'
import { FakeClock } from './fake-clock.js'

describe('transaction timers', () => {
  let clock: FakeClock
  let timers: TransactionTimers
  let fired: string[]
  let broken: unknown[]
  const owner = (label: string) => ({ timerFired: (name: TimerName) => void fired.push(`${label}${name}@${clock.monotonic()}`) })

  beforeEach(() => {
    clock = new FakeClock()
    broken = []
    timers = new TransactionTimers(clock, error => broken.push(error))
    fired = []
  })

  it('continue when one of them throws', () => {
    const bug = new Error('bug')
    const faulty = {
      timerFired: () => {
        throw bug
      },
    }
    timers.start(faulty, 'A', millis(500))
    timers.start(owner('x'), 'A', millis(500))
    clock.pass(501)
    assert.deepEqual([broken, fired.length], [[bug], 1])
  })

  it('fire after their delay, and once', () => {
    timers.start(owner('x'), 'A', millis(500))
    clock.pass(498)
    assert.deepEqual(fired, [])
    clock.pass(100_000)
    assert.deepEqual(fired, ['xA@500'])
    assert.equal(timers.size, 0)
  })

  it('of one delay share one clock timer and fire in the order in which they started', () => {
    for (let i = 0; i < 100; i++) {
      timers.start(owner(String(i)), 'B', millis(32_000))
      clock.pass(1)
    }
    assert.equal(clock.size, 1)
    clock.pass(32_000)
    assert.deepEqual(
      fired.map(text => Number(text.split('B')[0])),
      Array.from({ length: 100 }, (_, i) => i),
    )
  })

  it('are never early by more than a millisecond, nor late by more than the pause of 10 ms', () => {
    for (let i = 0; i < 50; i++) {
      const due = clock.monotonic() + 32_000
      timers.start({ timerFired: () => void fired.push(String(clock.monotonic() - due)) }, 'D', millis(32_000))
      clock.pass(7)
    }
    clock.pass(40_000)
    assert.equal(fired.length, 50)
    assert.deepEqual(
      fired.filter(late => Number(late) < -1 || Number(late) > 10),
      [],
    )
  })

  it('do not fire once cancelled, whether first, middle or last', () => {
    const three = ['a', 'b', 'c'].map(label => timers.start(owner(label), 'K', millis(5_000)))
    for (const [index, timer] of three.entries()) {
      timer.cancel()
      timer.cancel()
      assert.equal(timers.size, 2 - index)
    }
    clock.pass(10_000)
    assert.deepEqual(fired, [])
  })

  it('may be cancelled by one that fires before them at the same moment', () => {
    const late: { cancel(): void }[] = []
    timers.start({ timerFired: () => late[0]?.cancel() }, 'A', millis(500))
    late.push(timers.start(owner('b'), 'A', millis(500)))
    timers.start(owner('c'), 'A', millis(500))
    clock.pass(1_000)
    assert.deepEqual(fired, ['cA@500'])
  })

  it('fire on time even if an earlier one restarts itself with the same delay', () => {
    const restarting = {
      timerFired: (name: TimerName) => {
        fired.push(`a${name}@${clock.monotonic()}`)
        if (fired.length === 1) timers.start(restarting, name, millis(4_000))
      },
    }
    timers.start(restarting, 'G', millis(4_000))
    clock.pass(1_000)
    timers.start(owner('b'), 'G', millis(4_000))
    clock.pass(20_000)
    assert.deepEqual(fired, ['aG@4000', 'bG@5000', 'aG@8000'])
    assert.equal(clock.size, 0)
  })

  it('that start after one of them stopped all fire once', () => {
    timers.start(
      {
        timerFired: () => {
          timers.stopAll()
          timers.start(owner('late'), 'A', millis(500))
        },
      },
      'A',
      millis(500),
    )
    clock.pass(5_000)
    assert.deepEqual(fired, ['lateA@1000'])
  })

  it('leave nothing behind when all are stopped', () => {
    timers.start(owner('x'), 'A', millis(500))
    timers.start(owner('x'), 'B', millis(32_000))
    timers.stopAll()
    assert.equal(timers.size + clock.size, 0)
  })
})
