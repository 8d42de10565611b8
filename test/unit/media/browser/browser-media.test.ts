import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BrowserMedia } from '../../../../src/media/browser/browser-media.js'
import type { Gateway } from '../../../../src/legs/gateway.js'
import { rtp } from '../packets.js'
import { Phone } from '../phone.js'
import { FakeBrowser } from '../../../fakes/fake-browser.js'
import { host, music, pairs, SocketLeg, started, until } from './leg.js'

const called = { kind: 'called' } as const
const deaf = { lost: (): void => undefined }

describe('gateways for browsers', () => {
  let media: BrowserMedia
  beforeEach(async () => ({ media } = await started()))
  afterEach(() => media.stop())

  it('carry sound between a browser and a phone, and music on hold, over real sockets and a child process', async () => {
    const leg = await SocketLeg.talking(media)
    const { browser, phone, gateway } = leg
    browser.say(rtp())
    assert.deepEqual(await phone.first(1), [rtp()])
    const offer = gateway.offeredByBrowser(browser.describes())
    assert(offer)
    gateway.answerToBrowser(phone.describes())
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
    leg.close()
  })

  it('name the addresses that the server has when a call comes', async () => {
    await media.stop()
    let addresses = [host]
    ;({ media } = await started(undefined, () => addresses))
    const phone = await Phone.open()
    const plain = phone.describes()
    phone.close()
    const candidates = (): string[] => {
      const opened = media.open(called, deaf)
      assert(opened.kind === 'opened')
      const offer = opened.gateway.offeredByPlain(plain)
      opened.gateway.close()
      return Array.from((offer?.text ?? '').matchAll(/^a=candidate:.* udp \d+ (\S+) /gim), ([, address = '']) => address)
    }
    assert.deepEqual(candidates(), [host])
    addresses = ['10.77.0.1', '10.8.0.2']
    assert.deepEqual(candidates(), ['10.77.0.1', '10.8.0.2'])
  })

  it('are as many as there are port pairs, and return their ports however they end', async () => {
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
        const opened = media.open(called, deaf)
        assert(opened.kind === 'opened')
        live(opened.gateway)
        return opened.gateway
      })
      assert.deepEqual(media.open(called, deaf), { kind: 'refused', because: 'full' })
      assert.equal(media.statistics().gateways, pairs)
      for (const gateway of open) gateway.close()
      for (const gateway of open) gateway.close()
      assert.equal(media.statistics().gateways, 0)
    }
    await until(() => media.statistics().portsReady === pairs)
    phone.close()
  })

  it('keep a share for agents: guests are refused before the last place, and closed places are free again', async () => {
    const guest = (account: string, address: string) => media.open({ kind: 'guest', account, address }, deaf)
    const first = guest('a', '192.0.2.1')
    assert(first.kind === 'opened')
    assert.equal(guest('b', '192.0.2.2').kind, 'opened')
    assert.deepEqual(guest('c', '192.0.2.3'), { kind: 'refused', because: 'guests' })
    assert.equal(media.open(called, deaf).kind, 'opened')
    first.gateway.close()
    assert.equal(guest('c', '192.0.2.3').kind, 'opened')
    assert.deepEqual(media.statistics().gatewaysRefused, { full: 0, account: 0, address: 0, guests: 1 })
  })

  it('return within a second when their process is killed: legs are told, and counters continue', async () => {
    const leg = await SocketLeg.talking(media)
    await leg.carries()
    await until(() => media.statistics().packetsReceived > 0)
    const before = media.statistics().packetsReceived
    assert(media.processId !== undefined)
    process.kill(media.processId, 'SIGKILL')
    await until(() => leg.isLost)
    leg.close()
    await until(() => media.statistics().portsReady === pairs)
    const next = await SocketLeg.talking(media)
    await next.carries()
    const { gatewaysLost, restarts, packetsReceived } = media.statistics()
    assert.deepEqual([gatewaysLost.processEnded, restarts], [1, 1])
    assert(packetsReceived >= before)
    next.close()
  })

  it('leave no child process when the server is killed', async () => {
    const parent = fork(fileURLToPath(new URL('./media-parent.ts', import.meta.url)))
    const [{ port }] = (await once(parent, 'message')) as [{ readonly port: number }]
    assert.equal(await canBind(port), false)
    parent.kill('SIGKILL')
    for (let isFree = false; !isFree; isFree = await canBind(port)) await new Promise(resolve => setTimeout(resolve, 5))
  })
})

async function canBind(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref()
  try {
    socket.bind({ address: host, port, exclusive: true })
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}
