import assert from 'node:assert/strict'
import type { Origin } from '../../../../src/legs/answering.js'
import type { ServerInvite } from '../../../../src/sip/dialog/invite-server.js'
import type { Gatekeeper } from '../../../../src/sip/gate.js'
import { topVia } from '../../../../src/sip/message/fields.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import type { Hop, LocalAddress, MessageReceiver } from '../../../../src/sip/transport/transport.js'
import { Wire } from './wire.js'

const us = '192.0.2.1'
const pbx = '192.0.2.2'
/** Not a trusted peer. */
const nat = '198.51.100.7'

/** Admits every caller. */
const open: Gatekeeper = {
  open: true,
  onRequest: () => undefined,
  knows: () => true,
  answersChallenge: () => false,
  judge: () => ({ kind: 'admitted' }),
  payer: account => ({ kind: 'agent', account }),
  reaches: () => false,
  proves: () => ({ kind: 'admitted' }),
  connectionClosed: () => undefined,
}

describe('the peer to which an INVITE belongs', () => {
  const receivers: MessageReceiver[] = []
  const invites: ServerInvite[] = []
  let calls = 0

  beforeEach(() => {
    receivers.length = 0
    const local = (): LocalAddress => ({ transport: 'tcp', host: us, port: 5060 })
    const endpoint = new Wire().site(us, {
      network: {
        transport: {
          start: receiver => Promise.resolve([String(receivers.push(receiver))]),
          stop: () => Promise.resolve(),
          ...{ local, localTowards: local },
          locate: () => undefined,
          send: () => undefined,
          streamTo: () => undefined,
          avoid: () => undefined,
        },
      },
    })
    endpoint.guard(open)
    endpoint.onInvite(invite => invites.push(invite))
  })

  function peerOf(source: Hop, user = 'alice'): Pick<Origin, 'peer' | 'severalWays'> {
    calls += 1
    const lines = [
      'INVITE sip:support@example.com SIP/2.0',
      `Via: SIP/2.0/TCP ${source.host}:${source.port};branch=z9hG4bKpeer${calls}`,
      `From: <sip:${user}@example.com>;tag=${calls}`,
      'To: <sip:support@example.com>',
      `Call-ID: peer${calls}`,
      'CSeq: 1 INVITE',
      `Contact: <sip:${user}@${source.host}>`,
      'Content-Length: 0',
    ]
    const parsed = parseMessage(Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'), 'datagram')
    const request = parsed.kind === 'message' && parsed.message.kind === 'request' ? parsed.message : assert.fail('unreadable')
    receivers[0]?.onRequest(request, topVia(request.headers) ?? assert.fail('no Via'), source)
    return invites.at(-1)?.origin ?? assert.fail('the INVITE was not accepted')
  }
  const by = (transport: Hop['transport'], host: string, connection: number): Hop => ({
    ...{ transport, host, connection },
    port: 40_000 + connection,
  })

  for (const transport of ['tcp', 'tls'] as const) {
    it(`over ${transport}: two phones behind one NAT are two peers`, () => {
      const one = peerOf(by(transport, nat, 1))
      assert.notEqual(one.peer, peerOf(by(transport, nat, 2)).peer)
      assert.equal(one.peer, peerOf(by(transport, nat, 1)).peer)
      assert.equal(one.severalWays, undefined)
    })

    it(`over ${transport}: two accounts on one connection are two peers`, () => {
      assert.notEqual(peerOf(by(transport, nat, 1)).peer, peerOf(by(transport, nat, 1), 'mallory').peer)
    })

    it(`over ${transport}: the connections of a trusted peer are one peer`, () => {
      const one = peerOf(by(transport, pbx, 1))
      assert.equal(one.peer, peerOf(by(transport, pbx, 2), 'bob').peer)
      assert.equal(one.severalWays, true)
    })
  }
})
