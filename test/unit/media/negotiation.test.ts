import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parse } from 'sdp-transform'
import { Negotiation, offerFault } from '../../../src/media/builtin/negotiation.js'
import type { Body } from '../../../src/legs/body.js'
import { body, has, offered, sdp } from './descriptions.js'

let reachable = ['198.51.100.1']
const negotiation = (): Negotiation => new Negotiation({ reachable: () => reachable, family: 4, port: 20_000, id: '77' })

function answered(to: Negotiation, ...media: readonly string[]): readonly string[] {
  const answer = to.answer(offered(...media))
  if (!answer.ok) assert.fail(answer.fault)
  return linesOf(answer.value)
}

const linesOf = ({ text }: Body): readonly string[] => text.split('\r\n').filter(line => line !== '')
const version = (lines: readonly string[]): number => Number(lines.find(line => line.startsWith('o='))?.split(' ')[2])

describe('answering an SDP offer', () => {
  it('names an address that the machine still has', () => {
    const to = negotiation()
    assert.ok(answered(to, 'm=audio 4 RTP/AVP 0').includes('c=IN IP4 198.51.100.1'))
    reachable = ['198.51.100.2']
    assert.equal(to.place.address, '198.51.100.1')
    assert.ok(answered(to, 'm=audio 4 RTP/AVP 0').includes('c=IN IP4 198.51.100.2'))
    assert.equal(to.place.address, '198.51.100.2')
    reachable = ['198.51.100.1']
  })

  it('names one codec, telephone-event, the requested packet time and a port of ours', () => {
    const lines = answered(
      negotiation(),
      ...['m=audio 4000 RTP/AVP 9 8 0 96', 'a=rtpmap:96 telephone-event/8000', 'a=ptime:30', 'a=rtcp-mux'],
    )
    assert.deepEqual(lines, [
      ...['v=0', 'o=carillon 77 1 IN IP4 198.51.100.1', 's=-', 'c=IN IP4 198.51.100.1', 't=0 0'],
      ...['m=audio 20000 RTP/AVP 8 96', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-15'],
      ...['a=ptime:30', 'a=sendrecv'],
    ])
  })

  const directions: [string, string][] = [
    ['a=sendrecv', 'a=sendrecv'],
    ['a=sendonly', 'a=recvonly'],
    ['a=recvonly', 'a=sendonly'],
    ['a=inactive', 'a=inactive'],
    ['c=IN IP4 0.0.0.0', 'a=recvonly'],
  ]
  for (const [theirs, ours] of directions)
    it(`answers ${theirs} with ${ours}`, () => assert.equal(answered(negotiation(), 'm=audio 4 RTP/AVP 0', theirs).at(-1), ours))

  it('refuses all other streams at their positions (RFC 3264 §6)', () => {
    const lines = answered(
      negotiation(),
      ...['m=video 6 RTP/AVP 96 97', 'm=audio 8 RTP/SAVP 0', 'm=audio 4 RTP/AVP 0', 'm=audio 10 RTP/AVP 8'],
      'm=image 12 udptl t38',
    )
    assert.deepEqual(
      lines.filter(line => line.startsWith('m=')),
      [
        ...['m=video 0 RTP/AVP 96 97', 'm=audio 0 RTP/SAVP 0', 'm=audio 20000 RTP/AVP 0', 'm=audio 0 RTP/AVP 8'],
        'm=image 0 udptl t38',
      ],
    )
  })

  it('says why no answer is possible', () => {
    const answer = negotiation().answer(offered('m=video 6 RTP/AVP 96', 'm=audio 4 RTP/SAVP 0'))
    assert.deepEqual(answer, { ok: false, fault: 'RTP/SAVP is not spoken, only RTP/AVP' })
  })

  it('repeats the timing of the offer', () => {
    const answer = negotiation().answer(body(sdp('m=audio 4 RTP/AVP 0').replace('t=0 0', 't=3034423619 3042462419')))
    assert(answer.ok && answer.value.text.includes('t=3034423619 3042462419\r\n'))
  })

  it('can be checked in advance', () => {
    assert.equal(offerFault(offered('m=audio 4 RTP/AVP 0'), 4), undefined)
    assert.notEqual(offerFault(offered('m=audio 4 RTP/AVP 0'), 6), undefined)
    assert.match(offerFault(offered('m=audio 4 RTP/AVP 18'), 4) ?? '', /codec/)
    assert.notEqual(offerFault(body('hello'), 4), undefined)
  })
})

describe('a second offer', () => {
  it('raises the version only when something changed (RFC 3264 §8)', () => {
    const stream = negotiation()
    assert.equal(version(answered(stream, 'm=audio 4 RTP/AVP 0')), 1)
    assert.equal(version(answered(stream, 'm=audio 6 RTP/AVP 0')), 1)
    assert.equal(version(answered(stream, 'm=audio 6 RTP/AVP 0', 'a=sendonly')), 2)
    assert.equal(version(answered(stream, 'm=audio 6 RTP/AVP 0')), 3)
  })

  it('moves the stream to another address', () => {
    const stream = negotiation()
    answered(stream, 'm=audio 4 RTP/AVP 0')
    answered(stream, 'm=audio 6 RTP/AVP 8', 'c=IN IP4 192.0.2.55')
    has(stream.agreed, { rtp: { address: '192.0.2.55', port: 6 }, codec: 'pcma' })
  })

  it('keeps the audio line in use', () => {
    const stream = negotiation()
    answered(stream, 'm=audio 0 RTP/AVP 0', 'm=audio 6 RTP/AVP 0')
    answered(stream, 'm=audio 4 RTP/AVP 0', 'm=audio 6 RTP/AVP 0')
    assert.equal(stream.agreed?.rtp.port, 6)
  })

  it('changes nothing when it can’t be answered', () => {
    const stream = negotiation()
    answered(stream, 'm=audio 4 RTP/AVP 0')
    for (const other of [offered('m=audio 6 RTP/SAVP 0'), body('?'), { type: 'text/plain', text: '' }]) stream.answer(other)
    assert.equal(stream.agreed?.rtp.port, 4)
    assert.equal(version(answered(stream, 'm=audio 4 RTP/AVP 0')), 1)
  })
})

describe('an offer of ours', () => {
  it('names PCMU, PCMA and telephone-event', () => {
    assert.deepEqual(linesOf(negotiation().offer()).slice(5), [
      ...['m=audio 20000 RTP/AVP 0 8 101', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000'],
      ...['a=fmtp:101 0-15', 'a=ptime:20', 'a=sendrecv'],
    ])
  })

  it('is completed by an answer, and keys use the payload type that we offered', () => {
    const stream = negotiation()
    stream.offer()
    assert.equal(stream.take(offered('m=audio 4 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000')), true)
    has(stream.agreed, { codec: 'pcma', events: 101 })
  })

  it('keeps the media lines and payload types during a session', () => {
    const stream = negotiation()
    answered(stream, 'm=video 6 RTP/AVP 97', 'm=audio 4 RTP/AVP 0 96', 'a=rtpmap:96 telephone-event/8000')
    const lines = linesOf(stream.offer())
    assert.deepEqual(
      lines.filter(line => line.startsWith('m=')),
      ['m=video 0 RTP/AVP 97', 'm=audio 20000 RTP/AVP 0 8 96'],
    )
    assert.equal(version(lines), 2)
    assert.equal(stream.take(offered('m=video 0 RTP/AVP 97', 'm=audio 8 RTP/AVP 0')), true)
    assert.equal(stream.agreed?.rtp.port, 8)
  })

  const unusable: [string, Body][] = [
    ['declines', offered('m=audio 0 RTP/AVP 0')],
    ['has other lines', offered('m=audio 4 RTP/AVP 0', 'm=video 6 RTP/AVP 96')],
    ['has no codec of ours', offered('m=audio 4 RTP/AVP 18')],
    ['is no SDP', body('v=0')],
  ]
  for (const [name, answer] of unusable)
    it(`stays as agreed when the answer ${name}`, () => {
      const stream = negotiation()
      answered(stream, 'm=audio 40 RTP/AVP 0')
      stream.offer()
      assert.equal(stream.take(answer), false)
      assert.equal(stream.agreed?.rtp.port, 40)
    })

  it('accepts no answer without an offer', () => {
    const stream = negotiation()
    answered(stream, 'm=audio 4 RTP/AVP 0')
    assert.equal(stream.take(offered('m=audio 6 RTP/AVP 0')), false)
  })
})

describe('any offer', () => {
  it('is answered line by line with SDP, or not at all', () => {
    const media = fc.tuple(
      fc.constantFrom('audio', 'video', 'image', 'application'),
      fc.nat(70_000),
      fc.constantFrom('RTP/AVP', 'RTP/SAVP', 'UDP/TLS/RTP/SAVPF', 'udptl'),
      fc.array(fc.oneof(fc.nat(130).map(String), fc.constantFrom('t38', '%s', '*')), { maxLength: 4 }),
    )
    const attribute = fc.oneof(
      fc.constantFrom('a=sendonly', 'a=inactive', 'a=ptime:40', 'a=rtcp:9 IN IP4 x', 'a=rtpmap:96 PCMA/8000', 'c=IN IP4 0.0.0.0'),
      fc.string().map(text => `a=${text.replace(/[\r\n]/g, '')}`),
    )
    const section = fc.tuple(media, fc.array(attribute, { maxLength: 4 }))
    const sections = section.map(([[kind, port, protocol, formats], rest]) => [
      `m=${kind} ${port} ${protocol} ${formats.join(' ')}`,
      ...rest,
    ])
    fc.assert(
      fc.property(fc.array(fc.array(sections, { maxLength: 4 }), { maxLength: 3 }), offers => {
        const stream = negotiation()
        for (const each of offers) {
          const text = sdp(...each.flat())
          const answer = stream.answer(body(text))
          if (!answer.ok) continue
          const asked = parse(text).media
          const told = parse(answer.value.text).media
          assert.deepEqual(
            told.map(({ type, protocol }) => [type, protocol]),
            asked.map(({ type, protocol }) => [type, protocol]),
          )
          assert.equal(told.filter(({ port }) => port !== 0).length, 1)
        }
      }),
    )
  })
})
