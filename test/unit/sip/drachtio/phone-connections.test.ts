import assert from 'node:assert/strict'
import { PhoneConnections } from '../../../../src/sip/drachtio/phone-connections.js'
import { buildRequest, buildResponse } from '../../../../src/sip/message/build.js'
import type { SipRequest } from '../../../../src/sip/message/message.js'

const contact = '<sip:x1@phone.invalid;transport=ws>'
const register = (name: string, at = contact): SipRequest =>
  buildRequest({
    ...{ method: 'REGISTER', uri: 'sip:example.com', from: `<sip:${name}@example.com>;tag=f`, to: `<sip:${name}@example.com>` },
    ...{ callId: name, cseq: 1, contact: at },
  })
const at = (host: string) => ({ transport: 'ws', host, port: 4000 }) as const
const mine = at('10.0.0.7')
const others = at('10.0.0.8')

/** alice's phone has registered for a minute. `now` is in ms. */
function withAlice(): { readonly connections: PhoneConnections; readonly time: { now: number } } {
  const time = { now: 0 }
  const connections = new PhoneConnections({ monotonic: () => time.now })
  const request = register('alice')
  connections.answered(request, buildResponse(request, 200, { headers: [['Contact', `${contact};expires=60`]] }), mine)
  return { connections, time }
}

describe('the connections under which a drachtio-server reaches phones', () => {
  it('belong to the account that registered: another one may not register the same user and host', () => {
    const { connections } = withAlice()
    assert.equal(connections.isTaken(register('mallory'), others), true)
    assert.equal(connections.isTaken(register('mallory', '<sip:x1@PHONE.invalid:5999;transport=tcp>'), others), true)
    assert.equal(connections.isTaken(register('mallory', '<sip:x2@phone.invalid;transport=ws>'), others), false)
  })

  it('may be registered again by the same account from another address', () =>
    assert.equal(withAlice().connections.isTaken(register('alice'), others), false))

  it('may get another account at the same address, because a desk phone changes its user', () =>
    assert.equal(withAlice().connections.isTaken(register('mallory'), mine), false))

  it('are free when the registration has expired', () => {
    const { connections, time } = withAlice()
    time.now = 60_000
    assert.equal(connections.isTaken(register('mallory'), others), false)
  })

  it('are free when the phone has signed off', () => {
    const { connections } = withAlice()
    const request = register('alice')
    connections.answered(request, buildResponse(request, 200), mine)
    assert.equal(connections.isTaken(register('mallory'), others), false)
  })

  it('are free when the phone has signed off with this Contact and has another', () => {
    const { connections } = withAlice()
    const request = register('alice', `${contact};expires=0, <sip:x9@phone.invalid>`)
    connections.answered(
      request,
      buildResponse(request, 200, { headers: [['Contact', '<sip:x9@phone.invalid>;expires=60']] }),
      mine,
    )
    assert.equal(connections.isTaken(register('mallory'), others), false)
  })

  it('are not changed by a REGISTER over UDP', () =>
    assert.equal(withAlice().connections.isTaken(register('mallory'), { transport: 'udp', host: '10.0.0.8', port: 1 }), false))
})
