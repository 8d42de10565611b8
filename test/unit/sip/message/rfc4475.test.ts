import assert from 'node:assert/strict'
import {
  callId,
  contacts,
  contentType,
  cseq,
  from,
  maxForwards,
  recordRoutes,
  requires,
  to,
  topVia,
} from '../../../../src/sip/message/fields.js'
import { decodeUtf8 } from '../../../../src/sip/message/grammar.js'
import type { SipMessage } from '../../../../src/sip/message/message.js'
import { parseNameAddr } from '../../../../src/sip/message/name-addr.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import { serialize } from '../../../../src/sip/message/serialize.js'
import { isKnownScheme, parseUri, unescapeUser } from '../../../../src/sip/message/uri.js'
import { parseVia } from '../../../../src/sip/message/via.js'
import { assertOutcome, messageBytes, messageIn, messageNames, type Expected } from './torture.js'

const request = (message: SipMessage) => (message.kind === 'request' ? message : assert.fail('a response'))
const response = (message: SipMessage) => (message.kind === 'response' ? message : assert.fail('a request'))
const userOfTo = (message: SipMessage): string => {
  const uri = parseUri(to(message.headers)?.uri ?? '')
  return uri.ok ? unescapeUser(uri.value.user ?? '') : assert.fail(uri.fault)
}
const contactUris = (message: SipMessage): readonly string[] => {
  const read = contacts(message.headers)
  return read.ok ? read.value.map(contact => contact.uri) : assert.fail(read.fault)
}

