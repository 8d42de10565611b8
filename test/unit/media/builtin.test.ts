import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import type { Worker } from 'node:worker_threads'
import { systemClock } from '../../../src/foundation/clock.js'
import { seconds } from '../../../src/foundation/time.js'
import { silentLog } from '../../../src/foundation/log.js'
import type { Body } from '../../../src/legs/body.js'
import { BuiltinMedia } from '../../../src/media/builtin/builtin-media.js'
import type { Sound } from '../../../src/media/rtp/sound.js'
import type { Stream } from '../../../src/media/port.js'
import type { PromptId } from '../../../src/routing/world/ids.js'
import { body, offered } from './descriptions.js'
import { key, read } from './packets.js'
import { freePorts, Phone, portOf } from './phone.js'
import { samples, sound } from './sounds.js'
import { Told } from './told.js'

const [welcome, music, mute, broken] = ['welcome' as PromptId, 'music' as PromptId, 'mute' as PromptId, 'broken' as PromptId]
const spoken = samples(5 * 160 + 40)
const sounds = new Map<PromptId, Sound>([
  [welcome, sound(...spoken)],
  [music, sound(...samples(240))],
  // A sound that no loader makes, so that the thread can't play it.
  [broken, { pcmu: sound(1).pcmu } as Sound],
])

const given = {
  ...{ sounds, clock: systemClock, log: silentLog, random: randomBytes },
  ...{ vouch: (): { known: boolean } => ({ known: false }), lostAfter: seconds(30) },
}

/** An engine with pairs of ports that were free a moment ago. */
async function newMedia(pairs: number, address = '127.0.0.1', advertise?: string): Promise<BuiltinMedia> {
  const ports = await freePorts(pairs, address)
  return new BuiltinMedia({ ...given, place: { address, ports, ...(advertise !== undefined && { advertise }) } })
}

function opened(media: BuiltinMedia, offer: Body | undefined): { stream: Stream; told: Told; description: Body } {
  const told = new Told()
  const result = media.open(offer, told)
  if (result.kind !== 'opened') assert.fail(result.because)
  return { stream: result.stream, told, description: result.body }
}

const payloads = (packets: readonly Buffer[]): number[] => packets.flatMap(bytes => [...bytes.subarray(12)])

describe('the built-in media engine', () => {
  let media: BuiltinMedia
  let phone: Phone
  beforeEach(async () => {
    media = await newMedia(16)
    await media.start()
    phone = await Phone.open()
  })
  afterEach(async () => {
    phone.close()
    await media.stop()
  })

  it('plays a prompt byte for byte in packets of 20 ms, and reports its end', async () => {
    const { stream, told, description } = opened(media, phone.describes())
    assert.match(description.text, /^c=IN IP4 127\.0\.0\.1\r$/m)
    stream.play(welcome)
    assert.deepEqual(told.all, [])
    await told.until(`finished ${welcome}`)
    assert.deepEqual(payloads(await phone.first(6)), [...spoken, ...Array<number>(120).fill(0xff)])
    assert.equal(phone.heard.length, 6)
    const [first, ...others] = phone.heard.map(read)
    assert(first?.marker)
    for (const { sequence } of others) assert((sequence - first.sequence + 65_536) % 65_536 <= 5)
    for (const [index, { timestamp, ssrc }] of others.entries()) {
      assert.equal(ssrc, first.ssrc)
      // A busy machine may leave out whole packets, but never a part of one.
      const samplesSince = (timestamp - first.timestamp) >>> 0
      assert(samplesSince % 160 === 0 && samplesSince >= (index + 1) * 160)
    }
    assert.equal(media.statistics().packetsSent, 6)
  })

  it('loops music', async () => {
    const { stream } = opened(media, phone.describes())
    stream.loop(music)
    const round = samples(240)
    assert.deepEqual(payloads(await phone.first(6)), [...round, ...round, ...round, ...round])
  })

  it('ends a prompt without sound at once, in a later turn of the event loop', async () => {
    const { stream, told } = opened(media, phone.describes())
    stream.play(mute)
    assert.deepEqual(told.all, [])
    await told.until(`finished ${mute}`)
    assert.equal(phone.heard.length, 0)
  })

  it('makes an offer when the caller sent none, and begins at the answer', async () => {
    const { stream, description } = opened(media, undefined)
    stream.play(welcome)
    assert.equal(stream.accept(offered('m=audio 4 RTP/SAVP 0')), false)
    assert.equal(stream.accept(phone.describes()), true)
    assert.deepEqual(payloads(await phone.first(1)), spoken.slice(0, 160))
    assert.equal(read(phone.heard[0] ?? Buffer.alloc(0)).marker, true)
    assert(portOf(description) % 2 === 0)
  })

  it('reports keys', async () => {
    const { told, description } = opened(media, phone.describes())
    for (const [sequence, ended] of [false, true, true, true].entries())
      phone.send(key(11, { sequence, timestamp: 5, ended }), description)
    phone.send(key(0, { sequence: 4, timestamp: 1000 }), description)
    await told.until('0')
    assert.deepEqual(told.all, ['#', '0'])
    assert.equal(media.statistics().packetsReceived, 5)
  })

  it('is silent on hold, and continues at the caller’s new address', async () => {
    const { stream, told } = opened(media, phone.describes())
    assert.match(stream.renegotiate(phone.describes('a=sendonly'))?.text ?? '', /a=recvonly/)
    stream.play(welcome)
    await told.until(`finished ${welcome}`)
    assert.equal(phone.heard.length, 0)
    const other = await Phone.open()
    assert(stream.renegotiate(other.describes()))
    assert.equal(stream.renegotiate(offered('m=audio 4 RTP/AVP 18')), undefined)
    stream.loop(music)
    await other.first(2)
    assert.equal(phone.heard.length, 0)
    other.close()
  })

  it('sends an RTCP BYE at the end, and tells its listener nothing after close', async () => {
    const { stream, told, description } = opened(media, phone.describes())
    phone.send(key(1, { timestamp: 5 }), description)
    stream.play(mute)
    stream.close()
    stream.close()
    assert.equal(media.streams, 0)
    const [last] = await phone.first(1, phone.reports)
    assert.equal(last?.readUInt8(last.length - 7), 203)
    assert.equal(stream.renegotiate(phone.describes()), undefined)
    assert.equal(stream.accept(phone.describes()), false)
    stream.play(welcome)
    const other = opened(media, phone.describes())
    other.stream.play(welcome)
    await other.told.until(`finished ${welcome}`)
    assert.deepEqual(told.all, [])
  })

  it('says why it can’t answer an offer', () => {
    assert.deepEqual(media.open(offered('m=audio 4 RTP/SAVP 0'), new Told()), {
      kind: 'unsupported',
      because: 'RTP/SAVP is not spoken, only RTP/AVP',
    })
    assert.equal(media.open(body('?'), new Told()).kind, 'unsupported')
    assert.equal(media.speaks(offered('m=audio 4 RTP/SAVP 0')), false)
    assert.equal(media.speaks(phone.describes()), true)
    assert.equal(media.speaks(undefined), true)
    assert.equal(media.streams, 0)
    assert.equal(media.statistics().portsReady, 16)
  })

  it('loses only the stream that fails: others continue, and its port is free again', async () => {
    const { stream, told } = opened(media, pcmaOnly(phone))
    const other = await Phone.open()
    opened(media, other.describes()).stream.loop(music)
    stream.play(broken)
    await told.until('lost')
    const before = other.heard.length
    await other.first(before + 2)
    stream.close()
    while (media.statistics().portsReady < 15) await new Promise(resolve => setImmediate(resolve))
    other.close()
  })

  it('survives the end of its thread: its callers are lost, and new callers are served', async () => {
    const begun = once(process, 'worker') as Promise<[Worker]>
    const media = await newMedia(16)
    const [[thread]] = await Promise.all([begun, media.start()])
    const { stream, told } = opened(media, phone.describes())
    void thread.terminate()
    await told.until('lost')
    stream.close()
    assert.deepEqual(media.open(phone.describes(), new Told()), { kind: 'unsupported', because: 'no port free' })
    while (media.statistics().portsReady === 0) await new Promise(resolve => setImmediate(resolve))
    const before = phone.heard.length
    opened(media, phone.describes()).stream.loop(music)
    await phone.first(before + 2)
    await media.stop()
  })
})

