import assert from 'node:assert/strict'
import { Phone, sdpText, Wire, talkTo } from './dialog/wire.js'
import { memoryInUse } from '../../fakes/memory.js'

const us = '192.0.2.1'
const calls = 200
const bodyBytes = 50_000

describe('a refused INVITE without an ACK', () => {
  it('keeps the response for 32 s, but not the request, which may be long', () => {
    const wire = new Wire()
    const endpoint = wire.site(us)
    const phone = new Phone(wire, '192.0.2.2')
    endpoint.onInvite(invite => invite.reject(486))
    const ask = (name: string): void => {
      const between = { from: '<sip:caller@192.0.2.2>;tag=a', to: '<sip:support@example.com>', callId: name }
      phone.ask('INVITE', us, between, { cseq: 1, body: sdpText('x'.repeat(bodyBytes)) })
    }
    ask('first')
    const before = memoryInUse()
    for (let call = 0; call < calls; call += 1) ask(`call-${call}`)
    phone.got.length = 0
    const kept = memoryInUse() - before
    assert.equal(endpoint.transactions, calls + 1)
    assert(kept < (calls * bodyBytes) / 4, `${kept} bytes are kept for ${calls} calls`)
    wire.clock.pass(40_000)
    assert.equal(endpoint.transactions, 0)
  })

  it('keeps no more of a re-INVITE', () => {
    const wire = new Wire()
    const endpoint = wire.site(us)
    const phone = new Phone(wire, '192.0.2.2')
    const dialogue = talkTo(endpoint, phone, {
      answered: leg => leg.listen({ renegotiation: reinvite => reinvite.reject(488), ended: () => undefined }),
    })
    wire.clock.pass(40_000)
    const ask = (cseq: number): void => phone.ask('INVITE', us, dialogue, { cseq, body: sdpText('x'.repeat(bodyBytes)) })
    ask(1)
    const before = memoryInUse()
    for (let cseq = 2; cseq < calls + 2; cseq += 1) ask(cseq)
    phone.got.length = 0
    const kept = memoryInUse() - before
    assert.equal(endpoint.transactions, calls + 1)
    assert(kept < (calls * bodyBytes) / 4, `${kept} bytes are kept for ${calls} re-INVITEs`)
  })
})
