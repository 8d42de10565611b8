import assert from 'node:assert/strict'
import { NonInviteServer } from '../../../../src/sip/transaction/non-invite-server.js'
import type { TransportName } from '../../../../src/sip/transport/transport.js'
import { FakeGround, hop } from './ground.js'
import { request, responseTo } from './messages.js'

const bye = request({ method: 'BYE' })

describe('non-INVITE server transaction (RFC 3261 figure 8)', () => {
  let ground: FakeGround
  let machine: NonInviteServer

  const start = (transport: TransportName = 'udp') => {
    ground = new FakeGround()
    machine = new NonInviteServer('k', ground, hop(transport))
    machine.listen(ground.serverListener())
  }
  const respond = (status: number) => machine.respond(responseTo(bye, status), Buffer.from(`SIP/2.0 ${status}`))
  const isOver = () => {
    assert.deepEqual(ground.forgotten, ['k'])
    assert.equal(ground.timers.size, 0)
  }

  describe('over UDP', () => {
    beforeEach(() => start())

    it('trying: a repeated request is absorbed', () => {
      machine.repeated()
      assert.deepEqual(ground.sent, [])
      assert.equal(ground.again.came, 1)
    })

    it('trying → proceeding at a provisional, which is sent again for each repeated request', () => {
      respond(100)
      machine.repeated()
      assert.deepEqual(ground.sent, ['SIP/2.0 100 @0', 'SIP/2.0 100 @0'])
    })

    it('proceeding: further provisionals go out', () => {
      respond(100)
      respond(183)
      machine.repeated()
      assert.deepEqual(ground.sent, ['SIP/2.0 100 @0', 'SIP/2.0 183 @0', 'SIP/2.0 183 @0'])
    })

    for (const [from, before] of [
      ['trying', []],
      ['proceeding', [100]],
    ] as const) {
      it(`${from} → completed at a final response, sent again for each repeated request until timer J`, () => {
        for (const status of before) respond(status)
        respond(200)
        assert.equal(machine.finalStatus, 200)
        ground.clock.pass(31_999)
        machine.repeated()
        assert.deepEqual(ground.sent.slice(before.length), ['SIP/2.0 200 @0', 'SIP/2.0 200 @31999'])
        assert.deepEqual(ground.forgotten, [])
        ground.clock.pass(1)
        assert.deepEqual(ground.told, [])
        isOver()
      })
    }

    for (const [state, wait] of [
      ['completed', 0],
      ['terminated', 32_000],
    ] as const) {
      it(`${state}: a further response is dropped`, () => {
        respond(200)
        ground.clock.pass(wait)
        const { seen } = ground
        for (const status of [100, 200, 500]) assert.equal(respond(status), false)
        assert.equal(ground.seen, seen)
      })
    }
  })

  describe('over TCP', () => {
    beforeEach(() => start('tcp'))

    it('ends with its final response, as timer J is zero', () => {
      respond(200)
      isOver()
    })

    it('tells of a final response that can not be sent', () => {
      respond(200)
      ground.failAll()
      assert.deepEqual(ground.told, ['failed transport @0'])
    })
  })
})