describe('the ports of the built-in engine', () => {
  it('run out, and return when a stream ends', async () => {
    const media = await newMedia(1)
    await media.start()
    const phone = await Phone.open()
    const { stream, description } = opened(media, phone.describes())
    assert.deepEqual(media.open(phone.describes(), new Told()), { kind: 'unsupported', because: 'no port free' })
    stream.close()
    while (media.statistics().portsReady === 0) await new Promise(resolve => setImmediate(resolve))
    assert.equal(portOf(opened(media, phone.describes()).description), portOf(description))
    phone.close()
    await media.stop()
    assert.equal(media.streams, 0)
  })

  it('are skipped when another program has them', async () => {
    const before = await newMedia(1)
    await before.start()
    const theirs = portOf(opened(before, undefined).description)
    const media = new BuiltinMedia({ ...given, place: { address: '127.0.0.1', ports: { first: theirs, last: theirs + 9 } } })
    await media.start()
    const ours = portOf(opened(media, undefined).description)
    assert(ours > theirs && ours < theirs + 9)
    await Promise.all([before.stop(), media.stop()])
  })

  it('are reported at the start when none is available', async () => {
    const media = new BuiltinMedia({ ...given, place: { address: '192.0.2.1', ports: { first: 20_000, last: 20_003 } } })
    await assert.rejects(
      media.start(),
      /no RTP port of 192\.0\.2\.1 \(sip\.listen\), 20000 to 20003 \(media\.ports\), can be used: .*EADDRNOTAVAIL/,
    )
  })

  it('must have room for one pair', async () => {
    const media = new BuiltinMedia({ ...given, place: { address: '127.0.0.1', ports: { first: 20_001, last: 20_002 } } })
    await assert.rejects(media.start(), /the range holds no pair/)
  })

  it('are advertised with another address, IPv6 included', async function () {
    const hasIpv6 = Object.values(networkInterfaces()).some(each => each?.some(({ address }) => address === '::1'))
    if (!hasIpv6) return this.skip()
    const media = await newMedia(2, '::1', '2001:db8::7')
    await media.start()
    const phone = await Phone.open('::1')
    const { stream, description } = opened(media, phone.describes())
    assert.match(description.text, /^c=IN IP6 2001:db8::7\r$/m)
    stream.loop(music)
    await phone.first(2)
    phone.close()
    await media.stop()
  })
})

const pcmaOnly = (phone: Phone): Body => {
  const { type, text } = phone.describes()
  return { type, text: text.replace('RTP/AVP 0 8 101', 'RTP/AVP 8 101') }
}
