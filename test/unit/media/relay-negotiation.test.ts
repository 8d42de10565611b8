import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Body } from '../../../src/legs/body.js'
import { RelayNegotiation, relayFault, SideSession } from '../../../src/media/anchor/negotiation.js'
import { notRelayed, PayloadTypes, payloadTable } from '../../../src/media/anchor/payload-types.js'
import type { Coding } from '../../../src/media/sdp.js'
import { body, offered, sdp } from './descriptions.js'

const ours = '198.51.100.1'
const partner = '203.0.113.5'

interface Bench {
  readonly negotiation: RelayNegotiation
  readonly caller: SideSession
}

function bench(preferred?: number, shared?: SideSession): Bench {
  const session = (port: number): SideSession => new SideSession({ address: () => ours, port: () => port }, String(port))
  const caller = shared ?? session(20_000)
  const negotiation = new RelayNegotiation({
    ...{ family: 4, caller, partner: session(20_002), preferred: () => preferred, recording: () => undefined, sound: 'any' },
    vouch: (_place, writer) => ({ known: writer.ours === true }),
  })
  return { negotiation, caller }
}

/** An agent's description. */
const theirs = (...media: readonly string[]): Body => body(sdp(...media).replaceAll('192.0.2.9', partner))
const g711 = (port: number, events: number, ...more: readonly string[]): readonly string[] => [
  `m=audio ${port} RTP/AVP 0 8 ${events}`,
  `a=rtpmap:${events} telephone-event/8000`,
  ...more,
]

function textOf(result: { readonly ok: boolean; readonly value?: Body; readonly fault?: string }): string {
  return result.ok ? (result.value?.text ?? '') : assert.fail(result.fault)
}

/** The lines that say where media go and how. */
const places = (text: string): string[] =>
  text.split('\r\n').filter(line => /^(?:[cm]=|a=(?:rtpmap|fmtp|send|recv|inactive))/.test(line))

