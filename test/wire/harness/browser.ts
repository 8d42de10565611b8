import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium, type Browser as Chromium, type Page } from 'playwright-core'
import { eventually } from './eventually.js'

/** The response of `POST /api/phones`. */
export interface PhoneCredentials {
  readonly server: string
  readonly uri: string
  readonly user: string
  readonly password: string
}

/** What a browser's phone received and sent. */
export interface BrowserHeard {
  readonly packets: number
  /** Energy of the sound that was played (webrtc-stats, totalAudioEnergy). */
  readonly energy: number
  readonly sent: number
}

interface PhoneState {
  readonly registered: boolean
  readonly ringing: boolean
  readonly session: string
}

const executablePath = '/usr/bin/chromium'
const args = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
  ...['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
]
const pageFile = new URL('../pages/softphone.html', import.meta.url)
const sipJs = new URL('../../../node_modules/sip.js/', import.meta.url)

/** A Chromium with a fake microphone that beeps, and a small web server for its pages. Each page is a phone made with SIP.js. */
export class Browser {
  private constructor(
    private readonly chromium: Chromium,
    private readonly web: Server,
  ) {}

  static async open(): Promise<Browser> {
    const web = createServer((request, response) => {
      const path = request.url ?? '/'
      const isScript = /^\/sip\.js\/lib\/[\w/.-]+\.js$/.test(path) && !path.includes('..')
      const file = isScript ? new URL(path.slice('/sip.js/'.length), sipJs) : pageFile
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
      void readFile(file).then(
        bytes => response.end(bytes),
        () => response.writeHead(404).end(),
      )
    })
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    return new Browser(await chromium.launch({ executablePath, args }), web)
  }

  /** A tab with a phone. It registers with the credentials of `registers`, or only makes calls. */
  async phone(credentials: PhoneCredentials, registers: boolean): Promise<BrowserPhone> {
    const page = await this.chromium.newPage()
    const said: string[] = []
    page.on('console', message => said.push(message.text()))
    page.on('pageerror', error => said.push(String(error)))
    const { port } = this.web.address() as AddressInfo
    await page.goto(`http://127.0.0.1:${port}/`)
    const phone = new BrowserPhone(page, said)
    await phone.ask('start', credentials, registers)
    if (registers) await phone.until('registered', state => state.registered)
    return phone
  }

  async close(): Promise<void> {
    await this.chromium.close()
    this.web.close()
  }
}

export class BrowserPhone {
  constructor(
    private readonly page: Page,
    /** The messages of the page's console, for a failure report. */
    private readonly said: readonly string[],
  ) {}

  /** Calls a function of the page and awaits its result. */
  ask<T>(name: string, ...values: readonly unknown[]): Promise<T> {
    return this.page.evaluate<T>(`phone.${name}(${values.map(value => JSON.stringify(value)).join(', ')})`)
  }

  heard(): Promise<BrowserHeard> {
    return this.ask('heard')
  }

  async until(what: string, holds: (state: PhoneState) => boolean): Promise<void> {
    await eventually(`the browser's phone is ${what}`, async () => holds(await this.ask<PhoneState>('state'))).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}\nthe page said:\n${this.said.slice(-20).join('\n')}`, { cause: error })
      },
    )
  }

  /** Waits until this much more sound was played than now, and packets were sent meanwhile. */
  async hearsSound(): Promise<void> {
    const before = await this.heard()
    await eventually("the browser's phone hears and sends", async () => {
      const { packets, energy, sent } = await this.heard()
      return packets > before.packets + 25 && energy > before.energy && sent > before.sent + 25
    })
  }
}
