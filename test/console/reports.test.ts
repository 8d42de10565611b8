import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { onWire, type Wire } from '../wire/harness/wire.js'
import { answers } from '../wire/phones/agents.js'
import { cancelsWhileWaiting, talks } from '../wire/phones/callers.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'

/** One answered call to support, and one caller who left sales. */
async function twoCalls(wire: Wire): Promise<void> {
  await wire.phone('alice', answers())
  await wire.serve({
    agents: [{ name: 'alice', displayName: 'Alice Martin' }],
    groups: [
      { name: 'support', method: 'serial', agents: ['alice'] },
      { name: 'sales', method: 'serial', participationPolicy: 'formal', agents: ['alice'] },
    ],
  })
  await (await wire.call('talks', 'support', talks(100))).done()
  await (await wire.call('leaves', 'sales', cancelsWhileWaiting(100))).done()
  await wire.server.empty()
}

const row = (page: Page, name: string) => page.getByRole('row', { name })
const cell = (page: Page, name: string, head: string) => row(page, name).locator(`td[data-name="${head}"]`)

async function saved(page: Page, link: string): Promise<readonly string[]> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: link, exact: true }).click()])
  return (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n')
}

describe('the page of reports', () => {
  it('filters, compares, draws, saves for spreadsheets and prints, in two languages', () =>
    onWire(async wire => {
      await twoCalls(wire)
      const page = await openConsole(`${wire.server.http}/groups?show=reports`, { reducedMotion: 'reduce' })
      await row(page, 'support').waitFor()
      assert.equal(await cell(page, 'support', 'Answered').innerText(), '1')
      assert.equal(await cell(page, 'sales', 'Abandoned (Lync)').innerText(), '100%')
      await page.locator('.report-charts canvas').nth(1).waitFor()

      await page.getByRole('combobox', { name: 'Workflow', exact: true }).selectOption('sales')
      await row(page, 'support').waitFor({ state: 'detached' })
      await page.getByRole('combobox', { name: 'Compare with', exact: true }).selectOption({ label: 'the period before' })
      await cell(page, 'sales', 'Received').getByText('before: no calls').waitFor()
      const calls = await saved(page, 'Calls as CSV file')
      assert.equal(calls.length, 2)
      assert.match(calls[1] ?? '', /,sales,sales,,,abandoned,callerHungUp,487,/)

      await page.getByRole('combobox', { name: 'Each row is', exact: true }).selectOption({ label: 'a week' })
      await page.getByText('Calls over time').waitFor({ state: 'detached' })
      await page.getByRole('combobox', { name: 'Each row is', exact: true }).selectOption({ label: 'a day' })
      await page.getByText('Calls over time').waitFor()
      assert.match(await row(page, 'sales').innerText(), /^\d{4}-\d\d-\d\d/)
      assert.match((await saved(page, 'CSV file'))[1] ?? '', /^\d{4}-\d\d-\d\d,sales,1,/)

      assert.deepEqual(await seriousFaults(page), [])
      await page.emulateMedia({ media: 'print' })
      assert.equal(await page.getByRole('combobox', { name: 'Compare with', exact: true }).isVisible(), false)
      assert.equal(await page.getByRole('navigation').first().isVisible(), false)
      assert.equal(await row(page, 'sales').isVisible(), true)
      await page.emulateMedia({ media: 'screen' })
      await page.setViewportSize({ width: 390, height: 844 })
      assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 390)
      await page.getByRole('button', { name: 'Français' }).click()
      await page.getByRole('combobox', { name: 'Une ligne pour', exact: true }).waitFor()
      await page.getByText('Appels dans le temps').waitFor()
      await page.goto(`${wire.server.http}/calls`)
      await page.locator('td[data-name="Terminé par"]').first().getByText('l’appelant').waitFor()
      await page.context().close()
    }))
})
