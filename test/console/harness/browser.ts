import assert from 'node:assert/strict'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import type { BrowserHeard } from '../../wire/harness/browser.js'
import { eventually } from '../../wire/harness/eventually.js'

/** Debian's Chromium, installed by scripts/install-test-tools.sh. */
const executablePath = '/usr/bin/chromium'
const quiet = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
]
/** A microphone that beeps, allowed without a question. */
const fakeMedia = [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
]

export interface ConsoleOptions extends Pick<BrowserContextOptions, 'locale' | 'colorScheme' | 'viewport' | 'reducedMotion'> {
  /** The agent of the desk. */
  readonly agent?: string
  /** Receives the errors of the page, from its start. */
  readonly complaints?: string[]
  /** Whether the test controls the page's time. */
  readonly clock?: boolean
}

/** Keeps the page's connections where the test finds them. */
const keepConnections = `
  globalThis.connections = []
  globalThis.sockets = []
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given)
      sockets.push(this)
    }
  }
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given)
      connections.push(this)
    }
  }`
/** Statistics of the latest connection. */
const readSound = `(async () => {
  const report = [...((await connections.at(-1)?.getStats()) ?? new Map()).values()]
  const inbound = report.find(({ type }) => type === 'inbound-rtp')
  const outbound = report.find(({ type }) => type === 'outbound-rtp')
  return {
    packets: inbound?.packetsReceived ?? 0,
    energy: inbound?.totalAudioEnergy ?? 0,
    sent: outbound?.packetsSent ?? 0,
  }
})()`

/** The user fragments of the latest connection: the browser's and the server's. */
const readFragments = `(({ localDescription, remoteDescription }) =>
  [localDescription, remoteDescription].map(({ sdp }) => /a=ice-ufrag:(.*)/.exec(sdp)[1]))(connections.at(-1))`

/** One beep is far above this (webrtc-stats, totalAudioEnergy), and an encoder's noise is always below. */
const audible = 0.01

let browser: Promise<Browser> | undefined

/** One browser serves all tests of a run. Each page has its own context. */
export async function openConsole(url: string, options: ConsoleOptions = {}): Promise<Page> {
  browser ??= chromium.launch({ executablePath, args: [...quiet, ...fakeMedia] })
  const { agent, complaints, clock, ...context } = options
  const opened = await (await browser).newContext({ locale: 'en-GB', ...context })
  // For tabs that the page opens, too.
  await opened.addInitScript(keepConnections)
  const page = await opened.newPage()
  if (agent !== undefined) await page.addInitScript(`localStorage.setItem('carillon.agent', ${JSON.stringify(agent)})`)
  page.on('console', message => message.type() === 'error' && complaints?.push(message.text()))
  page.on('pageerror', error => complaints?.push(error.message))
  if (clock === true) await page.clock.install()
  await page.goto(url)
  return page
}

/** Waits until the page's phone has played this much more sound, and sent its own meanwhile. */
export async function hearsSound(page: Page): Promise<void> {
  const before = await heard(page)
  await eventually('the page hears and sends', async () => {
    const { packets, energy, sent } = await heard(page)
    return packets > before.packets + 25 && energy > before.energy + audible && sent > before.sent + 25
  })
}

/** Waits until the page's phone, which is on hold and sends nothing, has played this much more sound. */
export async function hearsMusic(page: Page): Promise<void> {
  const before = await heard(page)
  const after = await eventually('the page hears music', async () => {
    const now = await heard(page)
    return now.packets > before.packets + 50 && now.energy > before.energy + audible && now
  })
  assert.equal(after.sent, before.sent)
}

/** Cuts the connection of the page's phone to the server. */
export const cutConnection = (page: Page): Promise<void> => page.evaluate('sockets.at(-1).close()')

/** Waits until the page's phone has restarted ICE, with a new user fragment on both sides. */
export async function restartsIce(page: Page, cause: () => Promise<void>): Promise<void> {
  const before = await page.evaluate<readonly string[]>(readFragments)
  await cause()
  await eventually('both sides have new credentials', async () => {
    const now = await page.evaluate<readonly string[]>(readFragments)
    return now.length === 2 && now.every(fragment => !before.includes(fragment))
  })
}

export async function closeBrowser(): Promise<void> {
  const open = await browser
  browser = undefined
  await open?.close()
}

const heard = (page: Page): Promise<BrowserHeard> => page.evaluate<BrowserHeard>(readSound)
