import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import { contacts, contentType, to, topVia } from '../../../../src/sip/message/fields.js'
import type { SipMessage } from '../../../../src/sip/message/message.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import { parseUri, type Uri } from '../../../../src/sip/message/uri.js'
import { parseVia } from '../../../../src/sip/message/via.js'
import { assertOutcome, messageBytes, messageNames, type Expected } from './torture.js'

function uriOf(text: string): Uri {
  const uri = parseUri(text)
  return uri.ok ? uri.value : assert.fail(uri.fault)
}
const requestUri = (message: SipMessage): string => (message.kind === 'request' ? message.uri : assert.fail('a response'))

const table: Readonly<Record<string, Expected>> = {
  'ipv6-good': {
    kind: 'message',
    because: '§4.1: IPv6 references in Request-URI, Via and Contact',
    check: message => {
      assert.equal(uriOf(requestUri(message)).host, '[2001:db8::10]')
      assert.equal(topVia(message.headers)?.host, '2001:db8::9:1')
      const contact = contacts(message.headers)
      assert.ok(contact.ok)
      assert.equal(uriOf(contact.value[0]?.uri ?? '').host, '[2001:db8::1]')
    },
  },
  'ipv6-bad': {
    kind: 'message',
    because: '§4.2: an IPv6 address without brackets is no host. The endpoint answers 400 when it reads the Request-URI',
    check: message => assert.ok(!parseUri(requestUri(message)).ok),
  },
  'port-ambiguous': {
    kind: 'message',
    because: '§4.3: what stands in the brackets is the address, to its last group',
    check: message => {
      const { host, port } = uriOf(requestUri(message))
      assert.deepEqual([host, port], ['[2001:db8::10:5070]', undefined])
    },
  },
  'port-unambiguous': {
    kind: 'message',
    because: '§4.4: the port stands behind the brackets',
    check: message => {
      const { host, port } = uriOf(requestUri(message))
      assert.deepEqual([host, port], ['[2001:db8::10]', 5070])
    },
  },
  'via-received-param-with-delim': {
    kind: 'message',
    because: '§4.5: received in brackets is tolerated',
    check: ({ headers }) => assert.equal(topVia(headers)?.received, '2001:db8::9:255'),
  },
  'via-received-param-no-delim': {
    kind: 'message',
    because: '§4.5: received without brackets',
    check: ({ headers }) => assert.equal(topVia(headers)?.received, '2001:db8::9:255'),
  },
  'ipv6-in-sdp': {
    kind: 'message',
    because: '§4.6: IPv6 addresses in the body',
    check: ({ headers, body }) => {
      assert.equal(contentType(headers), 'application/sdp')
      assert.match(body, /\r\nc=IN IP6 2001:db8::20\r\n/)
    },
  },
  'mult-ip-in-header': {
    kind: 'message',
    because: '§4.7: both families in the Vias',
    check: ({ headers }) => {
      const vias = headers.values('Via').map(value => {
        const via = parseVia(value)
        return via.ok ? [via.value.transport, via.value.host, via.value.port, via.value.received] : via.fault
      })
      assert.deepEqual(vias, [
        ['UDP', '2001:db8::9:1', 6050, undefined],
        ['UDP', '192.0.2.1', undefined, undefined],
        ['TCP', '2001:db8::9:255', undefined, '192.0.2.200'],
      ])
    },
  },
  'mult-ip-in-sdp': {
    kind: 'message',
    because: '§4.8: both families in the body',
    check: ({ body }) => {
      assert.match(body, /\r\nc=IN IP4 192\.0\.2\.1\r\n/)
      assert.match(body, /\r\nc=IN IP6 2001:db8::1\r\n/)
    },
  },
  'ipv4-mapped-ipv6': {
    kind: 'message',
    because: '§4.9: IPv4 addresses mapped into IPv6',
    check: ({ headers }) => {
      assert.deepEqual([topVia(headers)?.host, topVia(headers)?.port], ['::ffff:192.0.2.10', 19_823])
      const contact = contacts(headers)
      assert.deepEqual(contact.ok && [contact.value[0]?.displayName, contact.value[0]?.uri], [
        'T. desk phone',
        'sip:ted@[::ffff:192.0.2.2]',
      ])
    },
  },
  'ipv6-bug-abnf-3-colons': {
    kind: 'message',
    because: '§4.10: three colons, as the grammar of RFC 3261 has it, mean two',
    check: ({ headers }) => {
      const { host } = uriOf(to(headers)?.uri ?? '')
      assert.equal(host, '[2001:db8::192.0.2.1]')
      assert.ok(isIPv6(host.slice(1, -1)))
    },
  },
  'ipv6-correct-abnf-2-colons': {
    kind: 'message',
    because: '§4.10: two colons',
    check: message => assert.equal(uriOf(requestUri(message)).host, '[2001:db8::192.0.2.1]'),
  },
}

describe('the IPv6 torture messages of RFC 5118', () => {
  it('are complete, each with an expected result', () =>
    assert.deepEqual(Object.keys(table).sort(), [...messageNames('rfc5118')].sort()))

  for (const [name, expected] of Object.entries(table))
    it(`${name}: ${expected.kind} (${expected.because})`, () =>
      assertOutcome(parseMessage(messageBytes('rfc5118', name), 'datagram'), expected))
})
