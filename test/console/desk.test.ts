import assert from 'node:assert/strict'
import { agentUri } from '../wire/harness/config.js'
import { eventually } from '../wire/harness/eventually.js'
import { onWire } from '../wire/harness/wire.js'
import { answers, answersAndHangsUp, ringsOn } from '../wire/phones/agents.js'
import { cancelsWhileWaiting, talks, waitsForHangUp } from '../wire/phones/callers.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'

const alice = agentUri('alice')

describe('the desk', () => {
  it('lets a formal agent sign in, and the waiting call rings at their phone', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', participationPolicy: 'formal', agents: ['alice'] }] })
      const caller = await wire.call('caller', 'support', talks(200))
      await wire.server.waiting(1)
      const page = await openConsole(`${wire.server.http}/desk`)
      await page.getByRole('button', { name: 'alice' }).click()
      const row = page.getByRole('row', { name: 'support' })
      await row.getByText('1', { exact: true }).waitFor()
      const signIn = page.getByRole('switch', { name: 'Signed in to support' })
      assert.equal(await signIn.getAttribute('aria-checked'), 'false')
      await signIn.click()
      await caller.done()
      assert.deepEqual(await wire.rung(), ['alice'])
      await page.getByRole('region', { name: 'My calls today' }).getByRole('link', { name: 'Ann Caller' }).waitFor()
      await page.context().close()
    }))

  it('signs in to and out of all formal groups with one switch', () =>
    onWire(async wire => {
      const formal = { method: 'serial', participationPolicy: 'formal', agents: ['alice'] } as const
      await wire.serve({
        groups: [
          { name: 'support', ...formal },
          { name: 'sales', ...formal },
        ],
      })
      const page = await openConsole(`${wire.server.http}/`, { agent: alice })
      const signedIn = async (): Promise<readonly boolean[]> =>
        (await wire.server.agent(alice)).groups.map(group => group.signedIn)
      const all = page.getByRole('switch', { name: 'All my groups' })
      await all.click()
      await eventually('alice is signed in to both', async () => (await signedIn()).every(Boolean))
      await page.getByRole('switch', { name: 'All my groups', checked: true }).click()
      await eventually('alice is signed out of both', async () => !(await signedIn()).some(Boolean))
      await page.context().close()
    }))

  it('shows the ringing call, and a decline sends it to the next agent', () =>
    onWire(async wire => {
      await wire.phone('alice', ringsOn())
      await wire.phone('bob', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice', 'bob'] }] })
      const page = await openConsole(`${wire.server.http}/desk`, { agent: alice })
      await page.getByText('No incoming calls.').waitFor()
      const caller = await wire.call('caller', 'support', talks(200))
      const ringing = page.getByRole('region', { name: 'Incoming call' })
      await ringing.getByText('Ann Caller').waitFor()
      await ringing.getByText('queue support, group support').waitFor()
      assert.equal(await page.title(), 'Incoming call from Ann Caller for support · Carillon')
      await ringing.getByRole('button', { name: 'Decline' }).click()
      await ringing.waitFor({ state: 'detached' })
      await eventually('the title is that of the page', async () => (await page.title()) === 'My desk · Carillon')
      await caller.done()
      assert.deepEqual(await wire.rung(), ['alice', 'bob'])
      await page.context().close()
    }))

  it('offers a page about the caller, and opens it once when a call rings if the agent wants so', () =>
    onWire(async wire => {
      await wire.phone('alice', ringsOn())
      await wire.serve({
        groups: [{ name: 'support', method: 'serial', agents: ['alice'] }],
        workflow: { screenPop: 'https://crm.example.com/?phone={caller}&name={callerName}' },
      })
      const page = await openConsole(`${wire.server.http}/desk`, { agent: alice })
      await page.context().route('https://crm.example.com/**', route => route.fulfill({ body: 'Ann bought a bell.' }))
      const first = await wire.call('first', 'support', cancelsWhileWaiting(4_000))
      const link = page.getByRole('link', { name: 'Page about the caller' })
      const address = await link.getAttribute('href')
      assert.match(address ?? '', /^https:\/\/crm\.example\.com\/\?phone=%2B15550\d+&name=Ann%20Caller$/)
      assert.deepEqual(await seriousFaults(page), [])
      const opened = page.context().waitForEvent('page')
      await page.getByLabel('Open it').selectOption('when a call rings')
      const crm = await opened
      await crm.getByText('Ann bought a bell.').waitFor()
      assert.equal(crm.url(), address)
      assert.equal(await crm.evaluate<boolean>('window.opener === null'), true)
      await page.reload()
      await link.waitFor()
      await first.done()
      assert.equal(page.context().pages().length, 2)
      await page.context().close()
    }))

  it('ends the wrap-up, and the waiting call comes at once', () =>
    onWire(async wire => {
      await wire.phone('alice', answersAndHangsUp(20, 100))
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice'] }], wrapUp: '10m' })
      const page = await openConsole(`${wire.server.http}/desk`, { agent: alice })
      await page.getByText('No incoming calls.').waitFor()
      await (await wire.call('first', 'support', waitsForHangUp())).done()
      const second = await wire.call('second', 'support', waitsForHangUp())
      await page.getByRole('region', { name: 'Wrapping up' }).getByRole('button', { name: 'I’m done' }).click()
      await second.done()
      assert.deepEqual(await wire.rung(), ['alice', 'alice'])
      await page.context().close()
    }))

  it('keeps the presence that the agent chooses until they follow the other sources again', () =>
    onWire(async wire => {
      await wire.phone('alice', ringsOn())
      await wire.phone('bob', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice', 'bob'] }] })
      const page = await openConsole(`${wire.server.http}/desk`, { agent: alice })
      const choose = async (presence: string): Promise<void> => {
        await page.getByRole('button', { name: /^Set your presence/ }).click()
        await page.getByRole('menuitemradio', { name: presence }).click()
      }
      await choose('Do not disturb')
      await page.getByText('Chosen in this console', { exact: true }).waitFor()
      await (await wire.call('caller', 'support', talks())).done()
      assert.deepEqual(await wire.rung(), ['bob'])
      await choose('Automatic')
      await page.getByText('Always available', { exact: true }).waitFor()
      assert.equal((await wire.server.agent(alice)).presence.state, 'available')
      await page.context().close()
    }))

  it('lets an attendant answer the second caller before the first', () =>
    onWire(async wire => {
      const phone = await wire.phone('alice', ringsOn())
      await wire.serve({
        groups: [{ name: 'desk', method: 'attendant', participationPolicy: 'formal', agents: ['alice'], attendantOffers: 1 }],
      })
      const page = await openConsole(`${wire.server.http}/desk`, { agent: alice })
      await page.getByRole('switch', { name: 'Signed in to desk' }).click()
      await page.getByText('ready for calls').waitFor()
      const first = await wire.call('first', 'desk', cancelsWhileWaiting(10_000))
      await phone.sent(180)
      const second = await wire.call('second', 'desk', cancelsWhileWaiting(10_000))
      await page.getByRole('button', { name: 'Take the call from Ann Caller' }).click()
      // The desk holds one call, so the first one is replaced.
      await phone.received('CANCEL')
      await phone.receivedNth('INVITE', 2)
      await page.getByRole('region', { name: 'Incoming call' }).waitFor()
      await Promise.all([first.done(), second.done()])
      await page.context().close()
    }))
})
