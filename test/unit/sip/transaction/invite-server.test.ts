import assert from 'node:assert/strict'
import { InviteServer } from '../../../../src/sip/transaction/invite-server.js'
import type { TransportName } from '../../../../src/sip/transport/transport.js'
import { FakeContext, hop } from './context.js'
import { request, responseTo } from './messages.js'

const invite = request({ method: 'INVITE' })

/** cells.test.ts tests each event in each state. */
describe('INVITE server transaction over time (RFC 3261 §17.2.1)', () => {
  let context: FakeContext
  let machine: InviteServer

  const start = (transport: TransportName) => {
    context = new FakeContext()
    machine = new InviteServer('k', context, hop(transport))
    machine.listen(context.serverListener())
  }
  const respond = (status: number) => machine.respond(responseTo(invite, status), Buffer.from(`SIP/2.0 ${status}`))
  const moments = (status: number) =>
    context.sent.filter(text => text.includes(String(status))).map(text => Number(text.split('@')[1]))
  const doubledUpToT2 = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
  beforeEach(() => start('udp'))

  it('while received messages wait unread, does not repeat the 200 at 0.5 and 1.5 s, but answers each repeated INVITE with its last response', () => {
    respond(180)
    context.behind = true
    machine.repeated()
    respond(200)
    context.clock.pass(4_000)
    assert.deepEqual(moments(180), [0, 0])
    assert.deepEqual(moments(200), [0, 3_500])
  })

  it('repeats a reliable provisional response after T1, doubling without limit, and reports a missing PRACK after 64*T1 (RFC 3262 §3)', () => {
    respond(180)
    machine.repeatProvisional()
    context.clock.pass(40_000)
    assert.deepEqual(moments(180), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    assert.deepEqual(context.told, ['unacknowledged @32000'])
    respond(504)
    assert.deepEqual(moments(504), [40_000])
  })

  it('starts the repetitions of each response at T1, whatever was repeated before', () => {
    respond(180)
    machine.repeatProvisional()
    context.clock.pass(1_600)
    machine.provisionalAcknowledged()
    context.clock.pass(40_000)
    assert.deepEqual(moments(180), [0, 500, 1_500])
    respond(182)
    machine.repeatProvisional()
    context.clock.pass(600)
    respond(486)
    context.clock.pass(1_600)
    assert.deepEqual(moments(182), [41_600, 42_100])
    assert.deepEqual(moments(486), [42_200, 42_700, 43_700])
  })

  it('repeats only the second of two reliable provisional responses, even without a PRACK for the first', () => {
    respond(180)
    machine.repeatProvisional()
    context.clock.pass(100)
    respond(182)
    machine.repeatProvisional()
    context.clock.pass(2_000)
    assert.deepEqual([moments(180), moments(182)], [[0], [100, 600, 1_600]])
  })

  it('repeats a failure by timer G, doubling up to T2, until timer H reports that no ACK came', () => {
    respond(486)
    context.clock.pass(32_000)
    assert.deepEqual(moments(486), doubledUpToT2)
    assert.deepEqual(context.told, ['failed noAck @32000'])
  })

  for (const transport of ['udp', 'tcp'] as const)
    it(`repeats a 2xx over ${transport}, doubling up to T2, until timer L reports that no ACK came (§13.3.1.4)`, () => {
      start(transport)
      respond(200)
      context.clock.pass(32_000)
      assert.deepEqual(moments(200), doubledUpToT2)
      assert.deepEqual(context.told, ['failed noAck @32000'])
    })

  it('reports a final response that cannot be sent over a stream once, and ends (RFC 6026 §8.8)', () => {
    start('tcp')
    respond(486)
    context.failAll()
    context.clock.pass(32_000)
    assert.deepEqual(context.told, ['failed transport @0'])
    assert.deepEqual(context.forgotten, ['k'])
  })

  it('knows its last provisional response above 100, and then the first final status', () => {
    const known = [100, 183, 200, 202].map(status => {
      respond(status)
      return machine.lastProvisional?.status ?? machine.finalStatus
    })
    assert.deepEqual(known, [undefined, 183, 200, 200])
  })
})
