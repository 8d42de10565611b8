import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { hashUserPassword } from '../../src/config/passwords.js'
import { agentUri } from '../wire/harness/config.js'
import { eventually } from '../wire/harness/eventually.js'
import { onWire } from '../wire/harness/wire.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'

const alice = agentUri('alice')

describe('the login page', () => {
  it('refuses a wrong password, opens the agent’s own desk with the right one, and logs out', () =>
    onWire(async wire => {
      const users = join(wire.configFolder, 'users.yaml')
      await wire.serve({
        listen: ['udp://127.0.0.1:0', 'ws://127.0.0.1:0'],
        agents: [{ name: 'alice', contact: undefined, presence: ['registration'] }],
        groups: [{ name: 'support', method: 'serial', agents: ['alice'] }],
      })
      const open = async (): Promise<boolean> => (await wire.server.get<{ open: boolean }>('/api/session')).open
      const ann = { name: 'ann', password: await hashUserPassword('tower'), role: 'agent', agent: alice }
      await writeFile(users, JSON.stringify({ users: [ann] }))
      await eventually('the user holds', async () => !(await open()))

      const page = await openConsole(`${wire.server.http}/desk`)
      const title = page.getByRole('heading', { name: 'Log in to Carillon' })
      await title.waitFor()
      const bytes = await bytesOfCode(page)
      assert(bytes > 10_000 && bytes < 60_000, `the first page loads ${bytes} bytes of code: compressed, and without the phone`)
      assert.deepEqual(await seriousFaults(page), [])
      await page.getByLabel('Name').fill('ann')
      await page.getByLabel('Password').fill('steeple')
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('alert').waitFor()
      assert.deepEqual(await seriousFaults(page), [])
      await page.getByLabel('Password').fill('tower')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'alice' }).waitFor()
      await page.getByTitle('Logged in as ann').waitFor()
      const presenceMenu = page.getByRole('button', { name: /^Set your presence/ })
      await page.getByText('ask an administrator to add “console”').waitFor()
      assert.equal(await presenceMenu.isDisabled(), true, 'the config does not let her choose')
      assert.deepEqual(await seriousFaults(page), [])
      // Things that an agent may not see are neither shown nor requested.
      const offered = async (path: string, link: string): Promise<number> => {
        await page.goto(`${wire.server.http}${path}`)
        await page.getByText('support').first().waitFor()
        return page.getByText(link, { exact: true }).count()
      }
      assert.deepEqual(
        [await offered('/groups', 'Reports'), await offered('/wallboard', 'Today'), await offered('/desk', 'Try a call')],
        [0, 0, 0],
      )
      await page.getByRole('button', { name: 'Switch the phone on' }).click()
      await page.getByText('A phone is registered', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Log out' }).click()
      await title.waitFor()

      // A user who was removed is asked to log in by the open page.
      const logIn = async (name: string): Promise<void> => {
        await page.getByLabel('Name').fill(name)
        await page.getByLabel('Password').fill('tower')
        await page.keyboard.press('Enter')
      }
      await logIn('ann')
      await page.getByText('A phone is registered', { exact: true }).waitFor()
      await writeFile(users, JSON.stringify({ users: [{ ...ann, name: 'bea', role: 'viewer' }] }))
      await title.waitFor()
      // A user who may only look is offered nothing else.
      await logIn('bea')
      await page.getByText('You can view this desk').waitFor()
      assert.deepEqual(
        [await presenceMenu.isDisabled(), await page.getByRole('button', { name: 'Switch the phone on' }).count()],
        [true, 0],
      )
      assert.deepEqual(await seriousFaults(page), [])

      // No users any more, so that the checks after this test may read.
      await writeFile(users, '# nobody\n')
      await eventually('the server is open', open)
      const presence = async () => (await wire.server.agent(alice)).presence.state
      await eventually('no phone is left where nobody sees it ring', async () => (await presence()) === 'offline')
      await page.context().close()
    }))
})

/** Scripts and styles as they came over the network. */
const bytesOfCode = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const loaded = performance.getEntriesByType('resource') as unknown as { name: string; encodedBodySize: number }[]
    return loaded.filter(({ name }) => /\.(js|css)$/.test(name)).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
  })
