import assert from 'node:assert/strict'
import { agentUri } from '../wire/harness/config.js'
import { onWire } from '../wire/harness/wire.js'
import { ringsOn } from '../wire/phones/agents.js'
import { cancelsWhileWaiting } from '../wire/phones/callers.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'

const alice = agentUri('alice')

describe('a pause after missed calls', () => {
  it('is told on the agent’s page in both languages, shown to others with the reason, and ended by one click', () =>
    onWire(async wire => {
      await wire.phone('alice', ringsOn())
      await wire.serve({
        groups: [{ name: 'support', method: 'serial', agents: ['alice'], agentAlertTime: '10s' }],
        pauseAfterMisses: 1,
      })
      const complaints: string[] = []
      const desk = await openConsole(`${wire.server.http}/desk`, {
        agent: alice,
        complaints,
        viewport: { width: 390, height: 844 },
      })
      const groups = await openConsole(`${wire.server.http}/groups`, { complaints, locale: 'fr-FR' })
      await wire.call('first', 'support', cancelsWhileWaiting(14_000))
      await desk.getByRole('heading', { name: 'Incoming call' }).waitFor()
      await desk.getByRole('heading', { name: 'You are paused' }).waitFor()
      const told = await desk.getByRole('alert').allInnerTexts()
      assert.ok(
        told.some(text => text.startsWith('You are paused. You did not answer several calls in a row')),
        told.join(),
      )
      await groups.getByText('en pause : trop d’appels manqués').first().waitFor()
      const [agent] = await wire.server.get<readonly { groups: readonly { excluded: string | null }[] }[]>('/api/agents')
      assert.equal(agent?.groups[0]?.excluded, 'paused')
      assert.deepEqual(await seriousFaults(desk), [])
      assert.equal(await desk.evaluate<number>('document.documentElement.scrollWidth'), 390)
      assert.equal(await wire.server.metric('carillon_agents', { group: 'support', state: 'paused' }), 1)
      await desk.getByRole('button', { name: 'I’m back' }).click()
      await desk.getByRole('heading', { name: 'You are paused' }).waitFor({ state: 'detached' })
      assert.equal(await wire.server.metric('carillon_agents', { group: 'support', state: 'paused' }), 0)
      assert.deepEqual(complaints, [])
      for (const page of [desk, groups]) await page.context().close()
    }))
})
