import assert from 'node:assert/strict'
import sinon from 'sinon'
import { OurBug } from '../../../src/foundation/result.js'
import type { LegEnd } from '../../../src/legs/leg-end.js'
import type { Leg } from '../../../src/legs/leg.js'
import { browserLegState, goneLegOf } from '../../../src/signaling/gone-leg.js'

function gone(): { leg: Leg; ended: sinon.SinonStub<[LegEnd], undefined> } {
  const leg = goneLegOf({ browser: 'one@browser' })
  if (!leg) throw new OurBug('the state of a browser’s leg is not known again')
  const ended = sinon.stub<[LegEnd], undefined>()
  leg.listen({ ended })
  return { leg, ended }
}

describe('a browser’s leg after a restart', () => {
  it('ends when it is used, and this is reported once', () => {
    const { leg, ended } = gone()
    sinon.assert.notCalled(ended)
    leg.probe()
    leg.hangUp()
    sinon.assert.calledOnceWithExactly(ended, { kind: 'lost', why: 'transport' })
  })

  it('accepts no SDP and no INFO', () => {
    const { leg } = gone()
    const [renegotiated, informed] = [sinon.stub(), sinon.stub()]
    leg.renegotiate(undefined, renegotiated)
    leg.info(undefined, [], informed)
    sinon.assert.calledOnceWithExactly(renegotiated, { kind: 'rejected', status: 481, headers: [] })
    sinon.assert.calledOnceWithExactly(informed, 481)
  })

  it('sends nothing when it is released', () => {
    const { leg, ended } = gone()
    leg.letGo()
    leg.probe()
    sinon.assert.notCalled(ended)
  })

  it('survives a second restart unchanged', () => {
    const { leg } = gone()
    assert.deepEqual(leg.state(), browserLegState(leg))
    assert.equal(goneLegOf(leg.state())?.sipCallId, 'one@browser')
  })

  it('is not made from the state of other legs', () => assert.equal(goneLegOf({ dialog: {} }), undefined))
})
