import assert from 'node:assert/strict'
import { onWire } from '../wire/harness/wire.js'
import { answers } from '../wire/phones/agents.js'
import { cancelsWhileWaiting, talks } from '../wire/phones/callers.js'
import { agentUri } from '../wire/harness/config.js'
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
})
