import assert from 'node:assert/strict'
import { agentUri } from '../wire/harness/config.js'
import { eventually } from '../wire/harness/eventually.js'
import { onWire } from '../wire/harness/wire.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'
import { ringsOn } from '../wire/phones/agents.js'
import { serveBrowsers, support } from './harness/phones.js'

const alice = agentUri('alice')

describe('The call bar', () => {
  it('has the call on every page of both sides; only an answered question or "Hang up" ends it; double clicks do no harm', () =>
    onWire(async wire => {
      await wire.phone('bob', ringsOn())
      await serveBrowsers(wire, {}, [support, { name: 'others', method: 'serial', agents: ['bob'] }])
      const complaints: string[] = []
      const tried = await openConsole(`${wire.server.http}/try`, { complaints })
      const desk = await openConsole(`${wire.server.http}/desk`, {
        agent: alice,
        complaints,
        viewport: { width: 390, height: 844 },
      })
      const callers = tried.getByRole('region', { name: 'Call in this browser' })
      const bar = desk.getByRole('region', { name: 'Call in this browser' })
      const call = tried.getByRole('button', { name: 'Call support' })
      const inProgress = async (): Promise<number> => (await wire.server.calls()).length

      // A call that its own caller gives up is no error.
      await call.click()
      await callers.getByRole('button', { name: 'Hang up' }).click()
      await tried.getByText('You hung up.').waitFor()
      assert.equal((await tried.getByRole('alert').allInnerTexts()).join(''), '')
      await eventually('the call is over', async () => (await inProgress()) === 0)

      await call.dblclick()
      await callers.getByRole('button', { name: 'Mute' }).waitFor()
      await eventually('the call is there', async () => (await inProgress()) > 0)
      await tried.getByRole('link', { name: 'Wallboard' }).click()
      await callers.getByText('support').waitFor()
      await wire.server.waiting(1)
      assert.equal(await inProgress(), 1, 'a double click makes one call, and another page keeps it')

      await desk.getByRole('button', { name: 'Switch the phone on' }).click()
      await desk.getByRole('region', { name: 'Incoming call' }).waitFor()
      assert.equal(
        await desk.getByRole('button', { name: 'Test ringtone' }).isDisabled(),
        true,
        'a test would stop the real ringtone',
      )
      await desk.getByRole('link', { name: 'Groups' }).click()
      await bar.getByRole('button', { name: 'Answer' }).dblclick()
      await bar.getByRole('button', { name: 'Hold' }).dblclick()
      await bar.getByText('on hold').waitFor()
      assert.deepEqual(await seriousFaults(desk), [])
      assert.equal(await desk.evaluate<number>('document.documentElement.scrollWidth'), 390)
      await bar.getByRole('button', { name: 'Resume' }).click()
      await bar.getByRole('button', { name: 'Hold' }).waitFor()
      assert.equal((await desk.getByRole('alert').allInnerTexts()).join(''), '')

      // A transfer can be taken back while its target rings.
      await bar.getByRole('button', { name: 'Transfer' }).click()
      await bar.getByRole('button', { name: 'bob' }).click()
      await bar.getByRole('button', { name: 'Transfer now' }).click()
      await eventually('bob rings', async () => (await wire.server.agent(agentUri('bob'))).activity !== 'free')
      assert.deepEqual(await seriousFaults(desk), [])
      await bar.getByRole('button', { name: 'Take the call back' }).click()
      await bar.getByText('You took the call back.').waitFor()
      await eventually('bob is free', async () => (await wire.server.agent(agentUri('bob'))).activity === 'free')
      assert.equal((await desk.getByRole('alert').allInnerTexts()).join(''), '')

      await desk.getByRole('link', { name: 'My desk' }).click()
      const question = desk.getByRole('dialog', { name: 'End the call?' })
      for (const ends of ['Not you?', 'Switch the phone off']) {
        await desk.getByRole('button', { name: ends }).click()
        await question.getByRole('button', { name: 'Stay on the call' }).click()
        await question.waitFor({ state: 'detached' })
      }
      assert.equal((await wire.server.calls())[0]?.state, 'connected')
      await desk.getByRole('button', { name: 'Not you?' }).click()
      await question.getByRole('button', { name: 'End the call' }).click()
      await desk.getByRole('heading', { name: 'Who are you?' }).waitFor()
      await callers.waitFor({ state: 'detached' })
      assert.deepEqual(complaints, [])
      for (const page of [tried, desk]) await page.context().close()
    }))
})