describe('a relay’s descriptions', () => {
  it('don’t carry a codec whose name is longer than any real one, because a session remembers its codecs', () => {
    const { negotiation } = bench()
    const offer = offered('m=audio 4000 RTP/AVP 0 96', `a=rtpmap:96 ${'X'.repeat(65)}/8000`)
    assert.deepEqual(places(textOf(negotiation.offered('caller', offer))).slice(1, 3), [
      'm=audio 20002 RTP/AVP 0',
      'a=rtpmap:0 PCMU/8000',
    ])
    const long = offered('m=audio 4000 RTP/AVP 0', `m=${'x'.repeat(60_000)} 4002 RTP/AVP 1`)
    assert.equal(negotiation.offered('caller', long).ok, false)
  })

  it('carry the first 48 codecs of a line, because each is compared with those of the other side', () => {
    const numbers = Array.from({ length: 128 }, (_, number) => number)
    const maps = numbers.map(number => `a=rtpmap:${number} C${number}/8000`)
    const { negotiation } = bench()
    const text = textOf(negotiation.offered('caller', offered(`m=audio 4000 RTP/AVP ${numbers.join(' ')}`, ...maps)))
    assert.equal(text.match(/^a=rtpmap:/gm)?.length, 48)
  })

  it('names only our own address towards each side, and no word of the other side', () => {
    const { negotiation } = bench()
    const told = [
      'a=rtcp:4001 IN IP4 192.0.2.9',
      'a=candidate:1 1 UDP 1 192.0.2.9 4000 typ host',
      'a=label:ann',
      'a=ssrc:7 cname:ann@192.0.2.9',
    ]
    const toPartner = textOf(negotiation.offered('caller', offered(...g711(4000, 101, ...told))))
    const toCaller = textOf(
      negotiation.answered('partner', theirs(...g711(5000, 101, 'a=tool:phone', `a=rtcp:9 IN IP4 ${partner}`))),
    )
    for (const text of [toPartner, toCaller])
      assert.doesNotMatch(text, /192\.0\.2\.9|203\.0\.113|alice|ann|tool|ssrc|candidate|a=rtcp/)
    assert.deepEqual(places(toPartner).slice(0, 2), [`c=IN IP4 ${ours}`, 'm=audio 20002 RTP/AVP 0 8 101'])
    assert.deepEqual(places(toCaller).slice(0, 2), [`c=IN IP4 ${ours}`, 'm=audio 20000 RTP/AVP 0 8 101'])
  })

  it('translates the payload type of keys when the partner has another number', () => {
    const { negotiation } = bench()
    textOf(negotiation.offered('caller', offered(...g711(4000, 101))))
    assert.match(textOf(negotiation.answered('partner', theirs(...g711(5000, 96)))), /m=audio 20000 RTP\/AVP 0 8 101\r/)
    const { agreed } = negotiation
    assert.deepEqual([agreed?.caller.table[101], agreed?.caller.keys], [96, 101])
    // The partner sends with the number of our offer. Phones that use their own number are understood too.
    assert.deepEqual([agreed?.partner.table[101], agreed?.partner.table[96], agreed?.partner.keys], [101, 101, 101])
    assert.equal(agreed?.caller.table[50], notRelayed)
  })

  it('carries codecs that it does not know, with their parameters and channels', () => {
    const { negotiation } = bench()
    const opus = [
      'm=audio 4000 RTP/AVP 111 18 9',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 useinbandfec=1',
      'a=fmtp:18 annexb=no',
    ]
    assert.deepEqual(places(textOf(negotiation.offered('caller', offered(...opus)))).slice(1), [
      'm=audio 20002 RTP/AVP 111 18 9',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:18 G729/8000',
      'a=rtpmap:9 G722/8000',
      'a=fmtp:111 useinbandfec=1',
      'a=fmtp:18 annexb=no',
      'a=sendrecv',
    ])
    const answer = theirs('m=audio 5000 RTP/AVP 99', 'a=rtpmap:99 opus/48000/2', 'a=fmtp:99 stereo=0')
    assert.deepEqual(places(textOf(negotiation.answered('partner', answer))).slice(1, 4), [
      'm=audio 20000 RTP/AVP 111',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 stereo=0',
    ])
    assert.equal(negotiation.agreed?.caller.table[111], 99)
  })

  it('refuses video in the caller’s own lines, and offers the partner audio alone', () => {
    const { negotiation } = bench()
    const offer = offered('m=video 4002 RTP/AVP 99', 'a=rtpmap:99 H264/90000', ...g711(4000, 101))
    assert.doesNotMatch(textOf(negotiation.offered('caller', offer)), /m=video/)
    const answer = textOf(negotiation.answered('partner', theirs(...g711(5000, 101))))
    assert.match(answer, /m=video 0 RTP\/AVP 99\r\n.*m=audio 20000 /s)
  })

  it('offers the codec that the caller hears now first', () => {
    const { negotiation } = bench(8)
    assert.match(textOf(negotiation.offered('caller', offered(...g711(4000, 101)))), /m=audio 20002 RTP\/AVP 8 0 101\r/)
  })

  it('keeps the caller’s payload types when the next partner numbers codecs differently', () => {
    const first = bench()
    textOf(first.negotiation.offered('caller', offered(...g711(4000, 101))))
    textOf(first.negotiation.answered('partner', theirs(...g711(5000, 101))))
    const { negotiation } = bench(undefined, first.caller)
    const offer = theirs('m=audio 5000 RTP/AVP 0 101 96', 'a=rtpmap:101 iLBC/8000', 'a=rtpmap:96 telephone-event/8000')
    assert.match(
      textOf(negotiation.offered('partner', offer)),
      /m=audio 20000 RTP\/AVP 0 96 101\r\n.*rtpmap:96 ILBC.*rtpmap:101 telephone-event/s,
    )
  })

  it('says what it can’t relay: SRTP, another address family, no audio', () => {
    assert.match(relayFault(offered('m=audio 4000 RTP/SAVP 0'), 4) ?? '', /RTP\/SAVP is not relayed/)
    assert.match(relayFault(offered('m=audio 4000 RTP/AVP 0'), 6) ?? '', /not an IPv6 address/)
    assert.equal(relayFault(offered('m=video 4000 RTP/AVP 99'), 4), 'no audio stream')
    assert.equal(relayFault(offered('m=audio 4000 RTP/AVP 0'), 4), undefined)
  })

  it('refuses an answer without an offer, one without a common codec, and one with other lines, and changes nothing', () => {
    const { negotiation } = bench()
    assert.equal(negotiation.answered('partner', theirs(...g711(5000, 101))).ok, false)
    textOf(negotiation.offered('caller', offered('m=audio 4000 RTP/AVP 0')))
    assert.equal(negotiation.answered('partner', theirs('m=audio 5000 RTP/AVP 8')).ok, false)
    assert.equal(negotiation.answered('partner', theirs(...g711(5000, 101), 'm=video 5 RTP/AVP 99')).ok, false)
    assert.equal(negotiation.agreed, undefined)
    textOf(negotiation.answered('partner', theirs('m=audio 5000 RTP/AVP 0')))
    assert.notEqual(negotiation.agreed, undefined)
  })

  it('gives nothing when no port is free', () => {
    const session = (): SideSession => new SideSession({ address: () => ours, port: () => undefined }, '1')
    const negotiation = new RelayNegotiation({
      ...{
        family: 4,
        caller: session(),
        partner: session(),
        preferred: () => undefined,
        recording: () => undefined,
        sound: 'any',
        vouch: () => ({ known: false }),
      },
    })
    assert.deepEqual(negotiation.offered('caller', offered(...g711(4000, 101))), { ok: false, fault: 'no port free' })
  })
})

