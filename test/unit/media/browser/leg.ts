import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { systemClock } from '../../../../src/foundation/clock.js'
import { silentLog, type Log } from '../../../../src/foundation/log.js'
import type { Body } from '../../../../src/legs/body.js'
import type { Gateway } from '../../../../src/legs/gateway.js'
import { BrowserMedia } from '../../../../src/media/browser/browser-media.js'
import type { PromptId } from '../../../../src/routing/world/ids.js'
import { rtp } from '../packets.js'
import { bound, Phone, portOf } from '../phone.js'
import { sound } from '../sounds.js'
import { credentialsOf, FakeBrowser } from '../../../fakes/fake-browser.js'

export const host = '127.0.0.1'
export const pairs = 4
/** The value of each byte of the hold music. */
export const music = 3

/** Gateways in a child process, as in the server. */
export async function started(
  log: Log = silentLog,
  reachable: () => readonly string[] = () => [host],
): Promise<{ readonly media: BrowserMedia; readonly first: number }> {
  const probe = await bound(host)
  const first = probe.address().port - (probe.address().port % 2)
  await new Promise<void>(resolve => probe.close(resolve))
  const media = new BrowserMedia({
    place: { address: host, family: 4, reachable, ports: { first, last: first + 2 * pairs - 1 } },
    shares: { perAccount: 2, perAddress: 2, keptForAgents: 50 },
    music: () => ({ id: 'hold' as PromptId, sound: sound(music) }),
    vouch: ({ address }, { source }) => ({ known: address === source, ...(source !== undefined && { signaling: source }) }),
    ...{ clock: systemClock, log, random: randomBytes },
  })
  await media.start()
  return { media, first }
}

/** Waits until the condition holds. Packets and figures come from another process, so no clock of the test can bring them. */
export async function until(holds: () => boolean): Promise<void> {
  // A test that fails leaves this and its sockets behind. They must not keep mocha from ending.
  while (!holds()) await new Promise<void>(resolve => setTimeout(resolve, 5).unref())
}

/** One leg: a browser and a phone with real sockets, and the gateway between them. */
export class SocketLeg {
  isLost = false
  #said = 0

  private constructor(
    readonly gateway: Gateway,
    readonly browser: FakeBrowser,
    readonly phone: Phone,
    private readonly socket: Socket,
    /** The description with the gateway's port for the phone. */
    readonly toPlain: Body,
    readonly port: number,
    /** The ICE credentials of the gateway. */
    readonly credentials: ReturnType<typeof credentialsOf>,
  ) {}

  /** Both sides have agreed. The browser has not sent anything yet. */
  static async agreed(media: BrowserMedia, describes = (phone: Phone): Body => phone.describes()): Promise<SocketLeg> {
    const phone = await Phone.open()
    const socket = createSocket('udp4').unref()
    let port = 0
    const browser = await FakeBrowser.make(bytes => socket.send(bytes, port, host))
    socket.on('message', bytes => browser.receive(bytes))
    const losses: (() => void)[] = []
    const opened = media.open({ kind: 'called' }, { lost: () => losses.forEach(told => told()) })
    assert(opened.kind === 'opened')
    const { gateway } = opened
    const offer = gateway.offeredByBrowser(browser.describes())
    const answer = gateway.answerToBrowser(describes(phone))
    assert(offer && answer)
    port = portOf(answer)
    const leg = new SocketLeg(gateway, browser, phone, socket, offer, port, credentialsOf(answer))
    losses.push(() => (leg.isLost = true))
    return leg
  }

  /** The gateway knows the browser's address from a connectivity check. */
  static async checked(media: BrowserMedia, describes?: (phone: Phone) => Body): Promise<SocketLeg> {
    const leg = await SocketLeg.agreed(media, describes)
    leg.browser.check(leg.credentials)
    await until(() => leg.browser.answers.length === 1)
    return leg
  }

  static async talking(media: BrowserMedia, describes?: (phone: Phone) => Body): Promise<SocketLeg> {
    const leg = await SocketLeg.checked(media, describes)
    await leg.browser.connect()
    return leg
  }

  /** Sends bytes from the browser's address that a browser would never send. */
  attack(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) =>
      this.socket.send(bytes, this.port, host, error => (error ? reject(error) : resolve())),
    )
  }

  /** Sends one more packet from the browser to the phone. */
  async carries(): Promise<void> {
    this.#said += 1
    this.browser.say(rtp({ sequence: this.#said }))
    await this.phone.first(this.#said)
  }

  close(): void {
    this.gateway.close()
    this.phone.close()
    this.socket.close()
    this.browser.close()
  }
}
