import assert from 'node:assert/strict'
import { agentUri } from '../wire/harness/config.js'
import { eventually } from '../wire/harness/eventually.js'
import { onWire } from '../wire/harness/wire.js'
import { answersAndMoves } from '../wire/phones/transfers.js'
import { seriousFaults } from './harness/axe.js'
import { hearsSound, openConsole } from './harness/browser.js'
import { serveBrowsers, support } from './harness/phones.js'

const [alice, bob] = [agentUri('alice'), agentUri('bob')]

interface RecordPage {
  readonly calls: readonly { readonly transfers?: readonly { readonly outcome: string; readonly consult?: true }[] }[]
}

describe('a consultation from the call bar', () => {
  it('calls a colleague while the caller hears music; the agent goes back to the caller, calls again and connects the two', () =>
    onWire(async wire => {
      await wire.phone('carol', answersAndMoves('carol'))
      await serveBrowsers(
        wire,
        {},
        [support, { name: 'others', method: 'serial', agents: ['bob', 'carol'] }],
        [{ name: 'bob', contact: undefined, presence: ['registration'] }],
      )
      const complaints: string[] = []
      const [tried, desk, other] = await Promise.all([
        openConsole(`${wire.server.http}/try`, { complaints }),
        openConsole(`${wire.server.http}/desk`, { agent: alice, complaints, viewport: { width: 390, height: 844 } }),
        openConsole(`${wire.server.http}/desk`, { agent: bob, complaints, locale: 'fr-FR' }),
      ])
      const bar = desk.getByRole('region', { name: 'Call in this browser' })
      const callFirst = async (name: string): Promise<void> => {
        await bar.getByRole('button', { name, exact: false }).first().click()
        await bar.getByRole('button', { name: 'Call first' }).click()
      }
      await desk.getByRole('button', { name: 'Switch the phone on' }).click()
      await other.getByRole('button', { name: 'Activer le téléphone' }).click()
      await desk.getByText('Ready: calls ring here').waitFor()
      await tried.getByRole('button', { name: 'Call support' }).click()
      await desk.getByRole('region', { name: 'Incoming call' }).getByRole('button', { name: 'Answer' }).click()
      await hearsSound(desk)

      // A desk phone of SIPp: back to the caller after a talk.
      await bar.getByRole('button', { name: 'Transfer', exact: true }).click()
      await callFirst('carol')
      await bar.getByText('You talk to carol. The other side waits with music.').waitFor()
      assert.deepEqual(await seriousFaults(desk), [])
      assert.equal(await desk.evaluate<number>('document.documentElement.scrollWidth'), 390)
      await hearsSound(tried)
      await bar.getByRole('button', { name: 'Back to the call' }).click()
      await bar.getByText('You are back on the call. carol is not connected.').waitFor()
      await Promise.all([hearsSound(tried), hearsSound(desk)])

      // A colleague in a browser: they talk, then the colleague has the caller.
      await callFirst('bob')
      await bar.getByText('Calling bob… The other side waits with music.').waitFor()
      assert.equal(await bar.getByRole('button', { name: 'Connect them' }).isDisabled(), true)
      const theirs = other.getByRole('region', { name: 'Appel dans ce navigateur' })
      await theirs.getByRole('button', { name: 'Répondre' }).click()
      await bar.getByText('You talk to bob. The other side waits with music.').waitFor()
      await Promise.all([hearsSound(desk), hearsSound(other), hearsSound(tried)])
      await bar.getByRole('button', { name: 'Connect them' }).click()
      await bar.waitFor({ state: 'detached' })
      await Promise.all([hearsSound(other), hearsSound(tried)])
      await eventually('alice is free', async () => (await wire.server.agent(alice)).activity === 'free')
      assert.equal((await wire.server.agent(bob)).activity, 'talking')
      await tried.getByRole('button', { name: 'Hang up' }).click()
      await theirs.waitFor({ state: 'detached' })
      const { calls } = await wire.server.get<RecordPage>('/api/calls?state=finished')
      assert.deepEqual(
        calls[0]?.transfers?.map(({ outcome, consult }) => [outcome, consult]),
        [
          ['takenBack', true],
          ['through', true],
        ],
      )
      assert.deepEqual(complaints, [])
      for (const page of [tried, desk, other]) await page.context().close()
    }))
})
