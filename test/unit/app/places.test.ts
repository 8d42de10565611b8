import assert from 'node:assert/strict'
import fc from 'fast-check'
import { sipLimits } from '../../../src/app/places.js'
import { defaultRoomLimits } from '../../../src/sip/index.js'

describe('the limits on SIP connections', () => {
  it('have their default values when there are enough file descriptors', () => {
    assert.deepEqual(sipLimits(Infinity), defaultRoomLimits)
    assert.deepEqual(sipLimits(1_048_576), defaultRoomLimits)
  })

  it('take at most 40 % of the descriptors, with a smaller part for strangers', () => {
    assert.deepEqual(sipLimits(1_024), {
      ...{
        connections: 409,
        reserved: 103,
        connectionsPerPeer: 409,
        knownPerAddress: 64,
        strangers: 52,
        strangersPerAddress: 32,
      },
    })
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 100_000 }), descriptors => {
        const { connections, reserved, strangers, strangersPerAddress } = sipLimits(descriptors)
        assert.ok(connections <= descriptors * 0.4)
        assert.ok(reserved + strangers <= connections && strangersPerAddress <= strangers && strangers > 0)
      }),
    )
  })
})
