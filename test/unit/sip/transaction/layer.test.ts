import assert from 'node:assert/strict'
import { buildResponse } from '../../../../src/sip/message/build.js'
import { topVia } from '../../../../src/sip/message/fields.js'
import type { SipMessage, SipResponse } from '../../../../src/sip/message/message.js'
import type { Via } from '../../../../src/sip/message/via.js'
import type { ClientTransactionListener, ServerTransaction } from '../../../../src/sip/transaction/user.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { request, requestText as textOf, responseTo, type RequestText } from './messages.js'
import { Network, type Host } from './pair.js'

const us = '192.0.2.9'
const peer = '192.0.2.1'

describe('transaction layer', () => {
  let network: Network
  let alice: Host
  let bob: Host
  let told: string[]
  let finals: SipResponse[]

  const listener: ClientTransactionListener = {
    provisional: response => void told.push(String(response.status)),
    final: response => {
      told.push(String(response.status))
      finals.push(response)
    },
    failed: why => void told.push(why),
  }
  const outgoing = (options: RequestText = {}) => request({ ...options, via: '' })
  const call = (target = `sip:bob@${us}`) => alice.layer.request(outgoing({ method: 'INVITE' }), target, listener)
  const answerWith = (status: number) => (transaction: ServerTransaction) =>
    transaction.respond(buildResponse(transaction.request, status, { toTag: 'bob' }))
  const settle = () => network.clock.pass(64 * 500 + 5_000 + 100)

  beforeEach(() => {
    network = new Network()
    alice = network.host(peer)
    bob = network.host(us)
    told = []
    finals = []
  })

  afterEach('nothing lingers past 64*T1 + T4', () => {
    network.clock.pass(1_000)
    for (const { user } of [alice, bob]) {
      for (const transaction of user.requests) {
        if (transaction.finalStatus === undefined) transaction.respond(buildResponse(transaction.request, 500, { toTag: 'x' }))
      }
    }
    settle()
    settle()
    assert.deepEqual([alice.layer.size, bob.layer.size, network.clock.size], [0, 0, 0])
  })

  describe('serving requests', () => {
    it('answers an INVITE with 100 at once, before the user is told', () => {
      bob.user.answer = () => assert.deepEqual(bob.lines, ['100'])
      call()
      network.clock.pass(10)
      assert.equal(bob.user.requests.length, 1)
      assert.deepEqual(told, ['100'])
    })

    it('reports a repeated request once', () => {
      network.fate = () => [1, 2, 3]
      bob.user.answer = answerWith(200)
      alice.layer.request(outgoing(), `sip:${us}`, listener)
      network.clock.pass(100)
      assert.equal(bob.user.requests.length, 1)
      assert.deepEqual(told, ['200'])
      assert.equal(bob.counters.retransmissions.get('in'), 2)
    })

    it('passes the ACK for a 2xx to the user, and keeps the ACK for a failure', () => {
      bob.user.answer = answerWith(486)
      call()
      network.clock.pass(100)
      assert.deepEqual([alice.lines, bob.user.acks.length], [['INVITE', 'ACK'], 0])
      const ack = outgoing({ method: 'ACK', toTag: 'bob', callId: 'other' })
      alice.layer.sendAck(ack, `sip:${us}`)
      network.clock.pass(100)
      assert.equal(bob.user.acks.length, 1)
    })

    it('repeats a 2xx until the user says that it was acknowledged', () => {
      bob.user.answer = answerWith(200)
      call()
      network.clock.pass(600)
      assert.deepEqual(told, ['100', '200', '200'])
      bob.user.requests[0]?.acknowledged()
      network.clock.pass(10_000)
      assert.deepEqual(told, ['100', '200', '200'])
    })

    it('reports when no ACK comes for a 2xx', () => {
      const ends: string[] = []
      bob.user.answer = transaction => {
        transaction.listen({ failed: why => void ends.push(why) })
        answerWith(200)(transaction)
      }
      call()
      settle()
      assert.deepEqual(ends, ['noAck'])
    })

    it('answers a CANCEL with 200 and our To tag, and tells the owner (§9.2)', () => {
      bob.user.answer = transaction => {
        answerWith(180)(transaction)
        transaction.listen({ cancelled: () => answerWith(487)(transaction) })
      }
      const client = call()
      network.clock.pass(10)
      client.cancel([['Reason', 'SIP;cause=200;text="Call completed elsewhere"']])
      network.clock.pass(10)
      assert.deepEqual(told, ['100', '180', '487'])
      assert.deepEqual(alice.lines, ['INVITE', 'CANCEL', 'ACK'])
      assert.deepEqual(bob.lines, ['100', '180', '200', '487'])
      assert.match(alice.sent[1] ?? '', /\r\nReason: SIP;cause=200/)
      assert.match(bob.sent[2] ?? '', /\r\nTo: .*;tag=bob\r\n/)
    })

    it('answers a CANCEL without a match with 481, and tells nobody', () => {
      alice.layer.request(outgoing({ method: 'CANCEL' }), `sip:${us}`, listener)
      network.clock.pass(10)
      assert.deepEqual(told, ['481'])
      assert.equal(bob.user.requests.length, 0)
    })

    it('answers a CANCEL after the final response with 200, and tells nobody', () => {
      const ends: string[] = []
      bob.user.answer = transaction => {
        transaction.listen({ cancelled: () => void ends.push('cancelled') })
        answerWith(200)(transaction)
        transaction.acknowledged()
      }
      for (const method of ['INVITE', 'CANCEL']) bob.receive(Buffer.from(textOf({ method })), source)
      assert.deepEqual(bob.lines, ['100', '200', '200'])
      assert.deepEqual(ends, [])
    })

    it('answers a copy of a request that came another way with 482 (§8.2.2.2)', () => {
      bob.user.answer = answerWith(200)
      const send = (branch: string, more: RequestText = {}) =>
        bob.receive(Buffer.from(textOf({ ...more, via: `SIP/2.0/UDP ${peer};branch=z9hG4bK${branch}` })), source)
      send('1')
      send('2')
      send('3', { fromTag: 'another' })
      send('4', { cseq: 2 })
      send('5', { toTag: 'dialog' })
      assert.deepEqual(bob.lines, ['200', '482', '200', '200', '200'])
      assert.equal(bob.counters.rejected.get('merged'), 1)
    })

    it('accepts the same request another way as a new attempt after it was refused', () => {
      bob.user.answer = answerWith(503)
      for (const branch of ['1', '2']) {
        bob.receive(Buffer.from(textOf({ via: `SIP/2.0/UDP ${peer};branch=z9hG4bK${branch}` })), source)
      }
      assert.deepEqual(bob.lines, ['503', '503'])
    })

    it('remembers the new attempt when the refused one is over', () => {
      const send = (branch: string, status: number) => {
        bob.user.answer = answerWith(status)
        bob.receive(Buffer.from(textOf({ via: `SIP/2.0/UDP ${peer};branch=z9hG4bK${branch}` })), source)
      }
      send('1', 503)
      network.clock.pass(10_000)
      send('2', 200)
      network.clock.pass(23_000)
      send('3', 200)
      assert.deepEqual(bob.lines, ['503', '200', '482'])
    })

    it('distinguishes requests with one branch by sent-by and method (§17.2.3)', () => {
      bob.user.answer = answerWith(200)
      let callNumber = 0
      for (const via of [`${peer}:5060`, `${peer}:5061`, '192.0.2.2:5060', `${peer}:5060`]) {
        const text = textOf({
          via: `SIP/2.0/UDP ${via};branch=z9hG4bKsame`,
          callId: `call-${via === `${peer}:5060` ? 0 : ++callNumber}`,
        })
        bob.receive(Buffer.from(text), source)
      }
      bob.receive(Buffer.from(textOf({ method: 'INFO', via: `SIP/2.0/UDP ${peer}:5060;branch=z9hG4bKsame` })), source)
      assert.equal(bob.user.requests.length, 4)
    })

    describe('from an RFC 2543 peer, whose branch has no magic cookie', () => {
      const legacy = (options: RequestText) => Buffer.from(textOf({ via: `SIP/2.0/UDP ${peer}`, ...options }))

      it('recognises a repeated INVITE and its ACK by Call-ID, tags, CSeq and URI', () => {
        bob.user.answer = answerWith(486)
        bob.receive(legacy({ method: 'INVITE' }), source)
        bob.receive(legacy({ method: 'INVITE' }), source)
        bob.receive(legacy({ method: 'ACK', toTag: 'bob' }), source)
        bob.receive(legacy({ method: 'INVITE', cseq: 2 }), source)
        assert.deepEqual(bob.lines, ['100', '486', '486', '100', '486'])
        assert.equal(bob.user.requests.length, 2)
        assert.equal(bob.user.acks.length, 0)
      })

      it('passes the ACK for a 2xx to the user', () => {
        bob.user.answer = answerWith(200)
        bob.receive(legacy({ method: 'INVITE' }), source)
        bob.receive(legacy({ method: 'ACK', toTag: 'bob' }), source)
        assert.equal(bob.user.acks.length, 1)
      })

      it('finds the INVITE of a CANCEL', () => {
        let cancelled = 0
        bob.user.answer = transaction => transaction.listen({ cancelled: () => void (cancelled += 1) })
        bob.receive(legacy({ method: 'INVITE' }), source)
        bob.receive(legacy({ method: 'CANCEL' }), source)
        assert.equal(cancelled, 1)
      })

      it('treats a branch with only the cookie as no branch (RFC 4475 §3.1.2.7)', () => {
        bob.user.answer = answerWith(200)
        for (const callId of ['a', 'b']) bob.receive(legacy({ via: `SIP/2.0/UDP ${peer};branch=z9hG4bK`, callId }), source)
        assert.equal(bob.user.requests.length, 2)
      })
    })
  })

  describe('sending requests', () => {
    it('adds a Via with a fresh branch and rport', () => {
      bob.user.answer = answerWith(200)
      for (const callId of ['a', 'b']) alice.layer.request(outgoing({ callId }), `sip:${us}`, listener)
      network.clock.pass(10)
      const branches = alice.sent.map(
        text => /\r\nVia: SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=(z9hG4bK[^;]+);rport\r\n/.exec(text)?.[1],
      )
      assert.equal(new Set(branches).size, 2)
      assert.ok(!branches.includes(undefined))
    })

    it('sends a CANCEL only after a provisional response (§9.1)', () => {
      network.fate = text => (text.startsWith('SIP') ? [2_000] : [1])
      const client = call()
      client.cancel([])
      network.clock.pass(1_900)
      assert.ok(!alice.lines.includes('CANCEL'))
      network.clock.pass(200)
      assert.ok(alice.lines.includes('CANCEL'))
    })

    it('sends the waiting CANCEL once, for any number of provisional responses', () => {
      network.fate = text => (text.startsWith('SIP') ? [300] : [1])
      bob.user.answer = transaction => [180, 183].forEach(status => answerWith(status)(transaction))
      call().cancel([])
      network.clock.pass(400)
      assert.deepEqual(alice.lines, ['INVITE', 'CANCEL'])
    })

    it('sends no CANCEL when the final response comes first', () => {
      network.fate = text => (text.startsWith('SIP/2.0 100') ? [] : [5])
      bob.user.answer = answerWith(486)
      call().cancel([])
      network.clock.pass(100)
      assert.deepEqual(alice.lines, ['INVITE', 'ACK'])
      assert.deepEqual(told, ['486'])
    })

    it('sends one CANCEL for several requests to cancel, none after the end, and none for other methods', () => {
      bob.user.answer = answerWith(180)
      const client = call()
      network.clock.pass(10)
      client.cancel([])
      client.cancel([])
      bob.user.requests.forEach(answerWith(487))
      network.clock.pass(10)
      client.cancel([])
      alice.layer.request(outgoing({ callId: 'o' }), `sip:${us}`, listener).cancel([])
      network.clock.pass(10)
      assert.deepEqual(alice.lines, ['INVITE', 'CANCEL', 'ACK', 'OPTIONS'])
    })

    it('gives up 64*T1 after a CANCEL without effect', () => {
      const client = call()
      network.clock.pass(10)
      client.cancel([])
      network.clock.pass(32_000)
      assert.deepEqual(told, ['100', 'timeout'])
    })

    it('goes on to the next address after a transport error, with a new Via, and avoids the failed one', () => {
      alice.location = () => ({ hops: [hop('192.0.2.77'), hop(us)], anyTransport: true })
      alice.unreachable.add('udp 192.0.2.77')
      bob.user.answer = answerWith(200)
      alice.layer.request(outgoing(), 'sip:two', listener)
      network.clock.pass(10)
      assert.deepEqual(told, ['200'])
      assert.deepEqual(
        alice.avoided.map(({ host }) => host),
        ['192.0.2.77'],
      )
      const branches = alice.sent.map(text => /branch=([^;\r]+)/.exec(text)?.[1])
      assert.notEqual(branches[0], branches[1])
      assert.equal(alice.sent[1]?.match(/\r\nVia:/g)?.length, 1)
    })

    it('goes on to the next address after silence and after a 503, and reports the last failure (RFC 3263 §4.3)', () => {
      alice.location = () => ({ hops: [hop('192.0.2.77'), hop(us), hop(us)], anyTransport: true })
      bob.user.answer = answerWith(503)
      call()
      network.clock.pass(33_000)
      assert.deepEqual(told, ['100', '100', '503'])
      assert.equal(bob.user.requests.length, 2)
    })

    it('does not go on to another address once it is cancelled', () => {
      alice.location = () => ({ hops: [hop('192.0.2.77'), hop(us)], anyTransport: true })
      call().cancel([])
      settle()
      assert.deepEqual(told, ['timeout'])
      assert.equal(bob.user.requests.length, 0)
    })

    it('reports an unreachable target later, not during the call of the function', () => {
      alice.location = () => ({ hops: [], anyTransport: false })
      call()
      assert.deepEqual(told, [])
      network.clock.pass(0)
      assert.deepEqual(told, ['transport'])
    })

    it('sends nothing when it is cancelled before the target is resolved', () => {
      alice.location = () => undefined
      call().cancel([])
      network.clock.pass(0)
      alice.resolve({ hops: [hop(us)], anyTransport: true })
      network.clock.pass(100)
      assert.deepEqual([alice.sent, told], [[], ['transport']])
    })

    it('uses TCP for a request above 1,300 bytes, and UDP after all when TCP fails (§18.1.1)', () => {
      alice.streams = true
      alice.unreachable.add(`tcp ${us}`)
      bob.user.answer = answerWith(200)
      alice.layer.request(outgoing({ body: 'x'.repeat(1_300) }), `sip:${us}`, listener)
      network.clock.pass(10)
      assert.match(alice.sent[0] ?? '', /Via: SIP\/2\.0\/TCP/)
      assert.match(alice.sent[1] ?? '', /Via: SIP\/2\.0\/UDP/)
      assert.deepEqual(told, ['200'])
      assert.deepEqual(
        alice.counters.requests.map(({ labels, value }) => [Object.values(labels).join(), value]),
        [
          ['out,OPTIONS,udp', 1],
          ['out,OPTIONS,tcp', 1],
        ],
      )
    })

    it('uses UDP for a large request when the target names UDP', () => {
      alice.streams = true
      alice.location = () => ({ hops: [hop(us)], anyTransport: false })
      alice.layer.request(outgoing({ body: 'x'.repeat(1_300) }), `sip:${us};transport=udp`, listener)
      assert.match(alice.sent[0] ?? '', /Via: SIP\/2\.0\/UDP/)
    })

    it('answers itself with 513 for a request that no datagram can carry, because the address is not to blame', () => {
      alice.layer.request(outgoing({ body: 'x'.repeat(65_000) }), `sip:${us};transport=udp`, listener)
      assert.equal(alice.sent.length, 1)
      alice.layer.request(outgoing({ body: 'x'.repeat(65_507) }), `sip:${us};transport=udp`, listener)
      assert.deepEqual([alice.sent.length, told], [1, []])
      network.clock.pass(0)
      assert.deepEqual(told, ['513'])
    })

    it('says 513 if a connection fails for a long request, and a fault of the transport for a usual one', () => {
      alice.streams = true
      alice.location = () => ({ hops: [{ ...hop(us), transport: 'tcp' }], anyTransport: false })
      alice.unreachable.add(`tcp ${us}`)
      for (const length of [1_000, 33_000]) {
        alice.layer.request(outgoing({ body: 'x'.repeat(length) }), `sip:${us};transport=tcp`, listener)
        network.clock.pass(10)
      }
      assert.deepEqual(told, ['transport', '513'])
    })

    it('passes a 2xx without a transaction to the user, and drops other unmatched responses', () => {
      const stray = request({ method: 'INVITE', via: `SIP/2.0/UDP ${peer};branch=z9hG4bKnobody` })
      for (const status of [100, 200, 486]) alice.layer.onResponse(responseTo(stray, status), viaOf(stray), hop(peer))
      assert.deepEqual(
        alice.user.strays.map(({ status }) => status),
        [200],
      )
      assert.equal(alice.counters.rejected.get('strayResponse'), 2)
    })

    it('counts each request and response once, and repetitions separately', () => {
      let lost = 0
      network.fate = () => (lost++ === 0 ? [] : [1])
      bob.user.answer = answerWith(200)
      alice.layer.request(outgoing(), `sip:${us}`, listener)
      network.clock.pass(1_000)
      assert.deepEqual(
        [...alice.counters.requests, ...alice.counters.responses].map(({ labels, value }) => [
          Object.values(labels).join(),
          value,
        ]),
        [
          ['out,OPTIONS,udp', 1],
          ['in,OPTIONS,2xx', 1],
        ],
      )
      assert.equal(alice.counters.retransmissions.get('out'), 1)
    })
  })
})

const hop = (host: string): Hop => ({ transport: 'udp', host, port: 5060 })
const source = hop(peer)

function viaOf({ headers }: SipMessage): Via {
  const via = topVia(headers)
  assert.ok(via)
  return via
}
