import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { seconds } from '../../../src/foundation/time.js'
import type { Writer } from '../../../src/legs/body.js'
import { BuiltinMedia } from '../../../src/media/builtin/builtin-media.js'
import { Evidence } from '../../../src/media/evidence.js'
import type { PromptId } from '../../../src/routing/world/ids.js'
import { rtp } from './packets.js'
import { bound, Phone } from './phone.js'
import { samples, sound } from './sounds.js'

const music = 'music' as PromptId
const deaf = { finished: (): void => undefined, digit: (): void => undefined, lost: (): void => undefined }

describe('a caller whose SDP names a service on this machine', () => {
  let media: BuiltinMedia
  let [service, phone, port]: [Phone?, Phone?, number?] = []
  beforeEach(async () => {
    const probe = await bound('127.0.0.1')
    port = probe.address().port - (probe.address().port % 2)
    await new Promise<void>(resolve => probe.close(() => resolve()))
    const ports = { first: port, last: port + 15 }
    const evidence = new Evidence({
      ...{ trusts: () => true, sipPorts: [], mediaPorts: ports, addresses: ['127.0.0.1'], clock: systemClock },
    })
    media = new BuiltinMedia({
      ...{ place: { address: '127.0.0.1', ports }, sounds: { get: () => sound(...samples(240)) }, lostAfter: seconds(30) },
      ...{ clock: systemClock, log: silentLog, random: randomBytes },
      vouch: (place, writer) => evidence.vouch(place, writer),
    })
    await media.start()
    ;[service, phone] = [await Phone.open(), await Phone.open()]
  })
  afterEach(async () => {
    service?.close()
    phone?.close()
    await media.stop()
  })

  function hears(to: Phone, writer: Writer): number {
    const opened = media.open(to.describes(), deaf, writer)
    if (opened.kind !== 'opened') assert.fail(opened.because)
    opened.stream.loop(music)
    return Number(/m=audio (\d+)/.exec(opened.body.text)?.[1])
  }

  it('causes no packet to it while a local caller hears a second of music', async () => {
    assert(service && phone)
    hears(service, { source: '198.51.100.7' })
    hears(phone, { source: '127.0.0.1' })
    await phone.first(50)
    assert.equal(service.heard.length, 0)
    assert.equal(service.reports.length, 0)
  })

  it('hears sound there as soon as the service sends RTP itself', async () => {
    assert(service)
    const ours = hears(service, { source: '198.51.100.7' })
    // The thread may know the stream only after the first packet, so send until it answers.
    const timer = setInterval(() => void service?.sends(rtp(), ours, '127.0.0.1'), 5)
    await service.first(3)
    clearInterval(timer)
  })
})
