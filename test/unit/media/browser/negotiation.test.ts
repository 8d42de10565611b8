import assert from 'node:assert/strict'
import { GatewayNegotiation, isBrowsers, type OwnSides } from '../../../../src/media/browser/negotiation.js'
import type { Result } from '../../../../src/foundation/result.js'
import type { Body } from '../../../../src/legs/body.js'
import { offered } from '../descriptions.js'
import { credentialsOf, FakeBrowser } from '../../../fakes/fake-browser.js'

let made = 0
let reachable: readonly string[]
const own: OwnSides = {
  ...{ family: 4, plainPort: 4000, reachable: () => reachable, id: '5', sound: { ssrc: 9, cname: 'us' } },
  browser: {
    ...{ port: 4001, fingerprint: { algorithm: 'sha-256', hash: 'AA:BB' } },
    credentials: () => ({ ufrag: `ours${(made += 1)}`, password: `password${made}` }),
  },
  vouch: ({ address }, { source }) => ({ known: address === source, ...(source !== undefined && { signaling: source }) }),
}
const plain = (...lines: readonly string[]): Body =>
  offered('m=audio 6000 RTP/AVP 0 126', 'a=rtpmap:126 telephone-event/8000', ...lines)
const used = (result: Result<Body>): Body => (result.ok ? result.value : assert.fail(result.fault))
const line = ({ text }: Body, start: string): string => text.split('\r\n').find(each => each.startsWith(start)) ?? ''
const version = (description: Body): string => line(description, 'o=').split(' ')[2] ?? ''

