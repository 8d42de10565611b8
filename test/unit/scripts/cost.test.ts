import assert from 'node:assert/strict'
import { bytesAllocated } from '../../../scripts/bench/cost/allocated.js'
import { newWorld, Traffic } from '../../../scripts/bench/routing-traffic.js'
import { sdp, toPhone, Wire } from '../sip/dialog/wire.js'

/**
 * Limits for memory that is allocated for a call. Much of what a call costs is due to that, and no other program changes it. The
 * limits are 20 to 30 % above what the code takes, because the compiler of Node decides on its own which objects it saves.
 */
describe('the memory that a call allocates', () => {
  const warmUp = 600
  const calls = 600

  it('is at most 92 kB for SIP: a call of one endpoint to another, from INVITE to BYE', () => {
    const wire = new Wire()
    const [caller, called] = [wire.site('192.0.2.1'), wire.site('192.0.2.2')]
    let over = 0
    called.onInvite(invite => {
      invite.progress(180)
      invite.answer(sdp('them')).listen({ ended: () => (over += 1) })
    })
    const refused = (): void => assert.fail('the call was refused')
    const talk = (): void => {
      caller.invite(
        { ...toPhone(), body: sdp('us') },
        {
          refused,
          answered: leg => {
            leg.acknowledge()
            leg.hangUp()
          },
        },
      )
      wire.clock.pass(10)
    }
    const run = (): void => {
      for (let call = 0; call < calls; call += 1) talk()
    }
    for (let call = 0; call < warmUp; call += 1) talk()
    const kB = bytesAllocated(run) / calls / 1_000
    assert.equal(over, warmUp + calls, 'each call has ended')
    assert.ok(kB <= 92, `${kB.toFixed(1)} kB`)
  })

  it('is about the same for a decision in a group of 10 agents and in one of 10,000, at most 13 kB', () => {
    const bytesOf = (agents: number): number => {
      const site = { agents, groups: 1, method: 'longestIdle' } as const
      const traffic = new Traffic(newWorld(site), site)
      traffic.run(4 * warmUp)
      const before = traffic.decisions
      const bytes = bytesAllocated(() => traffic.run(4 * calls))
      return bytes / (traffic.decisions - before)
    }
    const [few, many] = [bytesOf(10), bytesOf(10_000)]
    assert.ok(Math.max(few, many) <= 13_000, `${few.toFixed(0)} and ${many.toFixed(0)} bytes`)
    assert.ok(many <= 1.4 * few && few <= 1.4 * many, `${few.toFixed(0)} and ${many.toFixed(0)} bytes`)
  })
})
