import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Names } from '../../../src/bundle/names.js'
import { messagesWithout } from '../../../src/bundle/sip.js'
import { instant } from '../../../src/foundation/time.js'
import type { CallMessage } from '../../../src/signaling/port.js'

const messageOf = (text: string, more: Partial<CallMessage> = {}): CallMessage => ({
  ...{ at: instant(1), direction: 'in', transport: 'udp', peer: '203.0.113.9:5062', leg: 0, sipCallId: 'call-id-1' },
  ...{ method: 'INVITE', from: 'sip:ann@acme.test', to: 'sip:support@acme.test', repeated: false, text },
  ...more,
})
const hidden = (text: string, more: Partial<CallMessage> = {}): CallMessage => {
  const [message] = messagesWithout([messageOf(text, more)], new Names())
  assert(message)
  return message
}

const invite = [
  'INVITE sip:+14255550100@acme.test;user=phone SIP/2.0',
  'Via: SIP/2.0/UDP 192.168.1.20:5062;branch=branch-1;received=203.0.113.9;rport=5062',
  'Via: SIP/2.0/TCP pbx.acme.test;branch=branch-2;x-site=paris',
  'Record-Route: <sip:edge.acme.test;lr;ftag=abc>',
  'From: "Ann Caller" <sip:+14255550123@acme.test;user=phone>;tag=tag-1',
  'To: Support Desk <sip:14255550100@acme.test>',
  'Contact: <sip:ann:secret@203.0.113.9:5062;transport=tcp>;+sip.instance="<urn:uuid:9f1234>"',
  'P-Asserted-Identity: sip:ann@acme.test, tel:+14255550123;cpc=ordinary',
  'Call-ID: call-id-1',
  'CSeq: 1 INVITE',
  'Subject: Ann asks about her bill',
  'X-Acme-Customer: 4711',
  'User-Agent: Yealink SIP-T46S 66.85.0.5 80:5e:c0:11:22:33 20481234 of Ann',
  'Supported: timer, 100rel, replaces',
  'Alert-Info: <http://intranet.acme.test/ring.wav>',
  'Content-Type: application/sdp',
  'Content-Length: 300',
  '',
  'v=0',
  'o=ann 123 124 IN IP4 192.168.1.20',
  's=Ann’s call',
  'c=IN IP4 192.168.1.20',
  't=0 0',
  'm=audio 30000 RTP/AVP 0 8 101',
  'a=rtpmap:101 telephone-event/8000',
  'a=candidate:1 1 UDP 2130706431 2001:67c::9 30000 typ host',
  'a=ice-pwd:verysecretpassword',
  'a=ssrc:77 cname:ann@laptop',
  'a=x-site:paris',
  'a=sendrecv',
  '',
].join('\r\n')

