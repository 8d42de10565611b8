import assert from 'node:assert/strict'
import { buildAckForFailure, buildCancel, buildRequest, buildResponse } from '../../../../src/sip/message/build.js'
import type { SipMessage } from '../../../../src/sip/message/message.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import { formatReason, parseReasons } from '../../../../src/sip/message/reason.js'
import { serialize } from '../../../../src/sip/message/serialize.js'
import { reasonPhraseOf } from '../../../../src/sip/message/status.js'
import { messageBytes, requestIn } from './torture.js'

const linesOf = (message: SipMessage): readonly string[] => serialize(message).toString('latin1').split('\r\n')

const invite = () => {
  const request = buildRequest({
    method: 'INVITE',
    uri: 'sip:bob@192.0.2.9',
    from: '<sip:carillon@192.0.2.1>;tag=ours',
    to: '<sip:bob@192.0.2.9>',
    callId: 'call-1',
    cseq: 7,
    routes: ['<sip:proxy1;lr>', '<sip:proxy2;lr>'],
    contact: '<sip:carillon@192.0.2.1>',
    headers: [['Allow', 'INVITE, ACK']],
    contentType: 'application/sdp',
    body: 'v=0\r\n',
  })
  request.headers.prepend('Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours')
  return request
}

describe('building messages', () => {
  it('writes a request with all required fields and the right Content-Length', () =>
    assert.deepEqual(linesOf(invite()), [
      'INVITE sip:bob@192.0.2.9 SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours',
      'Route: <sip:proxy1;lr>',
      'Route: <sip:proxy2;lr>',
      'Max-Forwards: 70',
      'From: <sip:carillon@192.0.2.1>;tag=ours',
      'To: <sip:bob@192.0.2.9>',
      'Call-ID: call-1',
      'CSeq: 7 INVITE',
      'Contact: <sip:carillon@192.0.2.1>',
      'Allow: INVITE, ACK',
      'Content-Type: application/sdp',
      'Content-Length: 5',
      '',
      'v=0',
      '',
    ]))

  it('writes a CANCEL as in §9.1, with the Via, Route, From, To, Call-ID and number of its INVITE', () =>
    assert.deepEqual(linesOf(buildCancel(invite())), [
      'CANCEL sip:bob@192.0.2.9 SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours',
      'Route: <sip:proxy1;lr>',
      'Route: <sip:proxy2;lr>',
      'Max-Forwards: 70',
      'From: <sip:carillon@192.0.2.1>;tag=ours',
      'To: <sip:bob@192.0.2.9>',
      'Call-ID: call-1',
      'CSeq: 7 CANCEL',
      'Content-Length: 0',
      '',
      '',
    ]))

  it('writes the ACK for a failure as in §17.1.1.3, with the To of the response', () => {
    const lines = linesOf(buildAckForFailure(invite(), buildResponse(invite(), 486, { toTag: 'theirs' })))
    assert.deepEqual(
      lines.filter(line => /^(ACK|Via|To|CSeq|Route)/.test(line)),
      [
        'ACK sip:bob@192.0.2.9 SIP/2.0',
        'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours',
        'Route: <sip:proxy1;lr>',
        'Route: <sip:proxy2;lr>',
        'To: <sip:bob@192.0.2.9>;tag=theirs',
        'CSeq: 7 ACK',
      ],
    )
  })

  it('writes a response as in §8.2.6, with Record-Route where a dialog begins', () => {
    const request = invite()
    request.headers.append('Via', 'SIP/2.0/TCP pbx')
    request.headers.append('Record-Route', '<sip:proxy1;lr>')
    assert.deepEqual(linesOf(buildResponse(request, 180, { toTag: 'us', headers: [['Contact', '<sip:us>']] })), [
      'SIP/2.0 180 Ringing',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours',
      'Via: SIP/2.0/TCP pbx',
      'From: <sip:carillon@192.0.2.1>;tag=ours',
      'To: <sip:bob@192.0.2.9>;tag=us',
      'Call-ID: call-1',
      'CSeq: 7 INVITE',
      'Record-Route: <sip:proxy1;lr>',
      'Contact: <sip:us>',
      'Content-Length: 0',
      '',
      '',
    ])
    assert.ok(!buildResponse(request, 486, { toTag: 'us' }).headers.has('Record-Route'))
  })

  it('gives 100 no tag, and copies the Timestamp', () => {
    const request = invite()
    request.headers.append('Timestamp', '54.21')
    const { headers } = buildResponse(request, 100, { toTag: 'us' })
    assert.deepEqual([headers.first('To'), headers.first('Timestamp')], ['<sip:bob@192.0.2.9>', '54.21'])
    assert.ok(!buildResponse(request, 200, {}).headers.has('Timestamp'))
  })

  it('does not change a To that has a tag, and is not confused by one in the URI or the name', () => {
    const toOf = (to: string): string | undefined => {
      const request = invite()
      request.headers.set('To', to)
      return buildResponse(request, 200, { toTag: 'us' }).headers.first('To')
    }
    assert.equal(toOf('sip:bob@h ; TAG=theirs'), 'sip:bob@h ; TAG=theirs')
    assert.equal(toOf('";tag=x" <sip:bob@h;tag=y>'), '";tag=x" <sip:bob@h;tag=y>;tag=us')
  })

  it('copies the request’s values byte for byte', () => {
    const request = requestIn(messageBytes('rfc4475', 'intmeth'))
    const response = buildResponse(request, 405, { toTag: 'us' })
    for (const name of ['Via', 'From', 'Call-ID', 'CSeq'])
      assert.deepEqual(response.headers.lines(name), request.headers.lines(name))
    assert.equal(response.headers.first('To'), `${request.headers.first('To') ?? ''};tag=us`)
  })

  it('answers a request without From, To and Call-ID with the fields that exist', () => {
    const outcome = parseMessage(messageBytes('rfc4475', 'insuf'), 'datagram')
    assert.ok(outcome.kind === 'malformed')
    assert.deepEqual(linesOf(buildResponse(outcome.request, 400, { toTag: 'us' })), [
      'SIP/2.0 400 Bad Request',
      'Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf',
      'CSeq: 193942 INVITE',
      'Content-Length: 0',
      '',
      '',
    ])
  })

  it('counts Content-Length in bytes, and corrects a given one', () => {
    const request = invite()
    request.headers.append('Content-Length', '999')
    const bytes = serialize({ ...request, body: 'é…' })
    assert.match(bytes.toString('utf8'), /\r\nContent-Length: 5\r\n\r\né…$/)
    assert.equal(request.headers.first('Content-Length'), '999', 'serialize leaves the message unchanged')
  })

  it('keeps a Request-URI from breaking the start line', () => {
    const evil = { ...invite(), uri: 'sip:x SIP/2.0\r\nEvil: 1' }
    assert.equal(linesOf(evil)[0], 'INVITE sip:x%20SIP/2.0%20Evil:%201 SIP/2.0')
  })

  it('knows the registered reason phrases, and the class’s phrase for others', () =>
    assert.deepEqual([200, 182, 487, 499, 299, 699, 799].map(reasonPhraseOf), [
      'OK',
      'Queued',
      'Request Terminated',
      'Bad Request',
      'OK',
      'Busy Everywhere',
      'Unknown',
    ]))
})

describe('Reason (RFC 3326)', () => {
  it('is read for SIP and Q.850, with several in a line, without unreadable ones', () =>
    assert.deepEqual(
      parseReasons([
        'SIP ;cause=200 ;text="Call completed elsewhere"',
        'q.850;cause=16;text="a, \\"b\\"", SIP;cause=x, ;;',
        'Preemption',
      ]),
      [
        { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' },
        { protocol: 'Q.850', cause: 16, text: 'a, "b"' },
        { protocol: 'SIP' },
        { protocol: 'PREEMPTION' },
      ],
    ))

  it('is written as it is read', () => {
    const reason = { protocol: 'SIP', cause: 200, text: 'Call "completed" elsewhere' }
    assert.equal(formatReason(reason), 'SIP;cause=200;text="Call \\"completed\\" elsewhere"')
    assert.deepEqual(parseReasons([formatReason(reason)]), [reason])
    assert.equal(formatReason({ protocol: 'Q.850' }), 'Q.850')
  })
})
