import assert from 'node:assert/strict'
import fc from 'fast-check'
import { OverloadControl, usualLimits } from '../../../../src/sip/overload/control.js'
import { simulate, type Seen, type Work } from '../../../fakes/busy-server.js'

/** In ms. */
const work: Work = { invite: 0.35, answer: 0.15, end: 0.15, refusal: 0.01 }
const capacity = 1_000 / (work.invite + work.answer + work.end)
const sum = (seen: readonly Seen[], what: 'offered' | 'done' | 'refused'): number =>
  seen.reduce((total, each) => total + each[what], 0)
const lateOf = (seen: readonly Seen[]): number => {
  const delays = seen.flatMap(({ delays }) => delays).sort((a, b) => a - b)
  return delays[Math.floor(delays.length * 0.99)] ?? 0
}
/** What remains of the capacity beside the refusals. */
const possible = (factor: number): number => capacity * (1 - (factor - 1) * capacity * (work.refusal / 1_000))

describe('overload control', () => {
  it('refuses nobody while the machine carries the load', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 0.9, noNaN: true }), share => {
        const seen = simulate(new OverloadControl(), work, { rate: () => capacity * share }, 20)
        assert.equal(sum(seen, 'refused'), 0)
      }),
      { numRuns: 8 },
    )
  })

  it('refuses nobody when the machine stands still for up to two seconds at up to three quarters of its load', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 0.75, noNaN: true }), fc.integer({ min: 100, max: 2_000 }), (share, standstill) => {
        const load = { rate: () => capacity * share, standstills: [[3_000, standstill]] as const }
        assert.equal(sum(simulate(new OverloadControl(), work, load, 15), 'refused'), 0)
      }),
      { numRuns: 15 },
    )
  })

  it('refuses nobody when other programs take the processor for a fifth of the time', () => {
    const often = fc.array(fc.integer({ min: 50, max: 400 }), { minLength: 40, maxLength: 40 })
    fc.assert(
      fc.property(often, pauses => {
        let at = 2_000
        const standstills = pauses.map(ms => [(at += ms * 5), ms] as const)
        const seen = simulate(new OverloadControl(), work, { rate: () => capacity * 0.4, standstills }, 40)
        assert.equal(sum(seen, 'refused'), 0)
      }),
      { numRuns: 8 },
    )
  })

  it('carries nine tenths of what is possible from 1.2 to 4 times the capacity, with short delays', () => {
    fc.assert(
      fc.property(fc.double({ min: 1.2, max: 4, noNaN: true }), factor => {
        const seen = simulate(new OverloadControl(), work, { rate: at => capacity * (at < 2_000 ? 0.5 : factor) }, 30)
        const steady = seen.slice(8)
        const done = sum(steady, 'done') / steady.length
        assert.ok(done > 0.9 * possible(factor), `${done} of ${possible(factor)} calls/s at ${factor}`)
        assert.ok(lateOf(steady) < 125, `${lateOf(steady)} ms`)
      }),
      { numRuns: 8 },
    )
  })

  it('refuses nobody five seconds after the overload has ended', () => {
    const load = { rate: (at: number) => capacity * (at < 15_000 ? 3 : 0.6) }
    const seen = simulate(new OverloadControl(), work, load, 30)
    assert.ok(sum(seen.slice(0, 15), 'refused') > 0)
    assert.equal(sum(seen.slice(20), 'refused'), 0)
  })

  it('finds the new capacity within ten seconds when the machine becomes slower or faster', () => {
    const control = new OverloadControl()
    const slow = { invite: 0.7, answer: 0.3, end: 0.3, refusal: 0.02 }
    simulate(control, slow, { rate: () => capacity * 2 }, 20)
    const rate = control.rate ?? 0
    assert.ok(rate > 0.8 * (capacity / 2) * 0.94 && rate < 1.1 * (capacity / 2), `${rate} calls/s`)
  })

  it('admits its least rate whatever the delay is', () => {
    const control = new OverloadControl()
    let admitted = 0
    for (let now = 0; now < 20_000; now += 10) {
      if (now % 50 === 0) control.look(now, { late: 0, delay: 5_000 })
      if (control.admits(now, 'trusted') && now >= 10_000) admitted += 1
    }
    assert.ok(Math.abs(admitted - usualLimits.leastRate * 10) <= 2, `${admitted} calls in 10 s`)
  })

  it('refuses nobody, not even strangers, while fewer calls come than its least rate, however slow the machine is', () => {
    const control = new OverloadControl()
    for (let now = 0; now < 30_000; now += 25) {
      if (now % 50 === 0) control.look(now, { late: 0, delay: 3_000 })
      assert.ok(control.admits(now, now % 50 === 0 ? 'trusted' : 'stranger'))
    }
    for (let call = 0; call < 20; call += 1) assert.ok(control.admits(30_000, 'trusted'), 'several at once')
  })

  it('refuses strangers first, and calls of peers only if the delay stays long without them', () => {
    const control = new OverloadControl()
    control.look(0, { late: 0, delay: 500 })
    assert.equal(control.level, 'none')
    control.look(200, { late: 0, delay: 500 })
    assert.equal(control.level, 'strangers')
    const admitted = (sender: 'stranger' | 'trusted'): number =>
      Array.from({ length: 500 }, () => control.admits(200, sender)).filter(Boolean).length
    assert.deepEqual([admitted('stranger'), admitted('trusted')], [usualLimits.leastRate, 500])
    control.look(250, { late: 0, delay: 10 })
    control.look(5_000, { late: 0, delay: 10 })
    assert.deepEqual([control.level, control.rate], ['strangers', undefined])
    control.look(20_000, { late: 0, delay: 10 })
    assert.equal(control.level, 'none')
  })

  it('never refuses calls of peers while most messages come from strangers, because that would not help', () => {
    const control = new OverloadControl()
    for (let now = 0; now < 60_000; now += 50) control.look(now, { late: 0, delay: 800, mostlyStrangers: true })
    assert.deepEqual([control.level, control.rate], ['strangers', undefined])
    assert.equal(control.admits(60_000, 'trusted'), true)
  })

  it('keeps half of the admitted calls for trusted peers when known phones call as much as they like', () => {
    const control = new OverloadControl({ ...usualLimits, leastRate: 100 })
    for (let now = 0; now <= 1_000; now += 50) control.look(now, { late: 0, delay: 500 })
    const admitted = { trusted: 0, known: 0 }
    for (let now = 1_000; now < 11_000; now += 1) {
      if (now % 50 === 0) control.look(now, { late: 0, delay: 500 })
      if (control.admits(now, 'known')) admitted.known += 1
      if (now % 20 === 0 && control.admits(now, 'trusted')) admitted.trusted += 1
    }
    assert.ok(admitted.trusted > 490, `${admitted.trusted} of 500 calls of the peer`)
  })
})
