import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { seriousFaults } from './harness/axe.js'
import { eventually } from '../wire/harness/eventually.js'
import { openConsole, type ConsoleOptions } from './harness/browser.js'
import { busySite, pageNames, type BusySite, type PageName } from './harness/site.js'

const narrow = { width: 390, height: 844 }
const wide = { width: 1_440, height: 900 }
/** What leaves the page or its card to the right. What scrolls may be longer. */
const sticksOut = `[...document.querySelectorAll('main *, header *')]
  .filter(element => !element.closest('.tabs, .ladder, pre, .unseen, thead, [aria-hidden]'))
  .filter(element => {
    const room = element.closest('.card, .tile, .picker-list') ?? document.documentElement
    return element.getBoundingClientRect().right > room.getBoundingClientRect().right + 1
  })
  .map(element => element.outerHTML.slice(0, 100))`

describe('every page of the console', () => {
  let site: BusySite
  before(async () => (site = await busySite()))
  after(() => site.close())

  async function show(name: PageName, options: ConsoleOptions = {}): Promise<Page> {
    const { path, agent } = site.pages[name]
    const page = await openConsole(`${site.http}${path}`, {
      reducedMotion: 'reduce',
      ...options,
      ...(agent !== undefined && { agent }),
    })
    await page.locator('main h1').first().waitFor()
    const loading = page.locator('main').getByText(/^(Loading|Chargement)…$/)
    for (const each of await loading.all()) await each.waitFor({ state: 'hidden' })
    return page
  }

  for (const name of pageNames) {
    it(`${name}: axe finds no serious problem, light or dark; the page keeps its policy and fits a narrow screen`, async () => {
      const complaints: string[] = []
      const page = await show(name, { complaints, colorScheme: 'light' })
      assert.deepEqual(await seriousFaults(page), [], 'wide and light')
      await page.setViewportSize(wide)
      assert.deepEqual(await page.evaluate(sticksOut), [], 'wide')
      await page.setViewportSize(narrow)
      // The page may lay itself out again for the new width.
      await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
      assert.deepEqual(await page.evaluate(sticksOut), [], 'narrow')
      await page.emulateMedia({ colorScheme: 'dark' })
      assert.deepEqual(await seriousFaults(page), [], 'narrow and dark')
      assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), narrow.width)
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  }

  it('uses the browser’s language, and the chosen language from then on', async () => {
    const page = await show('wallboard', { locale: 'fr-CA' })
    assert.equal(await page.locator('h1').innerText(), 'Supervision')
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr')
    await page.getByRole('button', { name: 'English' }).click()
    assert.equal(await page.locator('h1').innerText(), 'Wallboard')
    await page.reload()
    await page.getByRole('heading', { name: 'Wallboard' }).waitFor()
    await page.context().close()
  })

  it('keeps the chosen colours', async () => {
    const page = await show('wallboard', { colorScheme: 'dark' })
    const background = (): Promise<string> => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const dark = await background()
    await page.getByRole('button', { name: /^Colours/ }).click()
    const light = await background()
    assert.notEqual(light, dark)
    await page.reload()
    assert.equal(await background(), light)
    await page.context().close()
  })

  it('tells who changed what, by person and agent, also in French', async () => {
    const page = await openConsole(`${site.http}/groups?show=audit`, { locale: 'fr-FR' })
    await page
      .getByRole('cell', { name: /a mis sip:\S+ en service dans/ })
      .first()
      .waitFor()
    const rows = page.locator('tbody tr')
    const all = await rows.count()
    await page.getByRole('search').getByRole('textbox', { name: 'Qui' }).fill('nobody')
    await page.getByRole('search').getByRole('textbox', { name: 'Qui' }).blur()
    await page.getByText('Personne n’a rien changé pendant cette période.').waitFor()
    await page.goBack()
    await page.goto(`${site.http}/groups?show=audit&agent=${encodeURIComponent('sip:alice@example.com')}`)
    await rows.first().waitFor()
    assert((await rows.count()) < all, 'only the changes to alice')
    const found = page.getByRole('search').getByRole('searchbox', { name: 'Texte' })
    await found.fill('SIGNED sip:alice')
    await found.blur()
    await rows.first().waitFor()
    const saved = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Enregistrer pour un tableur (.csv)' }).click()
    const lines = (await readFile(await (await saved).path(), 'utf8')).trim().split('\r\n').slice(1)
    assert(lines.length > 0 && lines.every(line => line.includes('signed sip:alice')), lines.join('\n'))
    await page.context().close()
  })

  it('says why further changes can’t be shown', async () => {
    const page = await openConsole(`${site.http}/groups`)
    await page.route('**/api/audit?**', async route => {
      if (route.request().url().includes('cursor=')) {
        return route.fulfill({ status: 400, json: { status: 400, detail: 'cursor: none that an answer gave' } })
      }
      const { entries } = (await (await route.fetch()).json()) as { entries: unknown[] }
      return route.fulfill({ json: { entries, next: '7' } })
    })
    await page.goto(`${site.http}/groups?show=audit`)
    await page.getByRole('button', { name: 'More' }).click()
    await page
      .getByRole('alert')
      .filter({ hasText: /cursor: none that an answer gave/i })
      .waitFor()
    await page.context().close()
  })

  it('searches by the terms in its address, also after Back; an invalid day is ignored', async () => {
    const page = await openConsole(`${site.http}/calls?from=abc&queue=sales`)
    const form = page.getByRole('search')
    const [queue, outcome] = [form.locator('[name=queue]'), form.locator('[name=outcome]')]
    const found = page.locator('tbody tr', { hasText: 'sales' })
    await found.first().waitFor()
    // The list of queues arrives later.
    await eventually('the form shows the queue asked for', async () => (await queue.inputValue()) === 'sales')
    await form.locator('[name=caller]').fill('nobody@')
    await outcome.selectOption('abandoned')
    await form.getByRole('button').click()
    await page.getByText('No calls match.').waitFor()
    await page.goBack()
    await found.first().waitFor()
    await eventually('the form shows what was asked before', async () => {
      const shown = [queue, outcome, form.locator('[name=caller]')].map(field => field.inputValue())
      return (await Promise.all(shown)).join() === 'sales,,'
    })
    await page.context().close()
  })

  it('draws a call’s SIP messages, which can be read by keyboard: beside the ladder, or below the arrow on a narrow screen', async () => {
    const page = await show('call')
    const ladder = page.getByRole('region', { name: 'SIP messages' })
    await ladder.getByRole('button', { name: /to Carillon: INVITE SDP$/ }).focus()
    for (const [words, text] of [
      [/^Carillon to .*: 100 Trying$/, /SIP\/2\.0 100 Trying/],
      [/^Carillon to (?:Dave|Erin) .*: INVITE SDP$/, /^From: "sales: Ann Caller"/m],
    ] as const) {
      // Our 180 may go out before the INVITE to the agent.
      await eventually(`a step down leads to ${String(words)}`, async () => {
        await page.keyboard.press('ArrowDown')
        return words.test(await page.evaluate<string>('document.activeElement.textContent'))
      })
      assert.match(await ladder.locator('pre').innerText(), text)
    }
    assert.deepEqual(await seriousFaults(page), [], 'wide')
    await page.setViewportSize(narrow)
    await ladder.locator('li pre').waitFor()
    assert.deepEqual(await seriousFaults(page), [], 'narrow')
    assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), narrow.width)
    await page.keyboard.press('Enter')
    assert.equal(await ladder.locator('pre').count(), 0)
    await page.context().close()
  })

  it('saves a bundle of a call for a bug report', async () => {
    const page = await show('call')
    const saved = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Save for a bug report (.zip)' }).click()
    const file = await saved
    assert.match(file.suggestedFilename(), /^carillon-[\w-]+\.zip$/)
    assert.equal((await readFile(await file.path())).toString('latin1', 0, 2), 'PK')
    await page.context().close()
  })

  it('can be used by keyboard alone: past the navigation, into the presence menu and out of it', async () => {
    const page = await show('desk')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate<string>('document.activeElement.textContent'), 'Skip to content')
    const menu = page.getByRole('button', { name: /^Set your presence/ })
    await menu.focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
    assert.match(await page.evaluate<string>('document.activeElement.role'), /menuitemradio/)
    await page.keyboard.press('Escape')
    assert.equal(await menu.getAttribute('aria-expanded'), 'false')
    await page.context().close()
  })
})
