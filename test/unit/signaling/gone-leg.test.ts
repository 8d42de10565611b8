import assert from 'node:assert/strict'
import { OurBug } from '../../../src/foundation/result.js'
import type { LegEnd } from '../../../src/legs/leg-end.js'
import type { Leg } from '../../../src/legs/leg.js'
import type { RenegotiationOutcome } from '../../../src/legs/renegotiation.js'
import { browserLegState, goneLegOf } from '../../../src/signaling/gone-leg.js'

function gone(): { leg: Leg; ends: LegEnd[] } {
  const leg = goneLegOf({ browser: 'one@browser' })
  if (!leg) throw new OurBug('the state of a browser’s leg is not known again')
  const ends: LegEnd[] = []
  leg.listen({ ended: end => ends.push(end) })
  return { leg, ends }
}

describe('a browser’s leg after a restart', () => {
  it('is over when it is asked for, told once', () => {
    const { leg, ends } = gone()
    assert.deepEqual(ends, [])
    leg.probe()
    leg.hangUp()
    assert.deepEqual(ends, [{ kind: 'lost', why: 'transport' }])
  })

  it('takes no description and no INFO', () => {
    const { leg } = gone()
    const outcomes: (RenegotiationOutcome | number)[] = []
    leg.renegotiate(undefined, outcome => outcomes.push(outcome))
    leg.info(undefined, [], status => outcomes.push(status))
    assert.deepEqual(outcomes, [{ kind: 'rejected', status: 481, headers: [] }, 481])
  })

  it('says nothing when it is let go', () => {
    const { leg, ends } = gone()
    leg.letGo()
    leg.probe()
    assert.deepEqual(ends, [])
  })

  it('outlives a second restart as what it is', () => {
    const { leg } = gone()
    assert.deepEqual(leg.state(), browserLegState(leg))
    assert.equal(goneLegOf(leg.state())?.sipCallId, 'one@browser')
  })

  it('others’ legs are none', () => assert.equal(goneLegOf({ dialog: {} }), undefined))
})
