import assert from 'node:assert/strict'
import fc from 'fast-check'
import { agentOf, world } from '../unit/routing/build.js'

const gone = ['busy', 'away', 'doNotDisturb', 'offline'] as const
const flap = fc.record({ to: fc.constantFrom(...gone), outFor: fc.nat({ max: 3_000 }), backFor: fc.nat({ max: 3_000 }) })

describe('an agent whose presence flaps (presence-is-damped)', () => {
  it('is rung at most once in five seconds, however many calls wait', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('serial' as const, 'parallel' as const, 'longestIdle' as const),
        fc.integer({ min: 1, max: 40 }),
        fc.array(flap, { minLength: 1, maxLength: 60 }),
        (method, calls, flaps) => {
          const live = world().group('support', method, ['alice']).queue('support', ['support']).live()
          const rung: number[] = []
          const see = (effects: ReturnType<typeof live.tell>): void => {
            for (const { kind } of effects) if (kind === 'offer') rung.push(live.now)
          }
          for (let call = 0; call < calls; call += 1) see(live.call(`c${call}`, 'support'))
          const turns = (state: 'available' | (typeof gone)[number]): void =>
            see(
              live.tell({ kind: 'presenceChanged', agent: agentOf('alice'), presence: { state, since: live.now, because: '' } }),
            )
          for (const { to, outFor, backFor } of flaps) {
            turns(to)
            see(live.after(outFor))
            turns('available')
            see(live.after(backFor))
          }
          // Offers are seen at the end of each time step, up to 3 s late.
          rung.forEach((at, n) => {
            const before = rung[n - 1]
            assert.ok(before === undefined || at - before >= 2_000, `rung ${at - (before ?? 0)} ms after the one before`)
          })
          const seconds = flaps.reduce((sum, { outFor, backFor }) => sum + outFor + backFor, 0) / 1_000
          assert.ok(rung.length <= 1 + seconds / 5, `${rung.length} INVITEs in ${seconds} s`)
        },
      ),
    )
  })
})
