import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import type { BrowserMedia } from '../../../../src/media/browser/browser-media.js'
import type { Body } from '../../../../src/legs/body.js'
import { body } from '../descriptions.js'
import { rtp } from '../packets.js'
import { Phone, portOf } from '../phone.js'
import { host, SocketLeg, started, until } from './leg.js'
import { messagesOf, spiedLog } from '../../../fakes/spies.js'

/** A handshake fragment: its header (RFC 6347 §4.2.2) and its content. */
function fragment(type: number, length: number, sequence: number, offset: number, body = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt8(type, 0)
  head.writeUIntBE(length, 1, 3)
  head.writeUInt16BE(sequence, 4)
  head.writeUIntBE(offset, 6, 3)
  head.writeUIntBE(body.length, 9, 3)
  return Buffer.concat([head, body])
}

function record(type: number, body: Buffer, epoch = 0, sequence = 0): Buffer {
  const head = Buffer.from([type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, 0, 0])
  head.writeUIntBE(sequence, 5, 6)
  head.writeUInt16BE(body.length, 11)
  return Buffer.concat([head, body])
}

const most = 0xffffff
const pairsOf = (type: number, count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => [fragment(type, most, 1, 0), fragment(type, most, 1, most)]).flat())

/** Fragments of messages that claim 16 MB. A reader that trusts the lengths would reserve this memory. */
const hugeFragments = Buffer.concat([record(22, pairsOf(11, 20)), record(22, fragment(16, 1, 2, 0, Buffer.alloc(1)), 0, 1)])

describe('a stranger who sends to a browser’s media port (strangers-end-one-leg)', () => {
  let media: BrowserMedia
  let log: ReturnType<typeof spiedLog>
  const legs: SocketLeg[] = []
  const kept = async (made: Promise<SocketLeg>): Promise<SocketLeg> => {
    const leg = await made
    legs.push(leg)
    return leg
  }
  beforeEach(async () => {
    log = spiedLog()
    media = (await started(log)).media
  })
  afterEach(async () => {
    for (const leg of legs.splice(0)) leg.close()
    await media.stop()
  })

  for (const [what, bytes] of [
    ['one byte', Buffer.from([0x16])],
    ['fragments of messages of 16 MB', hugeFragments],
    ['a record that says that it is longer than it is', Buffer.from('16fefd0000000000000000ffff00', 'hex')],
  ] as const) {
    it(`can’t end another leg with ${what}`, async () => {
      const other = await kept(SocketLeg.talking(media))
      const attacker = await kept(SocketLeg.checked(media))
      await attacker.attack(bytes)
      // The process reads packets in order, so the answer shows that the attack was read before.
      attacker.browser.check(attacker.credentials)
      await until(() => attacker.browser.answers.length === 2 || attacker.isLost)
      await other.carries()
      await (await kept(SocketLeg.talking(media))).carries()
      assert.deepEqual([other.isLost, log.error.called, log.warn.called], [false, false, false])
    })

    it(`can’t end any leg with ${what} from an address that passed no check`, async () => {
      const leg = await kept(SocketLeg.talking(media))
      const stranger = createSocket('udp4').unref()
      await new Promise<void>(resolve => stranger.send(bytes, leg.port, host, () => resolve()))
      await leg.carries()
      stranger.close()
      assert.deepEqual([leg.isLost, log.error.called, log.warn.called], [false, false, false])
    })
  }

  it('stops receiving the sound of a phone behind NAT at the phone’s first packet', async () => {
    const spy = await Phone.open('127.0.0.66')
    const described = (phone: Phone): Body => ({
      ...body(phone.describes().text.replace(/^c=.*$/m, 'c=IN IP4 127.0.0.77')),
      source: phone.host,
    })
    const leg = await kept(SocketLeg.talking(media, described))
    for (let sequence = 1; sequence <= 30; sequence += 1) await spy.sends(rtp({ sequence, ssrc: 9 }), portOf(leg.toPlain), host)
    await until(() => leg.browser.heard.length >= 6)
    leg.browser.say(rtp({ sequence: 1 }))
    await spy.first(1)
    const before = leg.browser.heard.length
    leg.phone.send(rtp({ ssrc: 5 }), leg.toPlain)
    await until(() => leg.browser.heard.length > before)
    leg.browser.say(rtp({ sequence: 2 }))
    await leg.phone.first(1)
    assert.deepEqual([spy.heard.length, leg.phone.heard.length], [1, 1])
    spy.close()
  })

  it('is ended, with a log line and a metric, when its packets never become a handshake', async () => {
    const other = await kept(SocketLeg.talking(media))
    const attacker = await kept(SocketLeg.checked(media))
    for (let sent = 0; sent < 40; sent += 1) await attacker.attack(record(22, pairsOf(99, 55), 0, sent))
    await until(() => attacker.isLost)
    await other.carries()
    assert.deepEqual([other.isLost, media.statistics().gatewaysLost.wasteful], [false, 1])
    assert.match(messagesOf(log.warn).join(), /sends too much: DTLS: more than 8 oddities for a handshake/)
  })

  it('is ended when its fragments never become messages', async () => {
    const attacker = await kept(SocketLeg.checked(media))
    const open = Array.from({ length: 200 }, (_, sequence) =>
      record(22, fragment(1, 16_000, 1, 0, Buffer.alloc(900)), 0, sequence),
    )
    for (const bytes of open) await attacker.attack(bytes)
    await until(() => attacker.isLost)
    assert.equal(media.statistics().gatewaysLost.wasteful, 1)
  })
})