describe('an offer that changes nothing for the other side', () => {
  function agreed(): RelayNegotiation {
    const { negotiation } = bench()
    textOf(negotiation.offered('caller', offered(...g711(4000, 101))))
    textOf(negotiation.answered('partner', theirs(...g711(5000, 101))))
    return negotiation
  }

  for (const by of ['caller', 'partner'] as const)
    it(`is answered by us when the ${by} moves to another port`, () => {
      const negotiation = agreed()
      const moved = by === 'caller' ? offered(...g711(4444, 101)) : theirs(...g711(4444, 101))
      assert.match(negotiation.settled(by, moved)?.text ?? '', /m=audio 2000[02] RTP\/AVP 0 8 101\r/)
      assert.equal(negotiation.agreed?.[by].peer.rtp.port, 4444)
    })

  it('has a new version in o= only when our answer differs', () => {
    const negotiation = agreed()
    const versions = [4000, 4444, 4446].map(
      port => /^o=\S+ \d+ (\d+)/m.exec(negotiation.settled('caller', offered(...g711(port, 101)))?.text ?? '')?.[1],
    )
    assert.equal(new Set(versions).size, 1)
  })

  for (const [what, media] of [
    ['a hold', g711(4000, 101, 'a=sendonly')],
    ['a codec less', ['m=audio 4000 RTP/AVP 8 101', 'a=rtpmap:101 telephone-event/8000']],
    ['SRTP', ['m=audio 4000 RTP/SAVP 0 8']],
  ] as const)
    it(`is none if it is ${what}`, () => {
      const negotiation = agreed()
      assert.equal(negotiation.settled('caller', offered(...media)), undefined)
      assert.equal(negotiation.agreed?.caller.peer.rtp.port, 4000)
    })

  it('is none before the first agreement, and while an offer is open', () => {
    const { negotiation } = bench()
    assert.equal(negotiation.settled('caller', offered(...g711(4000, 101))), undefined)
    const talking = agreed()
    textOf(talking.offered('partner', theirs(...g711(5000, 101, 'a=sendonly'))))
    assert.equal(talking.settled('caller', offered(...g711(4000, 101))), undefined)
  })
})

describe('payload types of a session', () => {
  const coding = (payloadType: number, name: string): Coding => ({ payloadType, name, rate: 8000 })

  it('gives a codec a free number when its own is taken', () => {
    const types = new PayloadTypes()
    types.named([coding(96, 'TELEPHONE-EVENT'), coding(97, 'ILBC')])
    assert.deepEqual(types.shown([coding(97, 'AMR'), coding(101, 'TELEPHONE-EVENT')]), [
      coding(98, 'AMR'),
      coding(96, 'TELEPHONE-EVENT'),
    ])
  })

  it('leaves a codec out when no number is free', () => {
    const types = new PayloadTypes()
    types.named(Array.from({ length: 128 }, (_, number) => coding(number, `C${number}`)))
    assert.deepEqual(types.shown([coding(0, 'OTHER')]), [])
  })

  it('still understands the offered number when the answer names another', () => {
    const types = new PayloadTypes()
    types.shown([coding(101, 'TELEPHONE-EVENT')])
    types.named([coding(96, 'TELEPHONE-EVENT')])
    const table = payloadTable([coding(96, 'TELEPHONE-EVENT')], types, [coding(110, 'TELEPHONE-EVENT')])
    assert.deepEqual([table[101], table[96]], [110, 110])
  })

  it('never gives two codecs one number, and never more than 128', () => {
    const named = fc.array(fc.tuple(fc.integer({ min: 0, max: 127 }), fc.constantFrom('A', 'B', 'C', 'D', 'E')), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), named), { maxLength: 8 }), steps => {
        const types = new PayloadTypes()
        for (const [isOwn, list] of steps) {
          const codings = list.map(([number, name]) => coding(number, name))
          if (isOwn) types.named(codings)
          else {
            const shown = types.shown(codings)
            assert.equal(new Set(shown.map(({ payloadType }) => payloadType)).size, shown.length)
            assert(shown.every(({ payloadType }) => payloadType <= 127))
          }
        }
      }),
    )
  })
})
