import assert from 'node:assert/strict'
import { InviteClient } from '../../../../src/sip/transaction/invite-client.js'
import { FakeContext, hop } from './context.js'
import { request, responseTo } from './messages.js'

const invite = request({ method: 'INVITE' })

/** cells.test.ts tests each event in each state. */
describe('INVITE client transaction over time (RFC 3261 §17.1.1)', () => {
  let context: FakeContext
  let machine: InviteClient

  const moments = () => context.sent.map(text => Number(text.split('@')[1]))
  beforeEach(() => {
    context = new FakeContext()
    machine = new InviteClient('k', context, hop(), invite, context.clientListener())
    machine.start(Buffer.from('INVITE'))
  })

  it('repeats the INVITE after T1, doubling, until timer B ends it after 64*T1 (§17.1.1.2)', () => {
    context.clock.pass(31_900)
    assert.deepEqual(moments(), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    assert.deepEqual(context.told, [])
    context.clock.pass(200)
    assert.deepEqual(context.told, ['failed timeout @32000'])
    assert.equal(context.again.sent, 6)
  })

  it('does not repeat at 0.5 and 1.5 s while received messages wait unread, and repeats at 3.5 s', () => {
    context.behind = true
    context.clock.pass(31_900)
    assert.deepEqual(moments(), [0, 3_500, 7_500, 15_500, 31_500])
    assert.equal(context.again.sent, 4)
  })

  it('builds the ACK for a failure from the INVITE’s Via, URI and CSeq number and the To of the response (§17.1.1.3)', () => {
    const texts: string[] = []
    context.send = bytes => void texts.push(bytes.toString())
    machine.receive(responseTo(invite, 486))
    const [ack = ''] = texts
    assert.match(ack, /^ACK sip:bob@192\.0\.2\.9 SIP\/2\.0\r\n/)
    assert.match(ack, /Via: .*;branch=z9hG4bKabc/)
    assert.match(ack, /To: .*;tag=to1/)
    assert.match(ack, /CSeq: 1 ACK/)
  })
})
