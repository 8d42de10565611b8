/** `npm run shots -- FOLDER`: screenshots of each page of the console, light and dark, wide and narrow, with calls in progress. */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeBrowser, openConsole } from '../test/console/harness/browser.js'
import { busySite } from '../test/console/harness/site.js'

const folder = process.argv[2] ?? join(tmpdir(), 'carillon-shots')
const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const
const only = process.argv[3]

await mkdir(folder, { recursive: true })
const site = await busySite()
try {
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
        await page.waitForTimeout(600)
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`), fullPage: true })
        await page.context().close()
      }
    }
  }
} finally {
  await closeBrowser()
  await site.close()
}
console.log(folder)
