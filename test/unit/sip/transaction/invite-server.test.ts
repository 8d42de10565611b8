import assert from 'node:assert/strict'
import { InviteServer } from '../../../../src/sip/transaction/invite-server.js'
import type { TransportName } from '../../../../src/sip/transport/transport.js'
import { FakeGround, hop } from './ground.js'
import { request, responseTo } from './messages.js'

const invite = request({ method: 'INVITE' })

describe('INVITE server transaction (RFC 3261 figure 7, RFC 6026)', () => {
  let ground: FakeGround
  let machine: InviteServer

  const start = (transport: TransportName = 'udp') => {
    ground = new FakeGround()
    machine = new InviteServer('k', ground, hop(transport))
    machine.listen(ground.serverListener())
  }
  const respond = (status: number) => machine.respond(responseTo(invite, status), Buffer.from(`SIP/2.0 ${status}`))
  const isOver = () => {
    assert.deepEqual(ground.forgotten, ['k'])
    assert.equal(ground.timers.size, 0)
  }
  const moments = (status: number) =>
    ground.sent.filter(text => text.includes(String(status))).map(text => Number(text.split('@')[1]))
  const doubledUpToT2 = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]

  describe('over UDP', () => {
    beforeEach(() => start())

    it('proceeding: sends provisionals, and the last one again for each repeated INVITE', () => {
      respond(100)
      respond(180)
      machine.repeated()
      machine.repeated()
      assert.deepEqual(ground.sent, ['SIP/2.0 100 @0', 'SIP/2.0 180 @0', 'SIP/2.0 180 @0', 'SIP/2.0 180 @0'])
      ground.clock.pass(600_000)
      assert.equal(ground.sent.length, 4)
      assert.equal(machine.finalStatus, undefined)
    })

    it('while what came waits unread, sends no 200 again by itself at 0.5 and 1.5 s, but its last response for each repeated INVITE', () => {
      respond(180)
      ground.behind = true
      machine.repeated()
      respond(200)
      ground.clock.pass(4_000)
      assert.deepEqual(moments(180), [0, 0])
      assert.deepEqual(moments(200), [0, 3_500])
    })

    it('proceeding: a reliable provisional goes out again at T1, doubling without limit, and 64*T1 without a PRACK are told (RFC 3262 §3)', () => {
      respond(180)
      machine.repeatProvisional()
      ground.clock.pass(40_000)
      assert.deepEqual(moments(180), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
      assert.deepEqual(ground.told, ['unacknowledged @32000'])
      assert.equal(ground.timers.size, 0)
      respond(504)
      assert.deepEqual(moments(504), [40_000])
    })

    it('proceeding: the PRACK stops it, and so does any final response, whose own repetitions begin at T1', () => {
      respond(180)
      machine.repeatProvisional()
      ground.clock.pass(1_600)
      machine.provisionalAcknowledged()
      ground.clock.pass(40_000)
      assert.deepEqual(moments(180), [0, 500, 1_500])
      respond(182)
      machine.repeatProvisional()
      ground.clock.pass(600)
      respond(486)
      ground.clock.pass(1_600)
      assert.deepEqual(moments(182), [41_600, 42_100])
      assert.deepEqual(moments(486), [42_200, 42_700, 43_700])
    })

    it('proceeding → completed at a failure: sent again by timer G up to T2, and timer H tells that no ACK came', () => {
      respond(486)
      ground.clock.pass(32_000)
      assert.deepEqual(moments(486), doubledUpToT2)
      assert.deepEqual(ground.told, ['failed noAck @32000'])
      assert.equal(machine.finalStatus, 486)
      isOver()
    })

    it('completed: a repeated INVITE is answered with the failure', () => {
      respond(486)
      machine.repeated()
      assert.deepEqual(moments(486), [0, 0])
    })

    it('completed → confirmed at the ACK: nothing is sent, repetitions are absorbed until timer I', () => {
      respond(486)
      assert.equal(machine.ack(), false)
      ground.clock.pass(4_999)
      machine.repeated()
      assert.equal(machine.ack(), false)
      assert.deepEqual(moments(486), [0])
      assert.deepEqual(ground.forgotten, [])
      ground.clock.pass(1)
      assert.deepEqual(ground.told, [])
      isOver()
    })

    it('proceeding → accepted at a 2xx: sent again up to T2, and timer L tells that no ACK came (§13.3.1.4)', () => {
      respond(200)
      ground.clock.pass(32_000)
      assert.deepEqual(moments(200), doubledUpToT2)
      assert.deepEqual(ground.told, ['failed noAck @32000'])
      isOver()
    })

    it('accepted: the ACK is the user’s, who stops the 2xx; repeated INVITEs are absorbed until timer L', () => {
      respond(200)
      ground.clock.pass(600)
      assert.equal(machine.ack(), true)
      machine.acknowledged()
      machine.repeated()
      ground.clock.pass(31_399)
      assert.deepEqual(moments(200), [0, 500])
      assert.deepEqual(ground.forgotten, [])
      ground.clock.pass(1)
      assert.deepEqual(ground.told, [])
      isOver()
    })

    it('accepted: a further 2xx of the user goes out', () => {
      respond(200)
      assert.equal(respond(202), true)
      assert.deepEqual(ground.sent, ['SIP/2.0 200 @0', 'SIP/2.0 202 @0'])
      assert.equal(machine.finalStatus, 200)
    })

    it('proceeding: a CANCEL is told, later it is not', () => {
      const tell = () => machine.cancelled(listener => listener.cancelled?.(request({ method: 'CANCEL' })))
      tell()
      respond(487)
      tell()
      assert.deepEqual(ground.told, ['cancelled CANCEL'])
    })

    it('keeps the last provisional past 100 until the final response', () => {
      const kept = [100, 183, 200].map(status => {
        respond(status)
        return machine.lastProvisional?.status
      })
      assert.deepEqual(kept, [undefined, 183, undefined])
    })

    for (const [state, act] of [
      ['accepted', () => respond(200)],
      ['completed', () => respond(404)],
      ['confirmed', () => respond(404) && machine.ack()],
      [
        'terminated',
        () => {
          respond(404)
          machine.ack()
          ground.clock.pass(5_000)
        },
      ],
    ] as const) {
      it(`${state}: what has no arrow changes nothing`, () => {
        act()
        const { seen } = ground
        assert.equal(respond(180), false)
        assert.equal(respond(503), false)
        if (state !== 'accepted') assert.equal(respond(200), false)
        if (state !== 'accepted') machine.acknowledged()
        if (state !== 'completed') machine.repeated()
        assert.equal(ground.seen, seen)
      })
    }

    it('proceeding: an ACK changes nothing', () => {
      respond(180)
      const { seen } = ground
      assert.equal(machine.ack(), false)
      machine.acknowledged()
      assert.equal(ground.seen, seen)
    })
  })

  describe('over TCP', () => {
    beforeEach(() => start('tcp'))

    it('sends a failure once, and timer H still tells that no ACK came', () => {
      respond(486)
      ground.clock.pass(32_000)
      assert.deepEqual(moments(486), [0])
      assert.deepEqual(ground.told, ['failed noAck @32000'])
      isOver()
    })

    it('ends with the ACK for a failure, as timer I is zero', () => {
      respond(486)
      machine.ack()
      isOver()
    })

    it('sends a 2xx again all the same, as a proxy beyond may use UDP (§13.3.1.4)', () => {
      respond(200)
      ground.clock.pass(4_000)
      assert.deepEqual(moments(200), [0, 500, 1_500, 3_500])
    })

    it('tells of a final response that can not be sent, once, and stays in its state (RFC 6026 §8.8)', () => {
      respond(486)
      ground.failAll()
      assert.deepEqual(ground.told, ['failed transport @0'])
      assert.deepEqual(ground.forgotten, [])
      ground.clock.pass(32_000)
      assert.deepEqual(ground.told, ['failed transport @0'])
      isOver()
    })
  })
})
