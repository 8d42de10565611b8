import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { agentUri } from '../wire/harness/config.js'
import { eventually } from '../wire/harness/eventually.js'
import { onWire, type Wire } from '../wire/harness/wire.js'
import { answers } from '../wire/phones/agents.js'
import { cancelsWhileWaiting } from '../wire/phones/callers.js'
import { isTransferred, refers } from '../wire/phones/transfers.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'

const twoGroups = {
  agents: [
    { name: 'alice', displayName: 'Alice Martin' },
    { name: 'bob', displayName: 'Bob Keller' },
  ],
  groups: [
    { name: 'support', method: 'serial' as const, agents: ['alice'] },
    { name: 'sales', method: 'serial' as const, agents: ['bob'] },
  ],
}

async function transferredCall(wire: Wire): Promise<string> {
  await wire.phone('alice', refers(`Refer-To: <${agentUri('bob')}>`))
  await wire.phone('bob', answers(20, 'bob'))
  await wire.serve(twoGroups)
  await (await wire.call('first', 'support', isTransferred(1_200), { timeout: 20 })).done()
  await wire.server.empty()
  const { calls } = await wire.server.get<{ calls: readonly { callId: string }[] }>('/api/calls?state=finished')
  return calls[0]?.callId ?? ''
}

const textOf = (page: Page, name: string): Promise<string> => page.getByRole('region', { name }).innerText()

describe('the page of a call', () => {
  it('shows who talked from when to when, and the result of each transfer, in two languages', () =>
    onWire(async wire => {
      const path = `/calls/${encodeURIComponent(await transferredCall(wire))}`
      const page = await openConsole(`${wire.server.http}${path}`, { reducedMotion: 'reduce' })
      // The agents' names arrive later.
      await page.getByRole('region', { name: 'Who talked' }).getByText('Bob Keller').waitFor()
      const time = String.raw`\d\d:\d\d:\d\d`
      assert.match(
        await textOf(page, 'Who talked'),
        new RegExp(String.raw`Alice Martin\s+${time} to ${time} \(0:0\d\)\s+Bob Keller\s+${time} to ${time} \(0:0\d\)`),
      )
      assert.match(
        await textOf(page, 'Transfers'),
        new RegExp(`To Bob Keller: transferred\\s+Requested by Alice Martin at ${time}`),
      )
      assert.deepEqual(await seriousFaults(page), [])
      await page.setViewportSize({ width: 390, height: 844 })
      assert.deepEqual(await seriousFaults(page), [], 'narrow')
      assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 390)
      await page.getByRole('button', { name: 'Français' }).click()
      assert.match(await textOf(page, 'Qui a parlé'), new RegExp(`Bob Keller\\s+de ${time} à ${time}`))
      assert.match(await textOf(page, 'Transferts'), /Vers Bob Keller\s: transféré\s+Demandé par Alice Martin à/)
      await page.context().close()
    }))

  it('is among today’s calls of the agent who got the call by a transfer', () =>
    onWire(async wire => {
      await transferredCall(wire)
      const page = await openConsole(`${wire.server.http}/desk`, { agent: agentUri('bob') })
      await page.getByRole('region', { name: 'Today' }).getByRole('link', { name: 'Ann Caller' }).waitFor()
      await page.context().close()
    }))
})

describe('a search by SIP Call-ID', () => {
  it('finds a call in progress, and the same call when it is over', () =>
    onWire(async wire => {
      await wire.serve({ groups: [{ name: 'support', method: 'serial', participationPolicy: 'formal', agents: ['alice'] }] })
      const page = await openConsole(`${wire.server.http}/calls`)
      const others = await wire.call('other', 'support', cancelsWhileWaiting(5_000))
      const caller = await wire.call('caller', 'support', cancelsWhileWaiting(5_000))
      await wire.server.waiting(2)
      const [invite] = await caller.messages()
      const form = page.getByRole('search')
      await form.getByLabel('SIP Call-ID').fill(invite?.header('Call-ID')[0] ?? '')
      await form.getByRole('button').click()
      const found = page.getByRole('region', { name: 'In progress' })
      await found.getByRole('link', { name: 'Ann Caller' }).waitFor()
      assert.equal(await found.locator('tbody tr').count(), 1, 'the search finds one call only')
      assert.deepEqual(await seriousFaults(page), [])
      await form.locator('[name=caller]').fill('nobody@')
      await form.getByRole('button').click()
      await found.waitFor({ state: 'detached' })
      await page.goBack()
      await found.waitFor()
      for (const sipp of [others, caller]) await sipp.done()
      await found.waitFor({ state: 'detached' })
      const finished = page.getByRole('region', { name: 'Finished' })
      await eventually('it is found among the finished', async () => (await finished.locator('tbody tr').count()) === 1)
      await page.context().close()
    }))
})
