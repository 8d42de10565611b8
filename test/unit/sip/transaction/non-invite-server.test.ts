import assert from 'node:assert/strict'
import { NonInviteServer } from '../../../../src/sip/transaction/non-invite-server.js'
import { FakeContext, hop } from './context.js'
import { request, responseTo } from './messages.js'

const bye = request({ method: 'BYE' })

/** cells.test.ts tests each event in each state. */
describe('non-INVITE server transaction over time (RFC 3261 §17.2.2)', () => {
  it('repeats its last response for each repeated request, until timer J ends it after 64*T1', () => {
    const context = new FakeContext()
    const machine = new NonInviteServer('k', context, hop())
    for (const status of [100, 183, 200]) {
      machine.respond(responseTo(bye, status), Buffer.from(`SIP/2.0 ${status}`))
      machine.repeated()
    }
    context.clock.pass(31_999)
    machine.repeated()
    assert.deepEqual(
      context.sent.map(text => text.slice('SIP/2.0 '.length)),
      ['100 @0', '100 @0', '183 @0', '183 @0', '200 @0', '200 @0', '200 @31999'],
    )
    assert.equal(machine.finalStatus, 200)
    context.clock.pass(1)
    assert.deepEqual([context.forgotten, context.told], [['k'], []])
  })
})
