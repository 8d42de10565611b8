import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

/** Debian's; scripts/install-test-tools.sh installs it. */
const executablePath = '/usr/bin/chromium'
const quiet = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
]
/** A microphone that beeps, given without asking. */
const fakeMedia = [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
]

export interface ConsoleOptions extends Pick<BrowserContextOptions, 'locale' | 'colorScheme' | 'viewport' | 'reducedMotion'> {
  /** Whom the desk is for. */
  readonly agent?: string
  /** What the page complains of from its first moment on is put here. */
  readonly complaints?: string[]
}

let browser: Promise<Browser> | undefined

/** One browser serves all tests of a run, a context of its own each page. */
export async function openConsole(url: string, options: ConsoleOptions = {}): Promise<Page> {
  browser ??= chromium.launch({ executablePath, args: [...quiet, ...fakeMedia] })
  const { agent, complaints, ...context } = options
  const opened = await (await browser).newContext({ locale: 'en-GB', ...context })
  const page = await opened.newPage()
  if (agent !== undefined) await page.addInitScript(`localStorage.setItem('carillon.agent', ${JSON.stringify(agent)})`)
  page.on('console', message => message.type() === 'error' && complaints?.push(message.text()))
  page.on('pageerror', error => complaints?.push(error.message))
  await page.goto(url)
  return page
}

export async function closeBrowser(): Promise<void> {
  const open = await browser
  browser = undefined
  await open?.close()
}
