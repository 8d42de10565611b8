import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { systemClock } from '../../../../src/foundation/clock.js'
import { silentLog } from '../../../../src/foundation/log.js'
import { BrowserMedia } from '../../../../src/media/browser/browser-media.js'
import type { Gateway } from '../../../../src/media/port.js'
import type { PromptId } from '../../../../src/routing/ids.js'
import { rtp } from '../packets.js'
import { bound, Phone, portOf } from '../phone.js'
import { sound } from '../sounds.js'
import { credentialsOf, FakeBrowser } from './fake-browser.js'

const host = '127.0.0.1'
const pairs = 4
/** Each byte of it. */
const music = 3

async function started(): Promise<BrowserMedia> {
  const probe = await bound(host)
  const first = probe.address().port - (probe.address().port % 2)
  await new Promise<void>(resolve => probe.close(resolve))
  const media = new BrowserMedia({
    ...{ address: host, family: 4, reachable: [host], ports: { first, last: first + 2 * pairs - 1 } },
    music: () => ({ id: 'hold' as PromptId, sound: sound(music) }),
    ...{ clock: systemClock, log: silentLog, random: randomBytes },
  })
  await media.start()
  return media
}

/** A turn of the loop, until it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5))
}

const deaf = { lost: (): void => undefined }

describe('gateways for browsers', () => {
  let media: BrowserMedia
  beforeEach(async () => (media = await started()))
  afterEach(() => media.stop())

  it('carry sound between a browser and a phone, and music while it holds, through sockets and a thread', async () => {
    const phone = await Phone.open()
    const socket = createSocket('udp4')
    let port = 0
    const browser = await FakeBrowser.make(bytes => socket.send(bytes, port, host))
    socket.on('message', bytes => browser.receive(bytes))
    const gateway = media.open(deaf)
    assert(gateway)
    const offer = gateway.offeredByBrowser(browser.describes())
    const answer = gateway.answerToBrowser(phone.describes())
    assert(offer && answer)
    port = portOf(answer)
    browser.check(credentialsOf(answer))
    await until(() => browser.answers.length === 1)
    await browser.connect()
    browser.say(rtp())
    assert.deepEqual(await phone.first(1), [rtp()])
    phone.send(rtp({ sequence: 5 }), offer)
    await until(() => browser.heard.length === 1)
    gateway.offeredByBrowser(browser.describes('actpass', 'a=sendonly'))
    gateway.answerToBrowser(phone.describes('a=recvonly'))
    for (let sequence = 2; phone.heard.at(-1)?.at(-1) !== music; sequence += 1) {
      browser.say(rtp({ sequence }))
      await phone.first(sequence)
    }
    gateway.close()
    await until(() => browser.reports.length === 1)
    phone.close()
    socket.close()
    browser.close()
  })

  it('are as many as there are ports, and give them back, whatever became of them', async () => {
    const browser = await FakeBrowser.make(() => undefined)
    const phone = await Phone.open()
    const lives: readonly ((gateway: Gateway) => unknown)[] = [
      gateway => gateway.offeredByBrowser(browser.describes()),
      gateway => [gateway.offeredByBrowser(browser.describes()), gateway.answerToBrowser(phone.describes())],
      gateway => [gateway.offeredByPlain(phone.describes()), gateway.answerToPlain(browser.describes('active'))],
      () => undefined,
    ]
    for (let round = 0; round < 3; round += 1) {
      await until(() => media.statistics().portsReady === pairs)
      const open = lives.map(live => {
        const gateway = media.open(deaf)
        assert(gateway)
        live(gateway)
        return gateway
      })
      assert.equal(media.open(deaf), undefined)
      assert.equal(media.statistics().gateways, pairs)
      for (const gateway of open) gateway.close()
      for (const gateway of open) gateway.close()
      assert.equal(media.statistics().gateways, 0)
    }
    await until(() => media.statistics().portsReady === pairs)
    phone.close()
  })
})