describe('the SIP messages of a bundle', () => {
  it('keep their form, and have other names, numbers and addresses', () => {
    const { text, peer } = hidden(invite)
    const shown = [
      'INVITE sip:+9990000001@host-1.example;user=phone SIP/2.0',
      'Via: SIP/2.0/UDP 10.0.0.1:5062;branch=branch-1;received=198.18.0.1;rport=5062',
      'Via: SIP/2.0/TCP host-2.example;branch=branch-2;x-site=…',
      'Record-Route: <sip:host-3.example;lr;ftag=…>',
      'From: "Person 1" <sip:+9990000002@host-1.example;user=phone>;tag=tag-1',
      'To: Person 2 <sip:9990000001@host-1.example>',
      'Contact: <sip:user-1@198.18.0.1:5062;transport=tcp>;+sip.instance=…',
      'P-Asserted-Identity: sip:user-1@host-1.example, tel:+9990000002;cpc=…',
      'Call-ID: call-id-1',
      'CSeq: 1 INVITE',
      'Subject: …',
    ]
    assert.deepEqual(text.split('\r\n').slice(0, shown.length), shown)
    assert.equal(peer, '198.18.0.1:5062')
    assert.match(text, /m=audio 30000 RTP\/AVP 0 8 101\r\na=rtpmap:101 telephone-event\/8000\r\n/)
    assert.match(text, /c=IN IP4 10\.0\.0\.1\r\n/)
    assert.match(text, /a=candidate:1 1 UDP 2130706431 2001:db8::1 30000 typ host/)
    assert.match(text, /Supported: timer, 100rel, replaces\r\n/)
    assert.doesNotMatch(text, /ann|acme|paris|4255550|203\.0|192\.168|67c|secret|5e:c0|laptop|4711|bill|1234\b/i)
  })

  it('keep what a transfer replaces, and nothing else of its target’s header fields', () => {
    const refer = (target: string): string => hidden(`REFER sip:a@b SIP/2.0\r\nRefer-To: <${target}>\r\n\r\n`).text
    assert.match(
      refer('sip:bob@acme.test?Replaces=call-id-2%3Bto-tag%3Dtag-3%3Bfrom-tag%3Dtag-4&Subject=bill'),
      /<sip:user-\d@host-\d\.example\?Replaces=call-id-2%3Bto-tag%3Dtag-3%3Bfrom-tag%3Dtag-4>/,
    )
    assert.match(refer('sip:bob@acme.test?Subject=bill'), /\.example\?…>/)
  })

  it('have no body of another kind, such as keys that the caller pressed', () => {
    const info = hidden('INFO sip:a@b SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=7\r\nDuration=160\r\n').text
    assert.match(info, /\(a body of 24 characters is left out\)$/)
    const frag = hidden(
      'NOTIFY sip:a@b SIP/2.0\r\nContent-Type: message/sipfrag\r\n\r\nSIP/2.0 200 OK\r\nContact: <sip:bob@acme.test>',
    ).text
    assert.match(frag, /SIP\/2\.0 200 …$/)
  })

  it('never show a caller’s name, number or host, wherever a peer writes it', () => {
    const secret = 'Zqxsecret'
    const forms = [
      ...[`"${secret}" <sip:${secret}@${secret}.test>`, `${secret} <sip:1@2.3.4.5>`, `<sip:x@y;z=${secret}?Subject=${secret}>`],
      ...[
        `sip:${secret}@host;tag=1`,
        `SIP/2.0/UDP ${secret}.test;branch=${secret}`,
        `token;p="${secret}";q=${secret}`,
        `(${secret})`,
      ],
      ...[
        `tel:${secret};phone-context=${secret}`,
        `\t${secret}`,
        `<unclosed ${secret}`,
        `"unclosed ${secret}`,
        `a, ${secret}, b`,
      ],
      ...[`<sip:${secret};ext=${secret}@h>`, `\r\n ${secret}`, `SIP;cause=1;text="${secret}"`, `application/${secret}`],
    ]
    const names = [
      'From',
      'To',
      'Contact',
      'Via',
      'User-Agent',
      'Supported',
      'Reason',
      'Call-ID',
      'X-Y',
      secret,
      'c',
      'f',
      'Route',
      'Allow',
    ]
    const line = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...forms)).map(([name, value]) => `${name}: ${value}`)
    const sdp = fc.constantFrom(
      ...[`o=${secret} 1 2 IN IP4 ${secret}.test`, `s=${secret}`, `c=IN IP4 ${secret}.test/127`, `a=${secret}:${secret}`],
      ...[`a=candidate:1 1 udp 1 ${secret}.local 9 typ host ufrag ${secret}`, `m=audio 1 ${secret} 0`, `i=${secret}`, secret],
      ...[`a=rtcp:1 IN IP4 ${secret}.test`, `a=crypto:1 x inline:${secret}`, `a=ssrc:1 msid:${secret}`, `a=fmtp:1 ${secret}`],
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.array(sdp, { maxLength: 6 }), fc.boolean(), (fields, body, isSdp) => {
        const head = [`OPTIONS sip:${secret}@x SIP/2.0`, `From: ${secret} <sip:a@b>`, ...fields]
        const type = isSdp ? 'application/sdp' : 'text/plain'
        const message = hidden([...head, `Content-Type: ${type}`, '', ...body].join('\r\n'), {
          ...{ from: `sip:${secret}@h`, reasonPhrase: `no ${secret}`, peer: `${secret}.test:5060` },
        })
        assert.doesNotMatch(JSON.stringify(message), /zqxsecret/i)
      }),
    )
  })
})