/** Each message of RFC 4475 with the result that the RFC's text requires. If a higher layer must answer, `because` names the status. */
const table: Readonly<Record<string, Expected>> = {
  // §3.1.1: valid messages.
  wsinv: {
    kind: 'message',
    because: '§3.1.1.1: white space, folding, compact forms and odd case wherever they may stand',
    check: message => {
      const { headers, method, uri } = request(message)
      assert.deepEqual([method, uri], ['INVITE', 'sip:vivekg@chair-dnrc.example.com;unknownparam'])
      assert.deepEqual([to(headers)?.uri, to(headers)?.tag], ['sip:vivekg@chair-dnrc.example.com', '1918181833n'])
      assert.deepEqual([from(headers)?.displayName, from(headers)?.tag], ['J Rosenberg \\"', '98asjd8'])
      assert.equal(maxForwards(headers), 68)
      assert.deepEqual(cseq(headers), { number: 9, method: 'INVITE' })
      assert.deepEqual(
        headers.values('Via').map(value => {
          const via = parseVia(value)
          return via.ok ? [via.value.transport, via.value.host, via.value.branch] : via.fault
        }),
        [
          ['UDP', '192.0.2.2', '390skdjuw'],
          ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
          ['UDP', '192.168.255.111', 'z9hG4bK30239'],
        ],
      )
      assert.equal(headers.first('Subject'), '')
      assert.equal(headers.first('NewFangledHeader'), 'newfangled value continued newfangled value')
      assert.equal(headers.first('UnknownHeaderWithUnusualValue'), ';;,,;;,;')
      const [route = ''] = headers.values('Route')
      const read = parseNameAddr(route)
      assert.equal(read.ok && read.value.uri, 'sip:services.example.com;lr;unknownwith=value;unknown-no-value')
      const contact = contacts(headers)
      const [first] = contact.ok ? contact.value : []
      assert.equal(first?.displayName, 'Quoted string ""')
      assert.deepEqual([...first.parameters], [['newparam', 'newvalue'], ['secondparam', undefined], ['q', '0.33']]) // prettier-ignore
      assert.equal(message.body.length, 150)
    },
  },
  intmeth: {
    kind: 'message',
    because: '§3.1.1.2: a wide range of valid characters. An unknown method: the endpoint answers 405 or 501',
    check: message => {
      const { method, uri, headers } = request(message)
      assert.equal(method, "!interesting-Method0123456789_*+`.%indeed'~")
      assert.ok(parseUri(uri).ok)
      assert.equal(to(headers)?.displayName, 'BEL:\x07 NUL:\x00 DEL:\x7f')
      assert.equal(from(headers)?.displayName, "token1~` token2'+_ token3*%!.-")
      assert.equal(from(headers)?.tag, "_token~1'+`*%!-.")
      assert.equal(decodeUtf8(from(headers)?.parameters.get("fromparam''~+*_!.-%") ?? ''), '"работающий"')
      assert.equal(callId(headers), 'intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{')
      assert.equal(decodeUtf8(headers.first("extensionHeader-!.%*+_`'~") ?? ''), '\ufeff大停電')
      assert.equal(maxForwards(headers), 255)
    },
  },
  esc01: {
    kind: 'message',
    because: '§3.1.1.3: escapes in URIs mean what they stand for',
    check: message => {
      const uri = parseUri(request(message).uri)
      assert.ok(uri.ok)
      assert.equal(unescapeUser(uri.value.user ?? ''), 'sips:user@example.com')
      assert.equal(userOfTo(message), 'user')
      const contact = parseUri(contactUris(message)[0] ?? '')
      assert.ok(contact.ok)
      assert.equal(unescapeUser(contact.value.user ?? ''), 'caller')
      assert.ok(contact.value.parameters.has('lr'), '%6C%72 is lr')
      assert.ok(contact.value.parameters.has('name'))
    },
  },
  escnull: {
    kind: 'message',
    because: '§3.1.1.4: %00 in a user part ends nothing',
    check: message => {
      assert.equal(userOfTo(message), 'null-\0-null')
      assert.deepEqual(contactUris(message), ['sip:%00@host5.example.com', 'sip:%00%00@host5.example.com'])
    },
  },
  esc02: {
    kind: 'message',
    because: '§3.1.1.5: % escapes nothing outside URIs. An unknown method: the endpoint answers 405 or 501',
    check: message => {
      assert.equal(request(message).method, 'RE%47IST%45R')
      assert.equal(to(message.headers)?.displayName, '%Z%45')
      assert.equal(contactUris(message).length, 2, 'C%6Fntact is no Contact')
    },
  },
  lwsdisp: {
    kind: 'message',
    because: '§3.1.1.6: no white space between display name and <',
    check: ({ headers }) => assert.deepEqual([from(headers)?.displayName, from(headers)?.tag], ['caller', '323']),
  },
  longreq: {
    kind: 'message',
    because: '§3.1.1.7: long values everywhere',
    check: ({ headers }) => {
      assert.equal(headers.values('Via').length, 34)
      assert.equal(callId(headers)?.length, 141)
      assert.equal(from(headers)?.tag?.length, 155)
      assert.ok(parseUri(to(headers)?.uri ?? '').ok)
    },
  },
  dblreq: {
    kind: 'message',
    because: '§3.1.1.8: octets behind the message in a datagram are ignored',
    check: message => {
      assert.equal(request(message).method, 'REGISTER')
      assert.equal(message.body, '')
    },
  },
  semiuri: {
    kind: 'message',
    because: '§3.1.1.9: the semicolon belongs to the user part',
    check: message => {
      const uri = parseUri(request(message).uri)
      assert.ok(uri.ok)
      assert.deepEqual([unescapeUser(uri.value.user ?? ''), uri.value.host], ['user;par=u@example.net', 'example.com'])
      assert.equal(message.headers.values('Accept').length, 6)
    },
  },
  transports: {
    kind: 'message',
    because: '§3.1.1.10: varied and unknown transports',
    check: ({ headers }) =>
      assert.deepEqual(
        headers.values('Via').map(value => {
          const via = parseVia(value)
          return via.ok && via.value.transport
        }),
        ['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP'],
      ),
  },
  mpart01: {
    kind: 'message',
    because: '§3.1.1.11: a body of several parts, with bytes that are no text. The endpoint answers 405',
    check: message => {
      assert.equal(contentType(message.headers), 'multipart/mixed')
      assert.equal(message.body.length, 553)
      assert.ok(messageBytes('rfc4475', 'mpart01').includes(Buffer.from(message.body, 'latin1')), 'each byte of the body is kept')
    },
  },
  unreason: {
    kind: 'message',
    because: '§3.1.1.12: a reason phrase in UTF-8',
    check: message => {
      const { status, reasonPhrase } = response(message)
      assert.equal(status, 200)
      assert.equal(decodeUtf8(reasonPhrase), '= 2**3 * 5**2 но сто девяносто девять - простое')
    },
  },
  noreason: {
    kind: 'message',
    because: '§3.1.1.13: an empty reason phrase',
    check: message => assert.deepEqual([response(message).status, response(message).reasonPhrase], [100, '']),
  },

  // §3.1.2: invalid messages.
  badinv01: { kind: 'malformed', because: '§3.1.2.1: separators without anything between', answer: 400, what: /Via/ },
  clerr: { kind: 'malformed', because: '§3.1.2.2: Content-Length past the end', answer: 400, what: /shorter/ },
  ncl: { kind: 'malformed', because: '§3.1.2.3: negative Content-Length', answer: 400, what: /Content-Length/ },
  scalar02: { kind: 'malformed', because: '§3.1.2.4: the CSeq is too large', answer: 400, what: /CSeq/ },
  scalarlg: { kind: 'silence', because: '§3.1.2.5: a response with too large a CSeq is discarded', what: /CSeq/ },
  quotbal: { kind: 'malformed', because: '§3.1.2.6: a quote that never ends', answer: 400, what: /To/ },
  ltgtruri: { kind: 'malformed', because: '§3.1.2.7: Request-URI in <>', answer: 400, what: /Request-URI/ },
  lwsruri: { kind: 'malformed', because: '§3.1.2.8: white space in the Request-URI', answer: 400, what: /Request-URI/ },
  lwsstart: {
    kind: 'malformed',
    because: '§3.1.2.9: several spaces in the start line may be rejected',
    answer: 400,
    what: /Request-URI/,
  },
  trws: {
    kind: 'message',
    because: '§3.1.2.10: spaces at the end of the start line may be ignored',
    check: message => assert.equal(request(message).uri, 'sip:remote-target@example.com'),
  },
  escruri: {
    kind: 'message',
    because: '§3.1.2.11: headers in the Request-URI may be ignored',
    check: message => {
      const uri = parseUri(request(message).uri)
      assert.deepEqual(uri.ok && [uri.value.user, uri.value.host, uri.value.headers], [
        'user',
        'example.com',
        'Route=%3Csip:example.com%3E',
      ])
    },
  },
  baddate: {
    kind: 'message',
    because: '§3.1.2.12: a Date that is not GMT may be ignored',
    check: ({ headers }) => assert.equal(headers.first('Date'), 'Fri, 01 Jan 2010 16:00:00 EST'),
  },
  regbadct: {
    kind: 'message',
    because: '§3.1.2.13: a Contact that must stand in <>. The endpoint answers 400 when it asks for it',
    check: ({ headers }) => assert.ok(!contacts(headers).ok),
  },
  badaspec: {
    kind: 'message',
    because: '§3.1.2.14: white space inside <> may be ignored',
    check: ({ headers }) => assert.equal(to(headers)?.uri, 'sip:t.watson@example.org'),
  },
  baddn: {
    kind: 'message',
    because: '§3.1.2.15: a display name that should be quoted may be taken as meant',
    check: ({ headers }) => assert.deepEqual([from(headers)?.displayName, from(headers)?.tag], ['Bell, Alexander', '43']),
  },
  badvers: { kind: 'malformed', because: '§3.1.2.16: an unknown version of SIP', answer: 505, what: /version 7\.0/ },
  mismatch01: { kind: 'malformed', because: '§3.1.2.17: CSeq of another method', answer: 400, what: /CSeq/ },
  mismatch02: { kind: 'malformed', because: '§3.1.2.18: CSeq of another method; 501 would do, too', answer: 400, what: /CSeq/ },
  bigcode: { kind: 'silence', because: '§3.1.2.19: a status past 699 is discarded', what: /status line/ },

  // §3.2: messages for the transaction layer.
  badbranch: {
    kind: 'message',
    because: '§3.2.1: a branch of the magic cookie alone. The transactions match it as RFC 2543 does',
    check: ({ headers }) => assert.equal(topVia(headers)?.branch, 'z9hG4bK'),
  },

  // §3.3: messages for the application.
  insuf: { kind: 'malformed', because: '§3.3.1: neither From, To nor Call-ID', answer: 400, what: /no From/ },
  unkscm: {
    kind: 'message',
    because: '§3.3.2: an unknown scheme. The endpoint answers 416',
    check: message => assert.ok(!isKnownScheme(request(message).uri)),
  },
  novelsc: {
    kind: 'message',
    because: '§3.3.3: a known but unusual scheme. The endpoint answers 416',
    check: message => assert.ok(!isKnownScheme(request(message).uri)),
  },
  unksm2: {
    kind: 'message',
    because: '§3.3.4: other schemes in To, From and Contact are well formed. The endpoint answers 405',
    check: message => {
      assert.equal(to(message.headers)?.uri, 'isbn:2983792873')
      assert.equal(from(message.headers)?.uri, 'http://www.example.com')
      assert.deepEqual(contactUris(message), ['name:John_Smith'])
    },
  },
  bext01: {
    kind: 'message',
    because: '§3.3.5: extensions that nobody knows. The endpoint answers 420',
    check: ({ headers }) => assert.deepEqual(requires(headers), ['nothingsupportsthis', 'nothingsupportsthiseither']),
  },
  invut: {
    kind: 'message',
    because: '§3.3.6: an unknown body. The endpoint answers 415',
    check: ({ headers }) => assert.equal(contentType(headers), 'application/unknownformat'),
  },
  regaut01: {
    kind: 'message',
    because: '§3.3.7: an unknown authorization scheme. The endpoint answers 405',
    check: ({ headers }) => assert.equal(headers.first('Authorization'), 'NoOneKnowsThisScheme opaque-data=here'),
  },
  multi01: { kind: 'malformed', because: '§3.3.8: several of what there may be one of', answer: 400, what: /several/ },
  mcl01: { kind: 'malformed', because: '§3.3.9: two Content-Lengths', answer: 400, what: /several Content-Length/ },
  bcast: {
    kind: 'message',
    because: '§3.3.10: a response with two Vias is not for us. The transport drops it',
    check: ({ headers }) => assert.equal(headers.values('Via').length, 2),
  },
  zeromf: {
    kind: 'message',
    because: '§3.3.11: Max-Forwards of 0. The endpoint answers 483',
    check: ({ headers }) => assert.equal(maxForwards(headers), 0),
  },
  cparam01: {
    kind: 'message',
    because: '§3.3.12: without <>, the parameter is the Contact’s',
    check: message => {
      const contact = contacts(message.headers)
      assert.deepEqual(contact.ok && [contact.value[0]?.uri, contact.value[0]?.parameters.has('unknownparam')], [
        'sip:+19725552222@gw1.example.net',
        true,
      ])
    },
  },
  cparam02: {
    kind: 'message',
    because: '§3.3.13: within <>, the parameter is the URI’s',
    check: message => {
      const contact = contacts(message.headers)
      assert.deepEqual(contact.ok && [contact.value[0]?.uri, contact.value[0]?.parameters.size], [
        'sip:+19725552222@gw1.example.net;unknownparam',
        0,
      ])
    },
  },
  regescrt: {
    kind: 'message',
    because: '§3.3.14: headers in a Contact’s URI',
    check: message => assert.deepEqual(contactUris(message), ['sip:user@example.com?Route=%3Csip:sip.example.com%3E']),
  },
  sdp01: {
    kind: 'message',
    because: '§3.3.15: an Accept that leaves out SDP. The endpoint may answer 406',
    check: ({ headers }) => assert.equal(headers.first('Accept'), 'text/nobodyKnowsThis'),
  },

  // §3.4: messages in the form of RFC 2543.
  inv2543: {
    kind: 'message',
    because: '§3.4.1: no branch, no tag, no Max-Forwards, no Content-Length',
    check: message => {
      const { headers } = message
      assert.deepEqual([topVia(headers)?.branch, from(headers)?.tag, maxForwards(headers)], [undefined, undefined, undefined])
      const route = recordRoutes(headers)
      assert.deepEqual(route.ok && route.value.map(({ uri }) => uri), ['sip:UserB@example.com;maddr=ss1.example.com'])
      assert.match(message.body, /^v=0\r\n[^]*RTP\/AVP 0\r\n$/, 'the body is the rest of the datagram')
    },
  },
}

describe('the torture messages of RFC 4475', () => {
  it('are complete, each with an expected result', () =>
    assert.deepEqual(Object.keys(table).sort(), [...messageNames('rfc4475')].sort()))

  for (const [name, expected] of Object.entries(table)) {
    it(`${name}: ${expected.kind === 'malformed' ? String(expected.answer) : expected.kind} (${expected.because})`, () =>
      assertOutcome(parseMessage(messageBytes('rfc4475', name), 'datagram'), expected))

    if (expected.kind === 'message')
      it(`${name}: has the same result when it is written and read again`, () => {
        const read = messageIn(messageBytes('rfc4475', name))
        const again = messageIn(serialize(read))
        assert.deepEqual(withoutLength(again), withoutLength(read))
      })
  }
})

function withoutLength(message: SipMessage): unknown {
  const fields = [...message.headers].filter(([name]) => name !== 'Content-Length')
  return { ...message, headers: fields }
}
