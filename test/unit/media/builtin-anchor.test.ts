import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { systemClock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { seconds } from '../../../src/foundation/time.js'
import type { Body } from '../../../src/legs/body.js'
import { BuiltinMedia } from '../../../src/media/builtin/builtin-media.js'
import type { Sound } from '../../../src/media/rtp/sound.js'
import type { Anchor, AnchorSide } from '../../../src/media/port.js'
import type { PromptId } from '../../../src/routing/world/ids.js'
import { key, read, rtp } from './packets.js'
import { freePorts, Phone, portOf } from './phone.js'
import { samples, sound } from './sounds.js'
import { Told } from './told.js'

const music = 'music' as PromptId
/** In ms. The relay takes 400 packets a second, and drops and counts what is more. */
const packetEvery = 5
const options = {
  lostAfter: seconds(30),
  sounds: new Map<PromptId, Sound>([[music, sound(...samples(240))]]),
  ...{ clock: systemClock, log: silentLog, random: randomBytes, vouch: () => ({ known: true }) },
}

describe('the relay of the built-in media engine', () => {
  let media: BuiltinMedia
  let anchor: Anchor
  const phones: Phone[] = []
  beforeEach(async () => {
    media = new BuiltinMedia({ ...options, place: { address: '127.0.0.1', ports: await freePorts(8) } })
    await media.start()
    anchor = media.anchor({ broke: () => undefined })
  })
  afterEach(async () => {
    for (const phone of phones.splice(0)) phone.close()
    await media.stop()
  })

  async function phone(): Promise<Phone> {
    const opened = await Phone.open()
    phones.push(opened)
    return opened
  }

  const newSide = (): AnchorSide => anchor.side() ?? assert.fail('no port')
  const some = <T>(value: T | undefined): T => value ?? assert.fail('not usable')

  /** The partner's answer as the caller sees it. The partner takes the call. */
  function taken(side: AnchorSide, answer: Body | undefined): Body {
    side.connect()
    return some(answer)
  }

  /** Sends packets with this payload until one arrives. The thread may still be about to learn where they go. */
  async function carries(send: (bytes: Buffer) => void, to: Phone, mark: number): Promise<Buffer> {
    for (let sequence = 1; ; sequence += 1) {
      const found = to.heard.find(bytes => bytes.length === 14 && bytes[12] === mark)
      if (found) return found
      send(rtp({ ssrc: 9, sequence, payload: [mark, mark] }))
      await pause(packetEvery)
    }
  }

  /** A caller and a partner who hear each other, and what each was shown. */
  async function talk(): Promise<{ caller: Phone; partner: Phone; side: AnchorSide; toPartner: Body; toCaller: Body }> {
    const [caller, partner] = [await phone(), await phone()]
    const side = newSide()
    const toPartner = some(side.offerToPartner(caller.describes()))
    const toCaller = taken(side, side.answerFromPartner(partner.describes()))
    await carries(bytes => partner.send(bytes, toPartner), caller, 0)
    await carries(bytes => caller.send(bytes, toCaller), partner, 0)
    return { caller, partner, side, toPartner, toCaller }
  }

  it('carries sound both ways, with our own SSRC for each side', async () => {
    const { caller, partner } = await talk()
    const sources = [...caller.heard, ...partner.heard].map(bytes => read(bytes).ssrc)
    assert.equal(new Set([9, ...sources]).size, 3)
    assert.equal(media.statistics().anchored, 1)
    assert(media.statistics().packetsRelayed >= 2)
  })

  it('reports to each side by RTCP, and passes no report on', async () => {
    const { caller, partner, side } = await talk()
    side.close()
    const [report] = await partner.first(1, partner.reports)
    // The receiver report of our last packet is about the partner's source.
    assert(report?.includes(Buffer.from([0, 0, 0, 9])))
    assert.equal(caller.reports.length, 0)
  })

  it('counts packets that it does not pass on', async () => {
    const { caller, partner, toPartner } = await talk()
    const before = media.statistics().packetsNotRelayed
    partner.send(rtp({ payloadType: 77, payload: [7, 7] }), toPartner)
    await carries(bytes => partner.send(bytes, toPartner), caller, 8)
    assert.equal(media.statistics().packetsNotRelayed, before + 1)
    assert(!caller.heard.some(bytes => bytes[12] === 7))
  })

  it('takes over the port of the music, with continuous numbers, and gives it back when the partner is gone', async () => {
    const [caller, partner] = [await phone(), await phone()]
    const opened = media.open(caller.describes(), new Told())
    assert(opened.kind === 'opened')
    assert.equal(anchor.adopt(opened.stream), true)
    opened.stream.loop(music)
    await caller.first(2)
    opened.stream.silence()
    const side = newSide()
    const toPartner = some(side.offerToPartner(caller.describes()))
    assert.match(toPartner.text, /m=audio \d+ RTP\/AVP 0 8 101/)
    const toCaller = taken(side, side.answerFromPartner(partner.describes()))
    assert.equal(portOf(toCaller), portOf(opened.body))
    await carries(bytes => partner.send(bytes, toPartner), caller, 5)
    side.close()
    opened.stream.loop(music)
    await caller.first(caller.heard.length + 2)
    const packets = caller.heard.map(read)
    assert.equal(new Set(packets.map(({ ssrc }) => ssrc)).size, 1)
    assert(packets.every(({ sequence }, index) => index === 0 || sequence === ((packets[index - 1]?.sequence ?? 0) + 1) % 65_536))
    opened.stream.close()
  })

  it('moves the caller to the next partner at the same port, and back when that one leaves', async () => {
    const first = await talk()
    const second = await phone()
    const side = newSide()
    const toSecond = some(side.offerToPartner(first.caller.describes()))
    assert.equal(portOf(taken(side, side.answerFromPartner(second.describes()))), portOf(first.toCaller))
    await carries(bytes => second.send(bytes, toSecond), first.caller, 2)
    await carries(bytes => first.caller.send(bytes, first.toCaller), second, 3)
    side.close()
    await carries(bytes => first.caller.send(bytes, first.toCaller), first.partner, 4)
  })

  it('carries nothing for a phone that has answered and does not take the call', async () => {
    const { caller, partner, toPartner, toCaller } = await talk()
    const late = await phone()
    const side = newSide()
    const toLate = some(side.offerToPartner(caller.describes()))
    some(side.answerFromPartner(late.describes()))
    for (let sequence = 0; sequence < 5; sequence += 1) late.send(rtp({ sequence, ssrc: 66, payload: [66, 66] }), toLate)
    await carries(bytes => caller.send(bytes, toCaller), partner, 1)
    await carries(bytes => partner.send(bytes, toPartner), caller, 2)
    assert.equal(late.heard.length, 0)
    assert(!caller.heard.some(bytes => bytes[12] === 66))
  })

  it('translates the payload type of keys', async () => {
    const [caller, partner] = [await phone(), await phone()]
    const side = newSide()
    some(side.offerToPartner(caller.describes()))
    const { type, text } = partner.describes()
    const toCaller = taken(side, side.answerFromPartner({ type, text: text.replaceAll('101', '96') }))
    await carries(bytes => caller.send(bytes, toCaller), partner, 0)
    while (partner.heard.every(bytes => bytes.length !== 16)) {
      caller.send(key(5, { sequence: 5_000 }), toCaller)
      await pause(packetEvery)
    }
    assert.equal(read(partner.heard.find(bytes => bytes.length === 16) ?? assert.fail()).payloadType, 96)
  })

  it('sends nothing to an address that only a stranger’s packets name, while the partner’s own come', async () => {
    const { caller, partner, toPartner, toCaller } = await talk()
    const stranger = await phone()
    for (let sequence = 0; sequence < 40; sequence += 1) stranger.send(rtp({ sequence, ssrc: 66, payload: [66, 66] }), toPartner)
    await carries(bytes => partner.send(bytes, toPartner), caller, 1)
    await carries(bytes => caller.send(bytes, toCaller), partner, 2)
    assert.equal(stranger.heard.length, 0)
    assert(!caller.heard.some(bytes => bytes[12] === 66))
  })

  it('tells its call when the media thread ends, and has other ports afterwards', async () => {
    const begun = once(process, 'worker') as Promise<[Worker]>
    const own = new BuiltinMedia({ ...options, place: { address: '127.0.0.1', ports: await freePorts(8) } })
    await own.start()
    const [thread] = await begun
    const [caller, partner] = [await phone(), await phone()]
    const told = new Promise<void>(resolve => {
      anchor = own.anchor({ broke: resolve })
    })
    const side = newSide()
    some(side.offerToPartner(caller.describes()))
    const before = taken(side, side.answerFromPartner(partner.describes()))
    void thread.terminate()
    await told
    assert.equal(side.settled('caller', caller.describes()), undefined)
    while (own.statistics().portsReady < 2) await new Promise(setImmediate)
    const toPartner = some(side.offerToPartner(caller.describes()))
    const toCaller = taken(side, side.answerFromPartner(partner.describes()))
    await carries(bytes => partner.send(bytes, toPartner), caller, 6)
    await carries(bytes => caller.send(bytes, toCaller), partner, 6)
    assert.match(before.text, /m=audio/)
    await own.stop()
  })

  it('frees all ports when it is closed', async () => {
    const before = media.statistics().portsReady
    await talk()
    newSide()
    anchor.close()
    assert.equal(anchor.side(), undefined)
    assert.equal(media.statistics().anchored, 0)
    assert(before > 0)
  })

  it('has one port pair for all phones that ring, and another one for those that ring after it was taken', async () => {
    const { side } = await talk()
    const caller = await phone()
    const ports = [newSide(), newSide(), newSide()].map(each => portOf(some(each.offerToPartner(caller.describes()))))
    assert.equal(new Set(ports).size, 1)
    assert.notEqual(ports[0], portOf(some(side.offerToPartner(caller.describes()))))
  })

  it('gives no side when no port is free', () => {
    const others = Array.from({ length: 9 }, () => media.anchor({ broke: () => undefined }).side())
    assert.equal(others.filter(side => side !== undefined).length, 8)
    assert.equal(anchor.side(), undefined)
  })
})
