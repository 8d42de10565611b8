import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { agentUri } from '../wire/harness/config.js'
import { eventually } from '../wire/harness/eventually.js'
import { wavOf } from '../wire/harness/noises.js'
import { noise, writeWav } from '../wire/harness/sounds.js'
import { onWire, type Wire } from '../wire/harness/wire.js'
import { seriousFaults } from './harness/axe.js'
import { openConsole } from './harness/browser.js'

const names = ['caller', 'alice'] as const

/** A talk between two phones with sound, recorded when somebody asks for it. */
async function talk(wire: Wire): Promise<{ readonly callId: string; readonly hangUp: () => Promise<void> }> {
  await mkdir(wire.configFolder, { recursive: true })
  for (const [index, name] of names.entries()) await writeWav(wavOf(wire, name), noise(40 + index, 30))
  const alice = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
  const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
  const server = await wire.serve({
    media: { engine: 'builtin' },
    agents: [{ name: 'alice', displayName: 'Alice Martin', contact: `sip:alice@127.0.0.1:${alice.port}` }],
    groups: [{ name: 'support', method: 'serial' as const, agents: ['alice'] }],
    workflow: { record: 'onDemand' },
  })
  await caller.dial(`sip:support@${server.sip()}`)
  const callId = await eventually('the two talk', async () => {
    const [call] = await server.calls()
    return call?.state === 'connected' ? call.callId : undefined
  })
  return { callId, hangUp: () => caller.hangUp() }
}

/** A property of the player. */
const sound = (page: Page, name: 'currentTime' | 'duration'): Promise<number> =>
  page.evaluate<number>(`document.querySelector('audio').${name}`)

describe('the recording of a call in the console', () => {
  it('is started and paused on the desk, heard with its picture on the page of the call, and deleted', () =>
    onWire(async wire => {
      const { callId, hangUp } = await talk(wire)
      const desk = await openConsole(`${wire.server.http}/desk`, { agent: agentUri('alice') })
      const state = desk.getByRole('group', { name: 'Recording' })
      await state.getByText('Not recording').waitFor()
      await state.getByRole('button', { name: 'Start recording' }).click()
      await state.getByRole('button', { name: 'Pause recording' }).waitFor()
      assert.deepEqual(await seriousFaults(desk), [], 'the desk while a call is recorded')
      const begun = Date.now()
      await eventually('two seconds are recorded', () => Date.now() - begun > 2_000 || undefined)
      await state.getByRole('button', { name: 'Pause recording' }).click()
      await state.getByText('Recording paused').waitFor()
      await state.getByRole('button', { name: 'Resume recording' }).click()
      await state.getByRole('button', { name: 'Pause recording' }).waitFor()
      await hangUp()
      await desk.context().close()

      const page = await openConsole(`${wire.server.http}/calls/${callId}`, { reducedMotion: 'reduce' })
      const card = page.getByRole('region', { name: 'Recording' })
      const slider = card.getByRole('slider', { name: 'Position in the recording' })
      await slider.waitFor()
      await page.getByText('Partly recorded').waitFor()
      assert.equal(await card.getByRole('list', { name: 'Parts of the recording' }).getByRole('listitem').count(), 2)
      await eventually('the browser knows the length', async () => {
        return (await sound(page, 'duration')) > 1.5 || undefined
      })
      await slider.focus()
      await page.keyboard.press('End')
      await eventually('the sound is at its end', async () => (await sound(page, 'currentTime')) > 1.5 || undefined)
      await page.keyboard.press('Home')
      await eventually('the sound is at its start', async () => (await sound(page, 'currentTime')) < 0.1 || undefined)
      await page.evaluate("document.querySelector('audio').play()")
      await eventually('it plays', async () => (await sound(page, 'currentTime')) > 0.3 || undefined)
      assert.deepEqual(await seriousFaults(page), [])
      await page.setViewportSize({ width: 390, height: 844 })
      assert.deepEqual(await seriousFaults(page), [], 'narrow')
      assert.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), 390)

      await card.getByRole('button', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await card.waitFor({ state: 'detached' })
      const { entries } = await wire.server.get<{ entries: readonly { what: string }[] }>('/api/audit')
      const told = entries.map(({ what }) => what.replace(callId, 'X'))
      assert.deepEqual(told.slice(0, 2), ['deleted the recording of the call X', 'listened to the recording of the call X'])
      await page.context().close()
    }))
})
