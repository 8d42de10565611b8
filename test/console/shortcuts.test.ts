import assert from 'node:assert/strict'
import { agentUri } from '../wire/harness/config.js'
import { onWire } from '../wire/harness/wire.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'
import { serveBrowsers } from './harness/phones.js'

const alice = agentUri('alice')

describe('Keys and the installed console', () => {
  it('keys answer, mute, hold and hang up, not while somebody types; "?" shows them, and they can be turned off', () =>
    onWire(async wire => {
      await serveBrowsers(wire)
      const complaints: string[] = []
      const tried = await openConsole(`${wire.server.http}/try`, { complaints })
      const desk = await openConsole(`${wire.server.http}/desk`, { agent: alice, complaints })
      const bar = desk.getByRole('region', { name: 'Call in this browser' })
      const help = desk.getByRole('dialog', { name: 'Keyboard shortcuts' })
      const press = (key: string): Promise<void> => desk.keyboard.press(key)
      await desk.getByRole('button', { name: 'Switch the phone on' }).click()
      await desk.getByText('Ready: calls ring here').waitFor()
      await tried.getByRole('button', { name: 'Call support' }).click()
      await desk.getByRole('region', { name: 'Incoming call' }).waitFor()

      await press('a')
      await desk.getByRole('region', { name: 'On a call' }).waitFor()
      await press('m')
      await bar.getByRole('button', { name: 'Unmute' }).waitFor()
      await press('m')
      await press('h')
      await bar.getByText('on hold').waitFor()
      await press('h')
      await bar.getByRole('button', { name: 'Hold' }).waitFor()

      await bar.getByRole('button', { name: 'Transfer', exact: true }).click()
      const field = desk.getByRole('combobox').or(desk.getByRole('textbox')).or(desk.getByRole('searchbox')).first()
      await field.fill('')
      await field.pressSequentially('me?')
      assert.equal(await field.inputValue(), 'me?')
      assert.equal(await help.count(), 0)
      await bar.getByRole('button', { name: 'Transfer', exact: true }).click()

      await press('?')
      await help.waitFor()
      assert.deepEqual(await seriousFaults(desk), [])
      await press('e')
      await help.getByRole('button', { name: 'Turn the keys off' }).click()
      await press('Escape')
      await help.waitFor({ state: 'detached' })
      await press('e')
      await press('m')
      await bar.getByRole('button', { name: 'Mute' }).waitFor()
      await desk.getByRole('button', { name: 'Keyboard shortcuts' }).click()
      await help.getByRole('button', { name: 'Turn the keys on' }).click()
      await help.getByRole('button', { name: 'Close' }).click()
      assert.equal((await wire.server.calls())[0]?.state, 'connected', 'no key hung up')
      await press('e')
      await tried.getByText('The call has ended.').waitFor()

      await press('/')
      await desk.waitForURL('**/calls')
      await desk.locator('input[name=caller]:focus').waitFor()
      assert.deepEqual(complaints, [])
      for (const page of [tried, desk]) await page.context().close()
    }))

  it('the browser can install it, and no service worker keeps old pages', () =>
    onWire(async wire => {
      await serveBrowsers(wire)
      const page = await openConsole(wire.server.http)
      const devtools = await page.context().newCDPSession(page)
      const { errors, data } = await devtools.send('Page.getAppManifest')
      assert.deepEqual(errors, [])
      const { icons } = JSON.parse(data ?? '') as { readonly icons: readonly { readonly src: string }[] }
      for (const { src } of icons) assert.equal((await page.request.get(`${wire.server.http}${src}`)).status(), 200, src)
      const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
      // A test's context is like a private window, where nothing can be installed.
      assert.deepEqual(
        installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'),
        [],
      )
      assert.equal(await page.evaluate<number>('navigator.serviceWorker.getRegistrations().then(({ length }) => length)'), 0)
      await page.context().close()
    }))
})
