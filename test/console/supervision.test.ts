import assert from 'node:assert/strict'
import { agentUri } from '../wire/harness/config.js'
import { eventually } from '../wire/harness/eventually.js'
import { wavOf } from '../wire/harness/noises.js'
import { secondsBeside, writeTones } from '../wire/harness/tones.js'
import { onWire, type Wire } from '../wire/harness/wire.js'
import { seriousFaults } from './harness/axe.js'
import { hearsSound, openConsole } from './harness/browser.js'

const tones = { caller: 440, alice: 1_000 }
const [alice, boss] = [agentUri('alice'), agentUri('boss')]

/** Two phones with sound talk. The boss has a phone in the browser. */
async function talk(wire: Wire) {
  await writeTones(wire, tones)
  const agent = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
  const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
  const server = await wire.serve({
    media: { engine: 'builtin' },
    listen: ['udp://127.0.0.1:0', 'ws://127.0.0.1:0'],
    agents: [{ name: 'alice', contact: `sip:alice@127.0.0.1:${agent.port}` }, { name: 'boss' }],
    groups: [{ name: 'support', method: 'serial' as const, agents: ['alice'] }],
    workflow: { supervised: true },
  })
  await caller.dial(`sip:support@${server.sip()}`)
  await eventually('the two talk', async () => (await server.calls())[0]?.state === 'connected' || undefined)
  return { caller, agent }
}

describe('a supervisor at the console', () => {
  it('listens with the phone in the browser, which answers by itself, whispers, and leaves; the agent sees it', () =>
    onWire(async wire => {
      const { caller, agent } = await talk(wire)
      const complaints: string[] = []
      const page = await openConsole(`${wire.server.http}/desk`, { agent: boss, complaints })
      const desk = await openConsole(`${wire.server.http}/desk`, { agent: alice, complaints })
      const phone = page.getByRole('complementary')
      await phone.getByRole('button', { name: 'Switch the phone on' }).click()
      await phone.getByText('Ready: calls ring here').waitFor()
      await page.getByRole('link', { name: 'Calls', exact: true }).click()
      await page.getByRole('table').first().getByRole('link').first().click()

      const card = page.getByRole('main').getByRole('group', { name: 'Supervision' })
      await card.getByRole('button', { name: 'Listen', exact: true }).click()
      await card.getByText('this machine listens').waitFor()
      await hearsSound(page)
      await desk.getByRole('main').getByText('this machine listens').waitFor()
      assert.deepEqual(await seriousFaults(page), [], 'the page of the call while somebody listens')

      await card.getByRole('button', { name: 'Whisper' }).click()
      await desk.getByRole('main').getByText('this machine whispers to the agent').waitFor()
      const begun = Date.now()
      await eventually('the beeps of the browser reach the agent', () => Date.now() - begun > 2_500 || undefined)

      await card.getByRole('button', { name: 'Stop listening' }).click()
      await page.getByRole('region', { name: 'Call in this browser' }).waitFor({ state: 'detached' })
      await card.getByRole('button', { name: 'Stop listening' }).waitFor({ state: 'detached' })
      await caller.hangUp()
      await page.getByText('this machine: Listen, Whisper').waitFor()
      /** Beside the tone of the other phone, there are the beeps of the browser's microphone. */
      const beeps = async (phone: typeof agent, hertz: number): Promise<number> =>
        secondsBeside(hertz, (await phone.heard()).at(-1) ?? new Float32Array())
      const [toAgent, toCaller] = [await beeps(agent, tones.caller), await beeps(caller, tones.alice)]
      assert.ok(toAgent >= 0.2 && toCaller < 0.2, `the agent alone hears the whisper: ${toAgent} s, ${toCaller} s`)
      assert.deepEqual(complaints, [])
      for (const each of [page, desk]) await each.context().close()
    }))
})
