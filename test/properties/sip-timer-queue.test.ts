import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Timer } from '../../src/foundation/clock.js'
import { millis } from '../../src/foundation/time.js'
import { TransactionTimers } from '../../src/sip/transaction/timer-queue.js'
import { FakeClock } from '../unit/sip/transaction/fake-clock.js'

/** One timer: its start, how often it restarts itself when it fires, and when it is cancelled. In milliseconds. */
const plan = fc.record({
  startAt: fc.integer({ min: 0, max: 20_000 }),
  delay: fc.constantFrom(500, 1_000, 4_000, 32_000),
  restarts: fc.integer({ min: 0, max: 4 }),
  cancelAt: fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined }),
  /** Whether its owner throws each time. */
  throws: fc.boolean(),
})
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never

interface Runner {
  start(run: () => void, delay: number): Timer
}

/** The times at which each timer fires, for one implementation of timers. */
function run(plans: readonly Plan[], clock: FakeClock, timers: Runner): string[][] {
  const fired = plans.map((): string[] => [])
  plans.forEach(({ startAt, delay, restarts, cancelAt, throws }, index) => {
    let current: Timer | undefined
    let left = restarts
    const fire = (): void => {
      fired[index]?.push(String(clock.monotonic()))
      current = left > 0 ? timers.start(fire, delay) : undefined
      left -= 1
      if (throws) throw new Error('a fault of ours')
    }
    clock.after(millis(startAt), () => (current = timers.start(fire, delay)))
    if (cancelAt !== undefined)
      clock.after(millis(cancelAt), () => {
        current?.cancel()
        current = undefined
      })
  })
  clock.pass(300_000)
  return fired
}

/** One clock timer for each timer. */
function naive(clock: FakeClock): Runner {
  const safely = (run: () => void) => () => {
    try {
      run()
    } catch {
      // As in the queue: an exception ends only its own timer.
    }
  }
  return { start: (run, delay) => clock.after(millis(delay), safely(run)) }
}

function queued(clock: FakeClock): Runner {
  const timers = new TransactionTimers(clock, () => undefined)
  return { start: (run, delay) => timers.start({ timerFired: run }, 'A', millis(delay)) }
}

/** The queue may be a millisecond early, and up to its pause of 10 ms late. Each restart adds to that. */
function agree(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((at, turn) => near(Number(at) - Number(other[turn]), turn + 1))
}
const near = (late: number, turns: number): boolean => late >= -turns && late <= 10 * turns

describe('the queue of transaction timers, compared with one clock timer for each', () => {
  it('fires the same timers at the same times, whichever of them restart, are cancelled or throw', () => {
    fc.assert(
      fc.property(fc.array(plan, { maxLength: 30 }), plans => {
        // A cancellation within a few milliseconds of the timer may come before or after it.
        const clear = plans.map(each => ({ ...each, ...(isClose(each) && { cancelAt: undefined }) }))
        const clocks = [new FakeClock(), new FakeClock()] as const
        const expected = run(clear, clocks[0], naive(clocks[0]))
        const seen = run(clear, clocks[1], queued(clocks[1]))
        seen.forEach((times, index) => {
          assert.ok(
            agree(times, expected[index] ?? []),
            `${JSON.stringify(clear[index])}: ${times.join()} for ${String(expected[index])}`,
          )
        })
        assert.equal(clocks[1].size, 0)
      }),
    )
  })
})

function isClose({ startAt, delay, restarts, cancelAt }: Plan): boolean {
  if (cancelAt === undefined) return false
  return Array.from({ length: restarts + 2 }, (_, turn) => startAt + turn * delay).some(due => Math.abs(due - cancelAt) < 60)
}