describe('the SDP of a browser’s leg', () => {
  let browser: FakeBrowser
  let negotiation: GatewayNegotiation
  before(async () => (browser = await FakeBrowser.make(() => undefined)))
  beforeEach(() => {
    reachable = ['192.0.2.1', '192.0.2.2']
    negotiation = new GatewayNegotiation(own)
  })

  it('turns a browser’s offer into plain RTP and keeps the codecs that both sides may use', () => {
    const offer = used(negotiation.offeredByBrowser(browser.describes()))
    assert.equal(line(offer, 'm='), 'm=audio 4000 RTP/AVP 0 8 126')
    assert.equal(line(offer, 'a=rtcp:'), 'a=rtcp:4000')
    assert.equal(line(offer, 'c='), 'c=IN IP4 192.0.2.1')
    assert.doesNotMatch(offer.text, /ice|fingerprint|candidate|opus/)
    assert.equal(negotiation.agreed, undefined)
  })

  it('tells the browser our addresses and lets the browser begin the handshake', () => {
    negotiation.offeredByBrowser(browser.describes())
    const answer = used(negotiation.answerToBrowser(plain()))
    assert.equal(line(answer, 'm='), 'm=audio 4001 UDP/TLS/RTP/SAVPF 0 126')
    for (const said of ['a=ice-lite', 'a=group:BUNDLE 0', 'a=mid:0', 'a=rtcp-mux', 'a=setup:passive', 'a=end-of-candidates'])
      assert.equal(line(answer, said), said)
    assert.equal(line(answer, 'a=fingerprint'), 'a=fingerprint:sha-256 AA:BB')
    assert.match(
      answer.text,
      /a=candidate:1 1 udp 2130706431 192\.0\.2\.1 4001 typ host\r\na=candidate:2 1 udp \d+ 192\.0\.2\.2 4001/,
    )
    assert.deepEqual(negotiation.agreed, {
      credentials: credentialsOf(answer),
      theirs: { ufrag: browser.ufrag, password: browser.password },
      fingerprint: { algorithm: 'sha-256', hash: browser.fingerprint },
      browserHears: true,
      plain: {
        ...{ rtp: { address: '192.0.2.9', port: 6000 }, rtcp: { address: '192.0.2.9', port: 6001 }, hears: true },
        vouched: { rtp: { known: false }, rtcp: { known: false } },
      },
    })
  })

  it('names the addresses that the machine has now when the browser restarts ICE, and new credentials', () => {
    negotiation.offeredByBrowser(browser.describes())
    const before = used(negotiation.answerToBrowser(plain()))
    reachable = ['192.0.2.8', '192.0.2.1']
    assert.equal(negotiation.isElsewhere, false)
    const same = used(negotiation.offeredByBrowser(browser.describes()))
    assert.equal(line(same, 'c='), 'c=IN IP4 192.0.2.1', 'an address that others use stays as long as it is there')
    negotiation.answerToBrowser(plain())

    reachable = ['10.8.0.2']
    const described = browser.describes()
    const restarted = { ...described, text: described.text.replaceAll(browser.ufrag, 'again') }
    assert.equal(negotiation.isElsewhere, true)
    const offer = used(negotiation.offeredByBrowser(restarted))
    assert.equal(line(offer, 'c='), 'c=IN IP4 10.8.0.2')
    const after = used(negotiation.answerToBrowser(plain()))
    assert.match(after.text, /a=candidate:1 1 udp \d+ 10\.8\.0\.2 4001/)
    assert.doesNotMatch(after.text, /192\.0\.2\./)
    assert.notEqual(credentialsOf(after).ufrag, credentialsOf(before).ufrag)
    assert.equal(negotiation.isElsewhere, false)
  })

  it('restarts ICE in an offer of ours when the address of before is gone', () => {
    const answers = (offer: Body): void => {
      const { ufrag, password } = credentialsOf(offer)
      assert.ok(ufrag !== '' && password !== '')
      used(negotiation.answerToPlain(browser.describes('active')))
    }
    const first = used(negotiation.offeredByPlain(plain()))
    answers(first)
    const same = used(negotiation.offeredByPlain(plain()))
    assert.deepEqual(credentialsOf(same), credentialsOf(first))
    answers(same)
    reachable = ['10.8.0.2']
    const other = used(negotiation.offeredByPlain(plain()))
    assert.notEqual(credentialsOf(other).ufrag, credentialsOf(first).ufrag)
    assert.deepEqual(negotiation.agreed?.credentials, credentialsOf(first), 'until the browser has answered')
    answers(other)
    assert.deepEqual(negotiation.agreed?.credentials, credentialsOf(other))
  })

  it('checks the plain side’s RTP and RTCP addresses separately against the author of its description', () => {
    const vouchedOf = (source: string): unknown => {
      negotiation.offeredByBrowser(browser.describes())
      used(negotiation.answerToBrowser({ ...plain('a=rtcp:6001 IN IP4 192.0.2.8'), source }))
      return negotiation.agreed?.plain.vouched
    }
    const [known, unknown] = [true, false].map(known => ({ known, signaling: '192.0.2.9' }))
    assert.deepEqual(vouchedOf('192.0.2.9'), { rtp: known, rtcp: unknown })
    assert.deepEqual(vouchedOf('192.0.2.8'), {
      rtp: { ...unknown, signaling: '192.0.2.8' },
      rtcp: { ...known, signaling: '192.0.2.8' },
    })
  })

  it('turns a plain offer into one for a browser, and the browser’s answer into a plain one', () => {
    const offer = used(negotiation.offeredByPlain(plain()))
    assert.equal(line(offer, 'a=setup'), 'a=setup:actpass')
    assert.equal(line(offer, 'm='), 'm=audio 4001 UDP/TLS/RTP/SAVPF 0 126')
    const answer = used(negotiation.answerToPlain(browser.describes('active')))
    assert.equal(line(answer, 'm='), 'm=audio 4000 RTP/AVP 0 8 126')
    assert(negotiation.agreed)
  })

  it('carries a hold in both directions, also as c=0.0.0.0', () => {
    negotiation.offeredByBrowser(browser.describes())
    negotiation.answerToBrowser(plain())
    const hold = used(negotiation.offeredByBrowser(browser.describes('actpass', 'a=sendonly')))
    assert.equal(line(hold, 'a=sendonly'), 'a=sendonly')
    assert.equal(version(hold), '2')
    const held = used(negotiation.answerToBrowser(plain('a=recvonly')))
    assert.equal(line(held, 'a=recvonly'), 'a=recvonly')
    assert.equal(negotiation.agreed?.browserHears, false)
    assert.deepEqual(negotiation.agreed.hold, { voices: [0], codec: 'pcmu', payloadType: 0 })
    const nowhere = used(negotiation.offeredByPlain(offered('m=audio 6000 RTP/AVP 0', 'c=IN IP4 0.0.0.0')))
    assert.equal(line(nowhere, 'a=sendonly'), 'a=sendonly')
    negotiation.answerToPlain(browser.describes('active', 'a=recvonly'))
    assert.equal(negotiation.agreed?.plain.hears, false)
    assert.equal(negotiation.agreed.hold, undefined)
  })

  it('refuses SDP that can’t be used, and keeps what was agreed', () => {
    negotiation.offeredByBrowser(browser.describes())
    negotiation.answerToBrowser(plain())
    const agreed = negotiation.agreed
    const strange = [
      offered('m=audio 6000 RTP/SAVP 0'),
      offered('m=audio 6000 RTP/AVP 18'),
      offered('m=video 6000 RTP/AVP 96'),
      offered('m=audio 0 RTP/AVP 0'),
      offered('m=audio 6000 RTP/AVP 0', 'c=IN IP6 ::1'),
      { type: 'text/plain', text: plain().text },
    ]
    for (const each of strange) {
      assert(!negotiation.offeredByPlain(each).ok)
      negotiation.offeredByBrowser(browser.describes())
      assert(!negotiation.answerToBrowser(each).ok)
    }
    for (const each of [plain(), browser.describes('passive')]) assert(!negotiation.offeredByBrowser(each).ok)
    negotiation.offeredByPlain(plain())
    for (const each of [plain(), browser.describes('passive'), browser.describes('actpass')])
      assert(!negotiation.answerToPlain(each).ok)
    assert.equal(negotiation.agreed, agreed)
  })

  it('accepts one answer for each offer, and keeps offers that cross apart', () => {
    assert(!negotiation.answerToBrowser(plain()).ok)
    assert(!negotiation.answerToPlain(browser.describes('active')).ok)
    negotiation.offeredByBrowser(browser.describes())
    negotiation.offeredByPlain(plain())
    assert(negotiation.answerToBrowser(plain()).ok)
    assert(!negotiation.answerToBrowser(plain()).ok)
    assert(negotiation.answerToPlain(browser.describes('active')).ok)
  })

  it('keeps the media lines of the session and refuses those that are not carried', () => {
    const video = ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:1']
    negotiation.offeredByBrowser(browser.describes('actpass', ...video))
    const answer = used(negotiation.answerToBrowser(plain()))
    assert.equal(line(answer, 'm=video'), 'm=video 0 UDP/TLS/RTP/SAVPF 96')
    assert(!negotiation.answerToPlain(browser.describes('active')).ok)
    const again = used(negotiation.offeredByPlain(plain()))
    assert.deepEqual(again.text.match(/^m=\w+ \d+/gm), ['m=audio 4001', 'm=video 0'])
    assert(!negotiation.answerToPlain(browser.describes('active')).ok)
  })

  it('gives a browser new credentials when it restarts ICE, and the same ones when it only offers again', async () => {
    negotiation.offeredByBrowser(browser.describes())
    const first = credentialsOf(used(negotiation.answerToBrowser(plain())))
    negotiation.offeredByBrowser(browser.describes())
    assert.deepEqual(credentialsOf(used(negotiation.answerToBrowser(plain()))), first)
    const restarted = browser.describes()
    const other = { ...restarted, text: restarted.text.replace('a=ice-ufrag:them', 'a=ice-ufrag:other') }
    negotiation.offeredByBrowser(other)
    assert.notDeepEqual(credentialsOf(used(negotiation.answerToBrowser(plain()))), first)
  })

  it('is recognised as a browser’s', () => {
    assert(isBrowsers(browser.describes()))
    assert(!isBrowsers(plain()))
    assert(!isBrowsers(offered('m=audio 6000 UDP/TLS/RTP/SAVPF 0')))
    assert(!isBrowsers({ type: 'text/plain', text: browser.describes().text }))
  })
})
