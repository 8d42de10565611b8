import assert from 'node:assert/strict'
import { InviteClient } from '../../../../src/sip/transaction/invite-client.js'
import type { TransportName } from '../../../../src/sip/transport/transport.js'
import { FakeGround, hop } from './ground.js'
import { request, responseTo } from './messages.js'

const invite = request({ method: 'INVITE' })
const answer = (status: number) => responseTo(invite, status)

describe('INVITE client transaction (RFC 3261 figure 5, RFC 6026)', () => {
  let ground: FakeGround
  let machine: InviteClient

  const start = (transport: TransportName = 'udp') => {
    ground = new FakeGround()
    machine = new InviteClient('k', ground, hop(transport), invite, ground.clientListener())
    machine.start(Buffer.from('INVITE'))
  }
  const isOver = () => {
    assert.deepEqual(ground.forgotten, ['k'])
    assert.equal(ground.timers.size, 0)
  }

  describe('over UDP', () => {
    beforeEach(() => start())

    it('sends the INVITE again at T1, doubling, until timer B ends it after 64*T1', () => {
      ground.clock.pass(31_900)
      assert.deepEqual(
        ground.sent.map(text => Number(text.split('@')[1])),
        [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500],
      )
      assert.deepEqual(ground.told, [])
      ground.clock.pass(200)
      assert.deepEqual(ground.told, ['failed timeout @32000'])
      assert.equal(ground.again.sent, 6)
      isOver()
    })

    it('sends nothing again at 0.5 and 1.5 s while what came waits unread, and goes on at 3.5 s all the same', () => {
      ground.behind = true
      ground.clock.pass(31_900)
      assert.deepEqual(
        ground.sent.map(text => Number(text.split('@')[1])),
        [0, 3_500, 7_500, 15_500, 31_500],
      )
      assert.equal(ground.again.sent, 4)
    })

    it('calling: a transport fault ends it', () => {
      ground.failAll()
      assert.deepEqual(ground.told, ['failed transport @0'])
      isOver()
    })

    it('calling → proceeding at a provisional, after which nothing is sent and no time runs', () => {
      machine.receive(answer(100))
      ground.clock.pass(600_000)
      assert.equal(ground.sent.length, 1)
      assert.deepEqual(ground.told, ['provisional 100'])
    })

    it('proceeding: passes each provisional up, and a late transport fault changes nothing', () => {
      for (const status of [100, 180, 183]) machine.receive(answer(status))
      ground.failAll()
      assert.deepEqual(ground.told, ['provisional 100', 'provisional 180', 'provisional 183'])
      assert.deepEqual(ground.forgotten, [])
    })

    it('proceeding: 64*T1 after our CANCEL without a final response it ends (§9.1)', () => {
      machine.receive(answer(180))
      ground.clock.pass(60_000)
      machine.cancelSent()
      ground.clock.pass(31_999)
      assert.deepEqual(ground.told, ['provisional 180'])
      ground.clock.pass(1)
      assert.deepEqual(ground.told, ['provisional 180', 'failed timeout @92000'])
      isOver()
    })

    for (const [from, before] of [
      ['calling', []],
      ['proceeding', [180]],
    ] as const) {
      it(`${from} → completed at a failure: ACKed, told once, its repetitions ACKed until timer D`, () => {
        for (const status of before) machine.receive(answer(status))
        machine.receive(answer(486))
        ground.clock.pass(1_000)
        machine.receive(answer(486))
        assert.deepEqual(ground.sent.slice(1), ['ACK @0', 'ACK @1000'])
        assert.deepEqual(ground.told.slice(before.length), ['final 486'])
        ground.clock.pass(30_999)
        assert.deepEqual(ground.forgotten, [])
        ground.clock.pass(1)
        isOver()
      })

      it(`${from} → accepted at a 2xx: each 2xx is passed up until timer M, nothing is sent`, () => {
        for (const status of before) machine.receive(answer(status))
        machine.receive(answer(200))
        ground.clock.pass(31_000)
        machine.receive(answer(200))
        assert.equal(ground.sent.length, 1)
        assert.deepEqual(ground.told.slice(before.length), ['final 200', 'final 200'])
        ground.clock.pass(1_000)
        isOver()
        machine.receive(answer(200))
        assert.equal(ground.told.length, before.length + 2)
      })
    }

    it('completed: an ACK that can not be sent ends it, silently as the failure was told', () => {
      machine.receive(answer(404))
      ground.failAll()
      assert.deepEqual(ground.told, ['final 404'])
      isOver()
    })

    it('builds the ACK for a failure by §17.1.1.3: the INVITE’s Via, URI and CSeq number, the To of the response', () => {
      const texts: string[] = []
      ground.send = bytes => void texts.push(bytes.toString())
      machine.receive(answer(486))
      const [ack = ''] = texts
      assert.match(ack, /^ACK sip:bob@192\.0\.2\.9 SIP\/2\.0\r\n/)
      assert.match(ack, /Via: .*;branch=z9hG4bKabc/)
      assert.match(ack, /To: .*;tag=to1/)
      assert.match(ack, /CSeq: 1 ACK/)
    })

    for (const [state, before, illegal] of [
      ['completed', [486], [100, 180, 200]],
      ['accepted', [200], [100, 180, 486]],
      ['terminated', [], [100, 200, 486]],
    ] as const) {
      it(`${state}: what has no arrow changes nothing`, () => {
        for (const status of before) machine.receive(answer(status))
        if (state === 'terminated') ground.failAll()
        const { seen } = ground
        for (const status of illegal) machine.receive(answer(status))
        machine.cancelSent()
        if (state !== 'completed') machine.transportFailed()
        assert.equal(ground.seen, seen)
      })
    }
  })

  describe('over TCP', () => {
    beforeEach(() => start('tcp'))

    it('never sends the INVITE again, and still ends by timer B', () => {
      ground.clock.pass(32_000)
      assert.deepEqual(ground.sent, ['INVITE @0'])
      assert.deepEqual(ground.told, ['failed timeout @32000'])
      isOver()
    })

    it('ends at once after the ACK for a failure, as timer D is zero', () => {
      machine.receive(answer(486))
      assert.deepEqual(ground.sent, ['INVITE @0', 'ACK @0'])
      assert.deepEqual(ground.told, ['final 486'])
      isOver()
    })

    it('still waits for further 2xx until timer M', () => {
      machine.receive(answer(200))
      ground.clock.pass(31_999)
      assert.deepEqual(ground.forgotten, [])
      ground.clock.pass(1)
      isOver()
    })
  })
})
