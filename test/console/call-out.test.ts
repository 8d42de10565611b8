import assert from 'node:assert/strict'
import { agentUri } from '../wire/harness/config.js'
import { wavOf } from '../wire/harness/noises.js'
import { writeTones } from '../wire/harness/tones.js'
import { onWire } from '../wire/harness/wire.js'
import { seriousFaults } from './harness/axe.js'
import { hearsSound, openConsole } from './harness/browser.js'

describe('the console of an agent who may call out', () => {
  it('calls a number on behalf of the workflow with the phone in the browser, and shows the call afterwards', () =>
    onWire(async wire => {
      await writeTones(wire, { person: 440 })
      const person = await wire.baresip({ name: '0123456789', says: wavOf(wire, 'person'), answers: 'auto' })
      const server = await wire.serve({
        media: { engine: 'builtin' },
        listen: ['udp://127.0.0.1:0', 'ws://127.0.0.1:0'],
        outboundProxy: `sip:127.0.0.1:${person.port}`,
        agents: [{ name: 'alice' }],
        groups: [{ name: 'support', method: 'serial' as const, agents: ['alice'] }],
        workflow: { number: '+14255550100', outbound: { numbers: ['0?????????'] } },
      })
      const complaints: string[] = []
      const page = await openConsole(`${server.http}/desk`, { agent: agentUri('alice'), complaints })
      const aside = page.getByRole('complementary')
      await aside.getByLabel('Number').fill('01 23 45 67 89')
      assert.equal(await aside.getByRole('button', { name: 'Call', exact: true }).isDisabled(), true, 'the phone is off')
      await aside.getByRole('button', { name: 'Switch the phone on' }).click()
      await aside.getByText('Ready: calls ring here').waitFor()
      assert.deepEqual(await seriousFaults(page), [])
      await aside.getByRole('button', { name: 'Call', exact: true }).click()
      const bar = page.getByRole('region', { name: 'Call in this browser' })
      await bar.getByText('01 23 45 67 89').waitFor()
      await person.happened('CALL_ESTABLISHED')
      await hearsSound(page)
      await bar.getByRole('button', { name: 'Hang up' }).click()
      await page.getByRole('main').getByRole('link', { name: 'alice → 0123456789' }).click()
      await page.getByRole('heading', { name: 'alice → 0123456789' }).waitFor()
      assert.deepEqual(complaints, [])
      await page.context().close()
    }))
})
