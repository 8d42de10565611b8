import assert from 'node:assert/strict'
import { NonInviteClient } from '../../../../src/sip/transaction/non-invite-client.js'
import { FakeContext, hop } from './context.js'
import { request, responseTo } from './messages.js'

const bye = request({ method: 'BYE' })

/** cells.test.ts tests each event in each state. */
describe('non-INVITE client transaction over time (RFC 3261 §17.1.2.2)', () => {
  let context: FakeContext
  let machine: NonInviteClient

  const moments = () => context.sent.map(text => Number(text.split('@')[1]))
  beforeEach(() => {
    context = new FakeContext()
    machine = new NonInviteClient('k', context, hop(), context.clientListener())
    machine.start(Buffer.from('BYE'))
  })

  it('repeats the request after T1, doubling up to T2, until timer F ends it after 64*T1', () => {
    context.clock.pass(33_000)
    assert.deepEqual(moments(), [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    assert.deepEqual(context.told, ['failed timeout @32000'])
  })

  it('does not repeat at 0.5 and 1.5 s while received messages wait unread', () => {
    context.behind = true
    context.clock.pass(1_400)
    context.behind = false
    context.clock.pass(2_200)
    assert.deepEqual(moments(), [0, 1_500, 3_500])
  })

  it('repeats only every T2 after a provisional response, and timer F still counts from the start', () => {
    machine.receive(responseTo(bye, 100))
    context.clock.pass(33_000)
    assert.deepEqual(moments(), [0, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500])
    assert.deepEqual(context.told, ['provisional 100', 'failed timeout @32000'])
  })
})
