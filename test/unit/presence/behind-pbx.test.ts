import assert from 'node:assert/strict'
import { asteriskDialect, kamailioDialect } from '../../fakes/pbx-documents.js'
import { BehindPbx } from './behind-pbx.js'

for (const [name, dialect] of [
  ['Asterisk', asteriskDialect()],
  ['an Asterisk whose devices are full with one call', asteriskDialect(1)],
  ['Kamailio', kamailioDialect],
] as const) {
  describe(`an agent behind ${name} with subscribed presence`, () => {
    let pbx: BehindPbx
    beforeEach(() => (pbx = new BehindPbx(dialect, () => 5)))

    it('is rung by one INVITE until the alert time is over, and can answer at any time', () => {
      pbx.dial()
      pbx.clock.pass(8_000)
      assert.equal(pbx.invites, 1)
      assert.deepEqual(pbx.ends(), [])
      pbx.answer()
      pbx.clock.pass(60_000)
      assert.deepEqual(pbx.ends(), ['answered'])
      assert.deepEqual(pbx.told.filter(state => state !== 'available'), []) // prettier-ignore
    })

    it('gets no call while they are in another call', () => {
      pbx.extension.call('other', 'rings')
      pbx.clock.pass(10)
      pbx.dial()
      pbx.extension.call('other', 'talks')
      pbx.clock.pass(60_000)
      assert.equal(pbx.invites, 0)
      pbx.extension.hangUp('other')
      pbx.clock.pass(10)
      assert.equal(pbx.invites, 1)
    })

    it('gets the next call as soon as the call with us is over', () => {
      pbx.dial()
      pbx.clock.pass(1_000)
      pbx.answer()
      pbx.clock.pass(30_000)
      pbx.dial()
      pbx.agentHangsUp()
      assert.equal(pbx.invites, 2)
      pbx.clock.pass(15_000)
      assert.deepEqual(pbx.ends(), ['answered'])
    })

    it('gets no call when another call comes right after ours', () => {
      pbx.dial()
      pbx.clock.pass(1_000)
      pbx.answer()
      pbx.clock.pass(30_000)
      pbx.agentHangsUp()
      pbx.clock.pass(100)
      pbx.extension.call('other', 'rings')
      pbx.clock.pass(10)
      pbx.dial()
      assert.equal(pbx.invites, 1)
    })
  })
}

describe('presence that flaps (presence-is-damped)', () => {
  it('costs at most one INVITE in five seconds', () => {
    const pbx = new BehindPbx(asteriskDialect(), () => 0)
    pbx.dial()
    for (let n = 0; n < 20; n += 1) {
      pbx.extension.register(false)
      pbx.clock.pass(50)
      pbx.extension.register(true)
      pbx.clock.pass(50)
    }
    assert.equal(pbx.invites, 1)
    pbx.clock.pass(3_000)
    assert.equal(pbx.invites, 2)
    assert.deepEqual(pbx.ends(), ['withdrawn'])
  })
})
