import assert from 'node:assert/strict'
import fc from 'fast-check'
import { peerOf, readSdp, type Peer } from '../../../src/media/sdp.js'
import { body, has, sdp } from './descriptions.js'

function understood(text: string, family: 4 | 6 = 4): Peer | string {
  const read = readSdp(body(text))
  if (!read.ok) return read.fault
  const line = read.value.lines.at(0)
  assert(line)
  const peer = peerOf(line, family)
  return peer.ok ? peer.value : peer.fault
}

function peer(...media: string[]): Peer {
  const found = understood(sdp(...media))
  if (typeof found === 'string') assert.fail(found)
  return found
}

describe('reading SDP', () => {
  it('takes codec, address, ports and the payload type of telephone-event', () => {
    assert.deepEqual(peer('m=audio 4000 RTP/AVP 8 0 97', 'a=rtpmap:97 telephone-event/8000', 'a=fmtp:97 0-15'), {
      rtp: { address: '192.0.2.9', port: 4000 },
      rtcp: { address: '192.0.2.9', port: 4001 },
      ...{ codec: 'pcma', payloadType: 8, events: 97, ptime: 20, hears: true, sends: true, unreachable: false },
    })
  })

  const codecs: [string, string[], Partial<Peer>][] = [
    ['the first common codec, in the order of the offer', ['m=audio 4 RTP/AVP 9 18 0 8'], { codec: 'pcmu', payloadType: 0 }],
    [
      'G.711 with a dynamic payload type',
      ['m=audio 4 RTP/AVP 96', 'a=rtpmap:96 pcma/8000/1'],
      { codec: 'pcma', payloadType: 96 },
    ],
    ['the next codec when rtpmap gives 0 another name', ['m=audio 4 RTP/AVP 0 8', 'a=rtpmap:0 opus/48000/2'], { codec: 'pcma' }],
    [
      'only telephone-event at 8 kHz',
      ['m=audio 4 RTP/AVP 0 96 97', 'a=rtpmap:96 telephone-event/48000', 'a=rtpmap:97 telephone-event/8000'],
      { events: 97 },
    ],
    ['only codecs with one channel', ['m=audio 4 RTP/AVP 96 8', 'a=rtpmap:96 PCMU/8000/2'], { codec: 'pcma' }],
    ['no telephone-event', ['m=audio 4 RTP/AVP 0'], { events: undefined }],
  ]
  for (const [name, lines, expected] of codecs) it(`takes ${name}`, () => has(peer(...lines), expected))

  const framings: [string[], number][] = [
    [['a=ptime:10'], 10],
    [['a=ptime:30'], 30],
    [['a=ptime:60'], 60],
    [['a=ptime:25'], 20],
    [['a=ptime:5'], 10],
    [['a=ptime:200'], 60],
    [['a=ptime:40', 'a=maxptime:30'], 30],
    [['a=maxptime:10'], 10],
    [['a=ptime:0'], 10],
    [[], 20],
  ]
  for (const [lines, expected] of framings)
    it(`takes a packet time of ${expected} ms from ${lines.join(', ') || 'no line'}`, () =>
      assert.equal(peer('m=audio 4 RTP/AVP 0', ...lines).ptime, expected))

  it('takes the RTCP port and address of a=rtcp (RFC 3605)', () => {
    assert.deepEqual(peer('m=audio 4 RTP/AVP 0', 'a=rtcp:53020').rtcp, { address: '192.0.2.9', port: 53020 })
    assert.deepEqual(peer('m=audio 4 RTP/AVP 0', 'a=rtcp:53020 IN IP4 192.0.2.77').rtcp, { address: '192.0.2.77', port: 53020 })
  })

  it('prefers the address of the media line to that of the session', () => {
    assert.equal(peer('m=audio 4 RTP/AVP 0', 'c=IN IP4 192.0.2.10').rtp.address, '192.0.2.10')
  })

  const directions: [string[], boolean, boolean][] = [
    [[], true, true],
    [['a=sendrecv'], true, true],
    [['a=sendonly'], false, true],
    [['a=recvonly'], true, false],
    [['a=inactive'], false, false],
    [['c=IN IP4 0.0.0.0'], false, true],
  ]
  for (const [lines, hears, sends] of directions)
    it(`takes the direction from ${lines.join('') || 'no line'}`, () =>
      has(peer('m=audio 4 RTP/AVP 0', ...lines), { hears, sends }))

  it('takes a direction that is given for the session', () => {
    const text = sdp('m=audio 4 RTP/AVP 0').replace('t=0 0', 't=0 0\r\na=recvonly')
    has(understood(text), { hears: true, sends: false })
  })

  it('writes IPv6 addresses in the form that packets have', () => {
    const text = sdp('m=audio 4 RTP/AVP 0').replace('c=IN IP4 192.0.2.9', 'c=IN IP6 2001:DB8:0:0::1')
    has(understood(text, 6), { rtp: { address: '2001:db8::1', port: 4 } })
  })

  const refused: [string, string[], RegExp][] = [
    ['SRTP', ['m=audio 4 RTP/SAVP 0'], /RTP\/SAVP is not spoken/],
    ['DTLS', ['m=audio 4 UDP/TLS/RTP/SAVPF 0'], /UDP\/TLS\/RTP\/SAVPF is not spoken/],
    ['video', ['m=video 4 RTP/AVP 96'], /video is not audio/],
    ['other codecs', ['m=audio 4 RTP/AVP 9 18'], /no codec in common: 9 18/],
    ['a declined stream', ['m=audio 0 RTP/AVP 0'], /declined/],
    ['an impossible port', ['m=audio 70000 RTP/AVP 0'], /port/],
    [
      'a name for an address',
      ['m=audio 4 RTP/AVP 0', 'c=IN IP4 phone.example.com'],
      /'phone.example.com' is not an IPv4 address/,
    ],
    ['an address of the other family', ['m=audio 4 RTP/AVP 0', 'c=IN IP6 2001:db8::1'], /not an IPv4 address/],
    ['an m= line without formats', ['m=audio 4 RTP/AVP'], /malformed/],
    ['an m= line without a port', ['m=audio'], /malformed/],
    ['no m= line', [], /no m= line/],
  ]
  for (const [name, lines, why] of refused)
    it(`refuses ${name}`, () => {
      const found = understood(sdp(...lines))
      assert.match(typeof found === 'string' ? found : JSON.stringify(found), why)
    })

  it('reads only the lines that matter, and refuses a text with too many of them', () => {
    const long = (line: string, count: number) => readSdp(body(sdp('m=audio 4 RTP/AVP 0', ...Array<string>(count).fill(line))))
    assert.equal(long('a=x', 5_000).ok, true)
    assert.equal(long('a=candidate:1 1 udp 1 192.0.2.1 4 typ host', 1_000).ok, true)
    for (const line of ['a=rtpmap:96 OPUS/48000/2', 'm=video 4 RTP/AVP 96', 'c=IN IP4 192.0.2.1'])
      assert.deepEqual(long(line, 512), { ok: false, fault: 'the session description has more than 512 lines that matter' })
  })

  it('refuses other bodies', () => {
    const read = readSdp({ type: 'application/sdpx', text: sdp('m=audio 4 RTP/AVP 0') })
    assert.equal(read.ok, false)
    assert.equal(readSdp({ type: 'Application/SDP; charset=x', text: sdp('m=audio 4 RTP/AVP 0') }).ok, true)
  })

  it('throws for no text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => neverThrows(text)))
    const type = fc.constantFrom('v', 'o', 's', 'c', 't', 'm', 'a', 'b', 'r', 'z', 'i')
    const media = fc.constantFrom(
      'm=audio 4 RTP/AVP 0',
      'm=audio 4 RTP/AVP 0 96',
      'a=ptime:',
      'a=rtcp:',
      'a=rtpmap:96 ',
      'c=IN IP6 ',
    )
    const line = fc.oneof(
      fc.tuple(type, fc.string()).map(([name, value]) => `${name}=${value}`),
      fc.tuple(media, fc.string()).map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(fc.array(line), lines => neverThrows(lines.join('\r\n'))),
      { numRuns: 2000 },
    )
  })
})

function neverThrows(text: string): void {
  const read = readSdp(body(text))
  if (read.ok) for (const line of read.value.lines) peerOf(line, 4)
}
