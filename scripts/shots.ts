/**
 * `npm run shots -- FOLDER`: screenshots of each page of the console, light and dark, wide and narrow, with calls in progress.
 * `npm run shots -- --readme` makes the two pictures of README.md in docs/pictures/.
 */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closeBrowser, openConsole } from '../test/console/harness/browser.js'
import { busySite } from '../test/console/harness/site.js'

const forReadme = process.argv[2] === '--readme'
const folder = forReadme
  ? fileURLToPath(new URL('../docs/pictures', import.meta.url))
  : (process.argv[2] ?? join(tmpdir(), 'carillon-shots'))
const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const
const only = process.argv[3]

await mkdir(folder, { recursive: true })
const site = await busySite()

/** The wallboard as far as one screen shows it, and the SIP messages of a call. */
async function readmePictures(): Promise<void> {
  const light = { colorScheme: 'light', locale: 'en-GB' } as const
  const wall = await openConsole(`${site.http}/wallboard`, { ...light, viewport: { width: 1440, height: 585 } })
  await wall.locator('main h1').first().waitFor()
  await wall.waitForTimeout(600)
  await wall.screenshot({ path: join(folder, 'wallboard.png') })
  const call = await openConsole(`${site.http}${site.pages['call']?.path ?? ''}`, {
    ...light,
    viewport: { width: 1200, height: 900 },
  })
  const messages = call.locator('section', { hasText: 'SIP messages' }).last()
  await messages.waitFor()
  await call.waitForTimeout(600)
  await messages.screenshot({ path: join(folder, 'ladder.png') })
}

/** Each page in each size and colour scheme. */
async function allPages(): Promise<void> {
  for (const [name, { path, agent }] of Object.entries(site.pages)) {
    if (only !== undefined && !name.startsWith(only)) continue
    for (const [size, viewport] of Object.entries(sizes)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const locale = colorScheme === 'dark' ? 'fr-FR' : 'en-GB'
        const page = await openConsole(`${site.http}${path}`, {
          viewport,
          colorScheme,
          locale,
          ...(agent !== undefined && { agent }),
        })
        await page.waitForLoadState('load')
        await page.locator('main h1').first().waitFor()
        const loading = page.locator('main').getByText(/^(Loading|Chargement)…$/)
        for (const each of await loading.all()) await each.waitFor({ state: 'hidden' })
        await page.waitForTimeout(600)
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`), fullPage: true })
        await page.context().close()
      }
    }
  }
}

try {
  await (forReadme ? readmePictures() : allPages())
} finally {
  await closeBrowser()
  await site.close()
}
console.log(folder)
