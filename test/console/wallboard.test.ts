import assert from 'node:assert/strict'
import { onWire } from '../wire/harness/wire.js'
import { answers, ringsOn } from '../wire/phones/agents.js'
import { cancelsWhileWaiting, talks } from '../wire/phones/callers.js'
import { agentUri } from '../wire/harness/config.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'

describe('the wallboard', () => {
  it('shows a waiting caller without a request, and that they left', () =>
    onWire(async wire => {
      await wire.serve({ groups: [{ name: 'support', method: 'serial', participationPolicy: 'formal', agents: ['alice'] }] })
      const page = await openConsole(`${wire.server.http}/wallboard`)
      const tile = page.getByRole('article', { name: 'support' })
      await tile.getByText('No callers waiting').waitFor()
      // From here on the page sends no requests. Its data come by the event stream.
      const asked: string[] = []
      page.on('request', request => asked.push(request.url()))
      const caller = await wire.call('caller', 'support', cancelsWhileWaiting(1_500))
      await tile.getByText('No agents to answer').waitFor()
      assert.match(await tile.innerText(), /^1$/m)
      assert.deepEqual(asked, [])
      await caller.done()
      await tile.getByText('No callers waiting').waitFor()
      await page.context().close()
    }))

  it('counts today’s calls: answered, abandoned, service level', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({ groups: [{ name: 'support', method: 'serial', participationPolicy: 'formal', agents: ['alice'] }] })
      const page = await openConsole(`${wire.server.http}/wallboard`)
      const tile = page.getByRole('article', { name: 'support' })
      const day = (name: string) => tile.locator('dt', { hasText: name }).locator('xpath=following-sibling::dd')
      await (await wire.call('leaves', 'support', cancelsWhileWaiting(100))).done()
      await day('Abandoned').getByText('1', { exact: true }).waitFor()
      assert.equal(await wire.server.put(`/api/agents/${encodeURIComponent(agentUri('alice'))}/groups/support/sign-in`), 204)
      await (await wire.call('talks', 'support', talks(100))).done()
      await day('Answered').getByText('1', { exact: true }).waitFor()
      // A caller who hung up at once gave the queue no chance to answer.
      await day('Service level').getByText('100').waitFor()
      await page.getByRole('heading', { name: 'Today' }).waitFor()
      await page.getByText('Show as a table').click()
      await page.getByRole('table').getByRole('row').nth(1).waitFor()
      await page.context().close()
    }))

  it('shows the chosen queues in order, warns by its own limits, and rings a bell', () =>
    onWire(async wire => {
      const group = (name: string) => ({ name, method: 'serial' as const, agents: ['alice'] })
      await wire.phone('alice', ringsOn())
      await wire.serve({ groups: [group('sales'), group('support')] })
      const page = await openConsole(`${wire.server.http}/wallboard`, { reducedMotion: 'reduce' })
      // Counts the bells: each peal has its own AudioContext.
      await page.evaluate(
        `window.peals = 0; window.AudioContext = class extends AudioContext { constructor() { super(); peals += 1 } }`,
      )
      const tiles = page.locator('article')
      await tiles.nth(1).waitFor()
      await page.getByText('Set up this wallboard').click()
      await page.getByRole('button', { name: 'Move support up' }).click()
      await tiles
        .first()
        .and(page.getByRole('article', { name: 'support' }))
        .waitFor()
      await page.getByRole('switch', { name: 'Show sales' }).click()
      await page.getByRole('article', { name: 'sales' }).waitFor({ state: 'detached' })
      const many = page.getByLabel('Too many waiting callers in support')
      await many.fill('1')
      await many.press('Tab')
      await page.getByRole('switch', { name: 'Ring a bell' }).click()
      assert.match(page.url(), /\?queue=support&many=1%3Asupport&sound=on$/)
      // The first rings at alice, and the second waits.
      const callers = await wire.call('callers', 'support', cancelsWhileWaiting(1_500), { calls: 2, rate: 10 })
      const tile = page.getByRole('article', { name: 'support' })
      await tile.getByText('Too many callers wait').waitFor()
      await page.waitForFunction('peals === 1')
      assert.deepEqual(await seriousFaults(page), [])
      await callers.done()
      await tile.getByText('No callers waiting').waitFor()
      // The address is all that a screen needs.
      const other = await openConsole(page.url(), { viewport: { width: 390, height: 844 } })
      await other.locator('article').first().waitFor()
      assert.equal(await other.locator('article').count(), 1)
      await other.getByText('Set up this wallboard').click()
      await other.getByRole('button', { name: 'Français' }).click()
      await other.getByText('Régler ce tableau').waitFor()
      const field = await other.getByLabel('Attente trop longue dans support, en secondes').boundingBox()
      assert.ok(field && field.x + field.width <= 390, 'it fits a narrow screen')
      await other.context().close()
      await page.context().close()
    }))
})
