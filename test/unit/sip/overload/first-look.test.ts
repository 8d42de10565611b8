import assert from 'node:assert/strict'
import fc from 'fast-check'
import { buildResponse } from '../../../../src/sip/message/build.js'
import { topVia } from '../../../../src/sip/message/fields.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import { firstLook, isAckOfRefusal, refusalBytes } from '../../../../src/sip/overload/first-look.js'
import { serverKey } from '../../../../src/sip/transaction/matching.js'
import { viaAsReceived } from '../../../../src/sip/transport/received.js'
import { parsed, requestText } from '../transaction/messages.js'

const source = { transport: 'udp', host: '198.51.100.7', port: 5099 } as const
const invite = (extra: readonly string[] = [], via?: string): string =>
  requestText({ method: 'INVITE', extra, ...(via !== undefined && { via }) })
const look = (text: string) => firstLook(Buffer.from(text, 'latin1'))

describe('the first look at an INVITE', () => {
  it('names its transaction as the transactions do', () => {
    const text = invite()
    const request = parsed(text)
    const via = topVia(request.headers)
    assert.ok(request.kind === 'request' && via)
    assert.equal(look(text)?.key, serverKey(request, via, 'INVITE'))
  })

  it('makes the refusal that reading the whole INVITE would make', () => {
    const via = 'SIP/2.0/UDP pbx.example.com:5070;branch=z9hG4bKabcdefgh;rport'
    const text = invite(['Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK2', 'Record-Route: <sip:a;lr>'], via)
    const request = parsed(text)
    assert.ok(request.kind === 'request')
    const top = topVia(request.headers)
    assert.ok(top)
    viaAsReceived(request, top, source)
    const whole = buildResponse(request, 503, { toTag: 'ovl-abcdefgh' })
    const found = look(text)
    assert.ok(found)
    const quick = parsed(refusalBytes(found, source, 3).toString('latin1'))
    assert.ok(quick.kind === 'response')
    assert.equal(quick.status, 503)
    for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq'])
      assert.deepEqual(quick.headers.values(name), whole.headers.values(name), name)
    assert.equal(quick.headers.first('Retry-After'), '3')
  })

  it('recognises the ACK for its refusal, and no other', () => {
    const found = look(invite())
    assert.ok(found)
    const tag = /;tag=(ovl-\S+)/.exec(refusalBytes(found, source, 1).toString())?.[1] ?? ''
    const ack = (toTag: string): Buffer => Buffer.from(requestText({ method: 'ACK', toTag }))
    assert.deepEqual([isAckOfRefusal(ack(tag)), isAckOfRefusal(ack('a1b2'))], [true, false])
    assert.equal(isAckOfRefusal(Buffer.from(requestText({ method: 'BYE', toTag: tag }))), false)
  })

  for (const [what, text] of [
    ['a re-INVITE', requestText({ method: 'INVITE', toTag: 'ours' })],
    ['an INVITE that takes over a call', invite(['Replaces: a@b;to-tag=1;from-tag=2'])],
    ['another method', requestText({ method: 'BYE' })],
    ['a response', 'SIP/2.0 200 OK\r\n\r\n'],
    ['a peer with overload control', invite([], 'SIP/2.0/UDP a;branch=z9hG4bKa;oc;oc-algo="loss"')],
    ['a Via with maddr', invite([], 'SIP/2.0/UDP a;branch=z9hG4bKa;maddr=192.0.2.1')],
    ['a Via of RFC 2543', invite([], 'SIP/2.0/UDP a;branch=1')],
    ['two Vias in one line', invite([], 'SIP/2.0/UDP a;branch=z9hG4bKa, SIP/2.0/UDP b;branch=z9hG4bKb')],
    ['a folded line', invite().replace('Call-ID: ', 'Call-ID:\r\n ')],
    ['a line feed alone', invite().replace('Max-Forwards: 70\r\n', 'Max-Forwards: 70\n')],
    ['a carriage return alone', invite().replace('Max-Forwards: 70', 'Max-Forwards: 7\r0')],
    ['a second To', invite(['To: <sip:a@b>;tag=1'])],
    ['a rare spelling', invite().replace('Call-ID:', 'CALL-ID :')],
    ['no empty line', invite().split('\r\n\r\n')[0] ?? ''],
    ['a head of 5 kB', invite(Array.from({ length: 60 }, () => `X-Long: ${'x'.repeat(80)}`))],
  ] as const)
    it(`leaves to the usual way: ${what}`, () => {
      assert.equal(look(text), undefined)
    })

  it('takes only INVITEs that would be read as ones that begin a call, whatever bytes come', () => {
    const base = Buffer.from(invite(), 'latin1')
    const change = fc.tuple(fc.nat(base.length - 1), fc.constantFrom(...Array.from('\r\n \t:;,=<>"\0aT')))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), changes => {
        const bytes = Buffer.from(base)
        for (const [at, character] of changes) bytes.write(character, at, 'latin1')
        const found = firstLook(bytes)
        if (!found) return
        const whole = parseMessage(bytes, 'datagram')
        if (whole.kind !== 'message') return
        assert.ok(whole.message.kind === 'request' && whole.message.method === 'INVITE')
        const via = topVia(whole.message.headers)
        assert.ok(via)
        assert.equal(found.key, serverKey(whole.message, via, 'INVITE'))
        assert.equal(found.callId, whole.message.headers.first('Call-ID'))
        assert.ok(refusalBytes(found, source, 1).length > 0)
      }),
      { numRuns: 2_000 },
    )
  })
})
