import assert from 'node:assert/strict'
import { agentUri } from '../wire/harness/config.js'
import { onWire } from '../wire/harness/wire.js'
import { openConsole } from './harness/browser.js'
import { serveBrowsers } from './harness/phones.js'

const unreachable = 'The server can’t be reached.'
/** What the stream of events does not bring. */
const read = /\/api\/(?:report|config|workflows|calls\/|calls\?)/

describe('A page of the console whose server is away', () => {
  it('says so instead of showing nothing or the wrong reason, and recovers by itself', () =>
    onWire(async wire => {
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] })
      const page = await openConsole(`${wire.server.http}/groups`, { agent: agentUri('alice') })
      await page.getByText('always signed in').waitFor()
      await page.route(read, route => route.abort())
      for (const path of ['/calls/c1', '/groups?show=reports', '/groups?show=server', '/wallboard', '/desk', '/calls', '/try']) {
        await page.goto(`${wire.server.http}${path}`)
        await page.getByText(unreachable).first().waitFor()
        const words = await page.locator('main').innerText()
        assert.doesNotMatch(words, /not found|No calls in this|No calls yet|No calls match|\bSetting\b/, path)
      }
      await page.unroute(read)
      await page.getByRole('button', { name: 'Call support' }).waitFor()
      assert.equal(await page.getByText(unreachable).count(), 0)

      // A request that the server refuses is no lost connection.
      await page.goto(`${wire.server.http}/calls?outcome=bogus`)
      await page.getByText('Invalid option').waitFor()
      await page.goto(`${wire.server.http}/calls/c1`)
      await page.getByRole('heading', { name: 'Call not found' }).waitFor()
      await page.context().close()
    }))

  it('tells both sides within 5 s that no sound can pass, and to which address', () =>
    onWire(async wire => {
      await serveBrowsers(wire)
      const page = await openConsole(`${wire.server.http}/wallboard`)
      // A candidate of another network, where nothing answers.
      await page.addInitScript(`
        const set = RTCPeerConnection.prototype.setRemoteDescription
        RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
          return set.call(this, { type, sdp: sdp.replace(/(a=candidate:\\S+ \\d+ \\S+ \\d+ )\\S+/g, '$1192.0.2.1') })
        }`)
      await page.goto(`${wire.server.http}/try`)
      await page.getByRole('button', { name: 'Call support' }).click()
      await page.getByRole('alert').getByText('can’t reach the server at 192.0.2.1').waitFor({ timeout: 8_000 })
      await page.getByRole('button', { name: 'Hang up' }).click()
      await page.getByText('You hung up.').waitFor()
      await page.context().close()
    }))

  it('tells a person that the server took their call with it', () =>
    onWire(async wire => {
      await serveBrowsers(wire)
      const page = await openConsole(`${wire.server.http}/try`)
      await page.getByRole('button', { name: 'Call support' }).click()
      await wire.server.waiting(1)
      await page.getByRole('link', { name: 'Calls' }).click()
      await wire.replaceServer(server => server.kill())
      await page.getByRole('alert').getByText('The call was lost').waitFor()
      await page.getByRole('button', { name: 'OK' }).click()
      assert.equal(await page.getByText('The call was lost').count(), 0)
      await page.context().close()
    }))
})
