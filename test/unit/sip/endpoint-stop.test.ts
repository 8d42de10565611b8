import assert from 'node:assert/strict'
import type { SipEndpoint } from '../../../src/sip/endpoint.js'
import { Phone, sdp, sdpText, toPhone, Wire } from './dialog/wire.js'
import { Talk, us } from './dialog/talk.js'

/** Stops it, and lets its timers run. */
async function stop(endpoint: SipEndpoint, wire: Wire, ms: number): Promise<boolean> {
  let stopped = false
  const stopping = endpoint.stop().then(() => (stopped = true))
  wire.clock.pass(ms)
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
  const inTime = stopped
  wire.clock.pass(5_000)
  await stopping
  return inTime
}

describe('an endpoint that is stopped', () => {
  it('hangs up, and waits for the answer to its BYE', async () => {
    const talk = Talk.inbound()
    const stopping = talk.endpoint.stop()
    talk.pass(3)
    talk.phone.answer(talk.phone.request('BYE'), 200, '')
    await stopping
    assert.deepEqual(talk.told, ['hungUpByUs'])
    assert.equal(talk.wire.clock.size, 0)
  })

  it('cancels ringing phones, and refuses waiting calls with 503', async () => {
    const wire = new Wire()
    const endpoint = wire.site(us)
    const phone = new Phone(wire, '192.0.2.2')
    endpoint.onInvite(invite => invite.progress(180))
    phone.ask('INVITE', us, { from: '<sip:c@x>;tag=c', to: '<sip:s@x>', callId: 'c1' }, { body: sdpText('carol') })
    endpoint.invite({ ...toPhone(), body: sdp('us') }, { answered: () => undefined, refused: () => undefined })
    wire.clock.pass(3)
    const ours = phone.request('INVITE')
    phone.answer(ours, 180, 'a')
    const stopping = endpoint.stop()
    wire.clock.pass(3)
    assert.equal(phone.response(503).headers.first('Call-ID'), 'c1')
    phone.answer(phone.request('CANCEL'), 200, 'a')
    phone.answer(ours, 487, 'a')
    await stopping
    assert.equal(endpoint.openLegs, 0)
  })

  it('accepts no new call', async () => {
    const talk = Talk.inbound()
    const stopping = talk.endpoint.stop()
    talk.phone.ask('INVITE', us, { from: '<sip:c@x>;tag=c', to: '<sip:s@x>', callId: 'c2' })
    assert.equal(talk.phone.response(503).headers.first('Call-ID'), 'c2')
    talk.phone.answer(talk.phone.request('BYE'), 200, '')
    await stopping
  })

  it('refuses new calls with 503 and is silent in dialogs that it released, so that the next process answers', async () => {
    const talk = Talk.inbound()
    const rings = talk.endpoint.invite({ ...toPhone(), body: sdp('us') }, { answered: () => undefined, refused: () => undefined })
    talk.endpoint.handOver([['Retry-After', '30']])
    talk.session.letGo()
    talk.phone.heard()
    talk.phone.ask('BYE', us, talk.dialogue, { cseq: 11 })
    talk.phone.ask('CANCEL', us, { from: '<sip:c@x>;tag=c', to: '<sip:s@x>', callId: 'c3' })
    talk.phone.ask('INVITE', us, { from: '<sip:c@x>;tag=c', to: '<sip:s@x>', callId: 'c2' })
    talk.phone.ask('OPTIONS', us, { from: '<sip:c@x>;tag=c', to: '<sip:s@x>', callId: 'c4' })
    talk.pass(3)
    // A PBX that asks by OPTIONS gets what its INVITE would get (§11.2).
    assert.deepEqual(
      talk.phone.heard().filter(line => /^[1-6]/.test(line)),
      ['100 INVITE', '503 INVITE', '503 OPTIONS'],
    )
    assert.equal(talk.phone.response(503).headers.first('Retry-After'), '30')
    rings.cancel()
    await stop(talk.endpoint, talk.wire, 0)
  })

  it('is silent to new calls, too, if the next process answers them at once', async () => {
    const talk = Talk.inbound()
    talk.endpoint.handOver('silent')
    talk.session.letGo()
    talk.phone.heard()
    talk.phone.ask('BYE', us, talk.dialogue, { cseq: 11 })
    talk.phone.ask('INVITE', us, { from: '<sip:c@x>;tag=c', to: '<sip:s@x>', callId: 'c2' })
    talk.phone.ask('OPTIONS', us, { from: '<sip:c@x>;tag=c', to: '<sip:s@x>', callId: 'c4' })
    talk.pass(3)
    assert.deepEqual(talk.phone.heard(), ['503 OPTIONS'])
    await stop(talk.endpoint, talk.wire, 0)
  })

  it('does not wait for a phone that rings if the next process stops it', async () => {
    const wire = new Wire()
    const endpoint = wire.site(us)
    const phone = new Phone(wire, '192.0.2.2')
    endpoint.invite({ ...toPhone(), body: sdp('us') }, { answered: () => undefined, refused: () => undefined })
    wire.clock.pass(3)
    phone.answer(phone.request('INVITE'), 180, 'x')
    endpoint.handOver('silent')
    assert.equal(await stop(endpoint, wire, 110), true)
    assert.equal(phone.heard().at(-1), 'CANCEL')
  })

  it('does not wait forever for silent peers', async () => {
    const talk = Talk.outbound()
    assert.equal(await stop(talk.endpoint, talk.wire, 1_900), false)
    assert.equal(talk.wire.clock.size, 0)
  })

  it('stops at once when nothing is left', async () => {
    const wire = new Wire()
    assert.equal(await stop(wire.site(us), wire, 0), true)
  })
})
