import assert from 'node:assert/strict'
import { NonInviteClient } from '../../../../src/sip/transaction/non-invite-client.js'
import type { TransportName } from '../../../../src/sip/transport/transport.js'
import { FakeGround, hop } from './ground.js'
import { request, responseTo } from './messages.js'

const bye = request({ method: 'BYE' })
const answer = (status: number) => responseTo(bye, status)

describe('non-INVITE client transaction (RFC 3261 figure 6)', () => {
  let ground: FakeGround
  let machine: NonInviteClient

  const start = (transport: TransportName = 'udp') => {
    ground = new FakeGround()
    machine = new NonInviteClient('k', ground, hop(transport), ground.clientListener())
    machine.start(Buffer.from('BYE'))
  }
  const isOver = () => {
    assert.deepEqual(ground.forgotten, ['k'])
    assert.equal(ground.timers.size, 0)
  }
  const moments = () => ground.sent.map(text => Number(text.split('@')[1]))

  describe('over UDP', () => {
    beforeEach(() => start())

    it('sends the request again at T1, doubling up to T2, until timer F ends it after 64*T1', () => {
      ground.clock.pass(33_000)
      assert.deepEqual(moments(), [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
      assert.deepEqual(ground.told, ['failed timeout @32000'])
      isOver()
    })

    it('sends nothing again at 0.5 and 1.5 s while what came waits unread', () => {
      ground.behind = true
      ground.clock.pass(1_400)
      ground.behind = false
      ground.clock.pass(2_200)
      assert.deepEqual(moments(), [0, 1_500, 3_500])
    })

    it('trying: a transport fault ends it', () => {
      ground.failAll()
      assert.deepEqual(ground.told, ['failed transport @0'])
      isOver()
    })

    it('proceeding: sends again each T2 only, and timer F runs on from the start', () => {
      machine.receive(answer(100))
      ground.clock.pass(33_000)
      assert.deepEqual(moments(), [0, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500])
      assert.deepEqual(ground.told, ['provisional 100', 'failed timeout @32000'])
      isOver()
    })

    it('proceeding: a transport fault ends it', () => {
      machine.receive(answer(100))
      ground.failAll()
      assert.deepEqual(ground.told, ['provisional 100', 'failed transport @0'])
    })

    for (const [from, before] of [
      ['trying', []],
      ['proceeding', [100]],
    ] as const) {
      it(`${from} → completed at a final response: told once, repetitions absorbed until timer K`, () => {
        for (const status of before) machine.receive(answer(status))
        machine.receive(answer(200))
        ground.clock.pass(4_999)
        machine.receive(answer(200))
        assert.deepEqual(ground.told.slice(before.length), ['final 200'])
        assert.equal(ground.again.came, 1)
        assert.equal(ground.sent.length, 1)
        assert.deepEqual(ground.forgotten, [])
        ground.clock.pass(1)
        isOver()
      })
    }

    for (const [state, act] of [
      ['completed', () => machine.receive(answer(404))],
      ['terminated', () => ground.failAll()],
    ] as const) {
      it(`${state}: what has no arrow changes nothing`, () => {
        act()
        const { seen } = ground
        for (const status of [100, 200, 500]) machine.receive(answer(status))
        machine.transportFailed()
        assert.equal(ground.seen, seen)
      })
    }
  })

  describe('over TCP', () => {
    beforeEach(() => start('tcp'))

    it('never sends again, and still ends by timer F', () => {
      ground.clock.pass(32_000)
      assert.deepEqual(ground.sent, ['BYE @0'])
      assert.deepEqual(ground.told, ['failed timeout @32000'])
    })

    it('ends with its final response, as timer K is zero', () => {
      machine.receive(answer(200))
      assert.deepEqual(ground.told, ['final 200'])
      isOver()
    })
  })
})
