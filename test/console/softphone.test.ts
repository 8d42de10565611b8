import assert from 'node:assert/strict'
import { agentUri } from '../wire/harness/config.js'
import { eventually } from '../wire/harness/eventually.js'
import { wavOf } from '../wire/harness/noises.js'
import { onWire } from '../wire/harness/wire.js'
import { cutConnection, hearsMusic, hearsSound, openConsole, restartsIce } from './harness/browser.js'
import { serveBrowsers, support } from './harness/phones.js'

const alice = agentUri('alice')

describe('the phone in the browser', () => {
  it('takes calls from the test page: both hear each other, also after a hold, and either can hang up', () =>
    onWire(async wire => {
      await serveBrowsers(wire)
      const complaints: string[] = []
      const tried = await openConsole(`${wire.server.http}/try`, { complaints })
      const desk = await openConsole(`${wire.server.http}/desk`, { agent: alice, complaints })
      const call = tried.getByRole('button', { name: 'Call support' })
      const phone = desk.getByRole('complementary')
      const bar = desk.getByRole('region', { name: 'Call in this browser' })
      const incoming = desk.getByRole('region', { name: 'Incoming call' })

      await call.click()
      await tried.getByText('Connected').waitFor()
      await hearsSound(tried)
      await wire.server.waiting(1)
      await phone.getByRole('button', { name: 'Switch the phone on' }).click()
      await phone.getByText('Ready: calls ring here').waitFor()
      await incoming.getByRole('button', { name: 'Answer' }).click()
      const talk = desk.getByRole('region', { name: 'On a call' })
      await talk.waitFor()
      for (const page of [tried, desk]) await hearsSound(page)
      await bar.getByRole('button', { name: 'Hold' }).click()
      await bar.getByText('on hold').waitFor()
      await hearsMusic(tried)
      await bar.getByRole('button', { name: 'Resume' }).click()
      await bar.getByRole('button', { name: 'Hold' }).waitFor()
      for (const page of [tried, desk]) await hearsSound(page)

      // The network changes: the call goes on over a new connection.
      for (const page of [tried, desk]) {
        await restartsIce(page, () => cutConnection(page))
        await hearsSound(page)
      }
      await phone.getByText('Ready: calls ring here').waitFor()
      assert.equal((await wire.server.agent(alice)).presence.state, 'busy')

      await bar.getByRole('button', { name: 'Hang up' }).click()
      await tried.getByText('The call has ended.').waitFor()
      await talk.waitFor({ state: 'detached' })

      await call.click()
      await incoming.getByRole('button', { name: 'Answer' }).click()
      await talk.waitFor()
      await tried.getByRole('button', { name: 'Hang up' }).click()
      await tried.getByText('You hung up.').waitFor()
      await desk.getByText('No incoming calls.').waitFor()
      await bar.getByRole('button', { name: 'Hang up' }).waitFor({ state: 'detached' })

      // Leaving a page with a call needs a confirmation, and then ends the call.
      await call.click()
      await incoming.getByRole('button', { name: 'Answer' }).click()
      await talk.waitFor()
      const asked = desk.waitForEvent('dialog')
      const loaded = desk.reload()
      const question = await asked
      assert.equal(question.type(), 'beforeunload')
      await question.accept()
      await Promise.all([loaded, tried.getByText('The call has ended.').waitFor({ timeout: 15_000 })])
      assert.deepEqual(complaints, [])
      for (const page of [tried, desk]) await page.context().close()
    }))

  it('lets one person play both sides: keys answer the question, and a second tab is the desk of an agent, signed in and ready', () =>
    onWire(async wire => {
      const question = { prompt: { file: wavOf(wire, 'question') }, answers: [{ digit: 2, queue: 'support' }] }
      const workflow = { type: 'interactive', welcome: undefined, queue: undefined, question }
      await serveBrowsers(wire, workflow, [{ ...support, participationPolicy: 'formal' }])
      const tried = await openConsole(`${wire.server.http}/try`)
      await tried.getByText('Nobody can answer now.').waitFor()
      const opened = tried.context().waitForEvent('page')
      await tried.getByRole('button', { name: 'Answer it yourself: support, as alice' }).click()
      const desk = await opened
      await tried.getByText('Would ring now: alice').waitFor()
      await tried.getByRole('button', { name: 'Call support' }).click()
      await hearsSound(tried)
      assert.equal((await wire.server.calls())[0]?.state, 'asking')
      await tried.getByRole('button', { name: 'Key 2' }).click()
      await desk.getByRole('region', { name: 'Incoming call' }).getByRole('button', { name: 'Answer' }).click()
      await desk.getByRole('region', { name: 'On a call' }).waitFor()
      await hearsSound(desk)
      assert.equal(await tried.evaluate('sessionStorage.length'), 0, 'the first tab is no agent')
      await tried.getByRole('button', { name: 'Hang up' }).click()
      await tried.context().close()
    }))

  it('renews its credentials within the hour, and the agent stays registered and idle without a gap', () =>
    onWire(async wire => {
      await serveBrowsers(wire)
      const page = await openConsole(`${wire.server.http}/desk`, { agent: alice, clock: true })
      const sent: string[] = []
      page.on('websocket', socket => socket.on('framesent', ({ payload }) => sent.push(String(payload))))
      const users = (): string[] => [
        ...new Set(sent.flatMap(text => /^Authorization: .*username="([^"]+)"/m.exec(text)?.[1] ?? [])),
      ]
      await page.getByRole('button', { name: 'Switch the phone on' }).click()
      const ready = page.getByText('Ready: calls ring here')
      await ready.waitFor()
      const before = await wire.server.agent(alice)
      const renewed = page.waitForResponse(response => response.url().endsWith('/api/phones'))
      await page.clock.fastForward('56:00')
      await renewed
      await eventually('it registers with the new credentials', async () => {
        await ready.waitFor()
        await page.clock.fastForward('05:00')
        return users().length === 2
      })
      const { presence, idleSince } = await wire.server.agent(alice)
      assert.deepEqual([presence.state, presence.since, idleSince], ['available', before.presence.since, before.idleSince])
      assert.deepEqual(
        sent.filter(text => /^Expires: 0|expires=0/im.test(text)),
        [],
      )
      await page.context().close()
    }))

  it('reports that its registration was not renewed, and keeps trying', () =>
    onWire(async wire => {
      await serveBrowsers(wire)
      const page = await openConsole(`${wire.server.http}/desk`, { agent: alice, clock: true })
      const phone = page.getByRole('complementary')
      await phone.getByRole('button', { name: 'Switch the phone on' }).click()
      await phone.getByText('Ready: calls ring here').waitFor()
      wire.server.signal('SIGSTOP')
      for (const leap of ['04:58', '00:06', '00:28']) await page.clock.fastForward(leap)
      await phone.getByText('This browser can’t connect to the server’s WebSocket.').waitFor()
      wire.server.signal('SIGCONT')
      await page.clock.fastForward('00:03')
      await phone.getByText('Ready: calls ring here').waitFor()
      await page.context().close()
    }))
})
