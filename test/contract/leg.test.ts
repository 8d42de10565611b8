import assert from 'node:assert/strict'
import type { InboundCall } from '../../src/legs/answering.js'
import type { Body } from '../../src/legs/body.js'
import type { OutboundCall, OutboundCallListener } from '../../src/legs/invitation.js'
import type { AnsweredLeg, Leg, LegListener } from '../../src/legs/leg.js'
import type { RenegotiationOutcome } from '../../src/legs/renegotiation.js'
import { behindDrachtio } from '../fakes/behind-drachtio.js'
import { sdp } from '../fakes/signaling.js'
import { embedded, EnginePeer, FakePeer, type Peer } from './peers.js'

/** The engines behind the port. Each must keep the whole contract of src/legs/. */
const engines: Readonly<Record<string, () => Peer>> = {
  embedded: () => new EnginePeer(embedded),
  drachtio: () => new EnginePeer(behindDrachtio),
  fake: () => new FakePeer(),
}

const keys: Body = { type: 'application/dtmf-relay', text: 'Signal=5' }

for (const [engine, make] of Object.entries(engines)) {
  describe(`the contract of a leg: ${engine}`, () => {
    let peer: Peer
    let target: string
    let told: string[]
    let heard: () => void
    beforeEach(async () => {
      peer = make()
      told = []
      heard = () => undefined
      target = await peer.start()
    })
    afterEach(() => peer.stop())

    const tell = (what: string): void => {
      told.push(what)
      heard()
    }

    /** Waits until this much was reported. */
    async function untilTold(count: number): Promise<void> {
      while (told.length < count) await new Promise<void>(resolve => (heard = resolve))
    }

    const listen = (leg: Leg, more: Partial<LegListener> = {}): void =>
      leg.listen({
        ended: end => tell(end.kind),
        confirmed: answer => tell(answer ? 'confirmed with SDP' : 'confirmed'),
        ...more,
      })

    const renegotiate = (leg: Leg, body?: Body): Promise<RenegotiationOutcome> =>
      new Promise(resolve => leg.renegotiate(body, resolve))

    /** The peer called. Our 200 is sent, and not yet acknowledged. */
    async function answered(): Promise<Leg> {
      const inbound = await peer.call(sdp('caller'))
      const leg = inbound.answer(sdp('us'))
      listen(leg)
      assert.deepEqual(await peer.final(), { status: 200, body: sdp('us') })
      return leg
    }

    async function talking(more: Partial<LegListener> = {}): Promise<Leg> {
      const leg = await answered()
      peer.ack()
      await untilTold(1)
      listen(leg, more)
      told = []
      return leg
    }

    function invite(more: Partial<OutboundCallListener> = {}): OutboundCall {
      return peer.ours.invite(
        { uri: target },
        { from: { uri: 'sip:us@example.com' }, headers: [], body: sdp('us') },
        {
          ringing: status => tell(`ringing ${status}`),
          answered: () => tell('answered'),
          refused: ({ status }) => tell(`refused ${status}`),
          ...more,
        },
      )
    }

    describe('an INVITE from the peer', () => {
      it('brings the caller’s SDP', async () => {
        const { invite } = await peer.call(sdp('caller'))
        assert.deepEqual(invite.body?.text, sdp('caller').text)
        peer.cancel()
      })

      it('is answered with our SDP, and the ACK is reported', async () => {
        const leg = await answered()
        peer.ack()
        await untilTold(1)
        assert.deepEqual(told, ['confirmed'])
        leg.hangUp()
      })

      it('without an offer gets ours in the 200, and the ACK brings the answer', async () => {
        const inbound = await peer.call()
        const leg = inbound.answer(sdp('us'))
        listen(leg)
        await peer.final()
        peer.ack(sdp('caller'))
        await untilTold(1)
        assert.deepEqual(told, ['confirmed with SDP'])
        leg.hangUp()
      })

      it('is refused once', async () => {
        const inbound = await peer.call(sdp('caller'))
        inbound.reject(486)
        inbound.reject(603)
        assert.deepEqual((await peer.final()).status, 486)
        assert.equal(inbound.state(), undefined)
      })

      /** The caller leaves before our answer. */
      async function left(): Promise<InboundCall> {
        const inbound = await peer.call(sdp('caller'))
        inbound.listen({ cancelled: () => tell('cancelled') })
        peer.cancel()
        await untilTold(1)
        return inbound
      }

      it('reports that the caller left', async () => {
        const inbound = await left()
        inbound.reject(480)
        assert.deepEqual([told, inbound.state()], [['cancelled'], undefined])
      })

      it('that is answered too late gives a leg that is over', async () => {
        const inbound = await left()
        const leg = inbound.answer(sdp('us'))
        listen(leg)
        assert.deepEqual(told, ['cancelled', 'hungUpByUs'])
        leg.hangUp()
        assert.deepEqual(await renegotiate(leg, sdp('hold')), { kind: 'rejected', status: 481, headers: [] })
      })

      it('can be restored after a restart until it has its final response', async () => {
        const inbound = await peer.call(sdp('caller'))
        assert.ok(inbound.state())
        const leg = inbound.answer(sdp('us'))
        assert.equal(inbound.state(), undefined)
        await peer.final()
        peer.ack()
        leg.hangUp()
      })
    })

    describe('an INVITE to the peer', () => {
      it('reports ringing, and the answer with the peer’s SDP', async () => {
        const legs: AnsweredLeg[] = []
        invite({
          answered: leg => {
            legs.push(leg)
            tell('answered')
          },
        })
        await peer.invited()
        peer.ring()
        await untilTold(1)
        peer.answer(sdp('agent'))
        await untilTold(2)
        assert.deepEqual(told, ['ringing 180', 'answered'])
        const [leg] = legs
        assert.deepEqual(leg?.body?.text, sdp('agent').text)
        leg?.acknowledge()
        await peer.acknowledged()
        leg?.hangUp()
        await peer.hungUp()
      })

      it('reports a refusal with its status, and is over', async () => {
        const outbound = invite()
        await peer.invited()
        peer.refuse(486)
        await untilTold(1)
        outbound.cancel()
        assert.deepEqual(told, ['refused 486'])
      })

      it('reports nothing after it was cancelled', async () => {
        const outbound = invite()
        await peer.invited()
        peer.ring()
        await untilTold(1)
        outbound.cancel()
        await peer.hungUp()
        peer.refuse(486)
        assert.deepEqual(told, ['ringing 180'])
      })
    })

    describe('the end of a leg', () => {
      it('is reported once when the peer hangs up', async () => {
        const leg = await talking()
        peer.hangUp()
        await untilTold(1)
        leg.hangUp()
        assert.deepEqual(told, ['hungUp'])
      })

      it('is reported once when we hang up', async () => {
        const leg = await talking()
        leg.hangUp()
        leg.hangUp()
        await peer.hungUp()
        assert.deepEqual(told, ['hungUpByUs'])
      })

      it('is reported to a later listener if nobody was told before', async () => {
        const leg = (await peer.call(sdp('caller'))).answer(sdp('us'))
        await peer.final()
        peer.ack()
        leg.hangUp()
        await peer.hungUp()
        listen(leg)
        listen(leg)
        await untilTold(1)
        assert.deepEqual(told, ['hungUpByUs'])
      })

      it('waits for the ACK when we hang up before it (RFC 3261 §15), and that ACK is not reported', async () => {
        const leg = await answered()
        leg.hangUp()
        assert.deepEqual(told, [])
        peer.ack()
        await untilTold(1)
        assert.deepEqual(told, ['hungUpByUs'])
      })

      it('makes a re-INVITE and an INFO fail with 481', async () => {
        const leg = await talking()
        leg.hangUp()
        assert.deepEqual(await renegotiate(leg, sdp('hold')), { kind: 'rejected', status: 481, headers: [] })
        assert.equal(await new Promise(resolve => leg.info(keys, [], resolve)), 481)
      })

      it('ends our pending re-INVITE, whose outcome is not reported', async () => {
        const leg = await talking()
        leg.renegotiate(sdp('hold'), () => tell('outcome'))
        await peer.asked()
        leg.hangUp()
        await peer.hungUp()
        assert.deepEqual(told, ['hungUpByUs'])
      })
    })

    describe('a re-INVITE to the peer', () => {
      it('is accepted with the peer’s SDP, and our ACK reaches the peer', async () => {
        const leg = await talking()
        const outcome = renegotiate(leg, sdp('hold'))
        const asked = await peer.asked()
        assert.deepEqual(asked.body?.text, sdp('hold').text)
        const acknowledged = asked.accept(sdp('held'))
        const settled = await outcome
        assert.ok(settled.kind === 'accepted')
        assert.deepEqual(settled.body?.text, sdp('held').text)
        settled.acknowledge()
        assert.equal(await acknowledged, undefined)
        leg.hangUp()
      })

      it('without an offer brings the peer’s, and our answer goes with the ACK', async () => {
        const leg = await talking()
        const outcome = renegotiate(leg)
        const acknowledged = (await peer.asked()).accept(sdp('theirs'))
        const settled = await outcome
        assert.ok(settled.kind === 'accepted')
        settled.acknowledge(sdp('ours'))
        assert.deepEqual((await acknowledged)?.text, sdp('ours').text)
        leg.hangUp()
      })

      it('is refused with the peer’s status, and the next one may follow', async () => {
        const leg = await talking()
        const outcome = renegotiate(leg, sdp('hold'))
        ;(await peer.asked()).reject(488)
        const settled = await outcome
        assert.deepEqual([settled.kind, 'status' in settled && settled.status], ['rejected', 488])
        leg.renegotiate(sdp('hold'), () => undefined)
        await peer.asked()
        leg.hangUp()
      })

      it('gets 491 while another is pending, and before the ACK of the INVITE', async () => {
        const leg = await answered()
        assert.deepEqual(await renegotiate(leg, sdp('hold')), { kind: 'rejected', status: 491, headers: [] })
        peer.ack()
        await untilTold(1)
        leg.renegotiate(sdp('hold'), () => undefined)
        assert.deepEqual(await renegotiate(leg, sdp('hold')), { kind: 'rejected', status: 491, headers: [] })
        await peer.asked()
        leg.hangUp()
      })
    })

    describe('a request from the peer', () => {
      it('is answered by the listener', async () => {
        const leg = await talking({
          renegotiation: request => request.accept(sdp('held'), () => undefined),
          info: request => request.respond(415),
        })
        const { status, body } = await peer.reinvite(sdp('hold'))
        assert.deepEqual([status, body?.text], [200, sdp('held').text])
        assert.equal(await peer.inform(keys), 415)
        leg.hangUp()
      })

      it('is refused by the listener', async () => {
        const leg = await talking({ renegotiation: request => request.reject(491) })
        assert.equal((await peer.reinvite(sdp('hold'))).status, 491)
        leg.hangUp()
      })

      it('has a valid default response: 488 to a re-INVITE, 200 to an INFO', async () => {
        const leg = await talking()
        assert.equal((await peer.reinvite(sdp('hold'))).status, 488)
        assert.equal(await peer.inform(keys), 200)
        leg.hangUp()
      })

      it('goes to the latest listener', async () => {
        const leg = await talking({ renegotiation: request => request.reject(603) })
        listen(leg, { renegotiation: request => request.reject(606) })
        assert.equal((await peer.reinvite(sdp('hold'))).status, 606)
        leg.hangUp()
      })
    })
  })
}
