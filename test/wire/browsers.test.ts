import assert from 'node:assert/strict'
import { Browser, type BrowserPhone, type PhoneCredentials } from './harness/browser.js'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { assertHeard, wavOf, writeSounds } from './harness/noises.js'
import { onWire, type Wire, type WireSetup } from './harness/wire.js'

const base = {
  // SIP.js knows no other way.
  digest: ['md5'],
  media: { engine: 'builtin' },
  listen: ['udp://127.0.0.1:0', 'ws://127.0.0.1:0'],
}
const group = (...agents: string[]) => ({ name: 'support', method: 'parallel' as const, agents })

async function withBrowser(
  setup: Omit<WireSetup, 'groups'> & Partial<Pick<WireSetup, 'groups'>>,
  test: (wire: Wire, browser: Browser) => Promise<void>,
): Promise<void> {
  const browser = await Browser.open()
  try {
    await onWire(async wire => {
      await writeSounds(wire)
      const workflows = [{ name: 'main', uri: agentUri('main'), displayName: 'Main', type: 'huntGroup', queue: 'support' }]
      const sounds = { welcome: { file: wavOf(wire, 'welcome') }, musicOnHold: { file: wavOf(wire, 'music') } }
      await wire.serve({
        ...base,
        agents: [{ name: 'alice', contact: undefined, presence: ['registration'] }],
        groups: [group('alice')],
        workflows: workflows.map(workflow => ({ ...workflow, ...sounds })),
        ...setup,
      })
      await test(wire, browser)
    })
  } finally {
    await browser.close()
  }
}

async function credentials(wire: Wire, holder: unknown): Promise<PhoneCredentials> {
  const response = await fetch(new URL('/api/phones', wire.server.http), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(holder),
  })
  assert.equal(response.status, 200)
  return (await response.json()) as PhoneCredentials
}

const softphone = async (wire: Wire, browser: Browser, name: string): Promise<BrowserPhone> =>
  browser.phone(await credentials(wire, { agent: agentUri(name) }), true)
const guest = async (wire: Wire, browser: Browser): Promise<BrowserPhone> =>
  browser.phone(await credentials(wire, { guest: true }), false)
const gateways = (wire: Wire): Promise<number> => wire.server.metric('carillon_media_streams', { kind: 'browser' })

describe('Phones in browsers', () => {
  it('an agent answers a plain SIP caller: both hear each other, and the gateway ends with the call', () =>
    withBrowser({}, async (wire, browser) => {
      const alice = await softphone(wire, browser, 'alice')
      const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
      await caller.dial(`sip:main@${wire.server.sip()}`)
      await alice.until('ringing', state => state.ringing)
      await alice.ask('answer')
      await alice.until('in a call', state => state.session === 'Established')
      await alice.hearsSound()
      assert.equal(await gateways(wire), 1)
      await alice.ask('hangUp')
      await caller.happened('CALL_CLOSED')
      await eventually('no gateway is left', async () => (await gateways(wire)) === 0)
      const [heard = new Float32Array()] = await caller.heard()
      assertHeard(heard, 'welcome')
    }))

  it('a guest hears the welcome and music, and then an agent in another browser', () =>
    withBrowser({}, async (wire, browser) => {
      const caller = await guest(wire, browser)
      await caller.ask('call', agentUri('main'))
      await caller.until('in a call', state => state.session === 'Established')
      await caller.hearsSound()
      await wire.server.waiting(1)
      const alice = await softphone(wire, browser, 'alice')
      await alice.until('ringing', state => state.ringing)
      await alice.ask('answer')
      await eventually('they talk', async () => (await wire.server.calls())[0]?.state === 'connected')
      for (const phone of [caller, alice]) await phone.hearsSound()
      assert.equal(await gateways(wire), 2)
      for (const on of [true, false]) await alice.ask('hold', on)
      for (const phone of [caller, alice]) await phone.hearsSound()
      await caller.ask('hangUp')
      await alice.until('free', state => state.session === 'Terminated')
      await eventually('no gateway is left', async () => (await gateways(wire)) === 0)
    }))

  it('a desk phone answers first: the browser stops ringing and its gateway is released', () =>
    withBrowser({}, async (wire, browser) => {
      const desk = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
      const before = await wire.server.metric('carillon_config_last_reload_timestamp_seconds')
      const contact = `sip:alice@127.0.0.1:${desk.port}`
      await wire.configure({
        ...base,
        agents: [{ name: 'alice', contact, presence: ['registration'] }],
        groups: [group('alice')],
      })
      await wire.reloadedSince(before)
      const alice = await softphone(wire, browser, 'alice')
      const caller = await guest(wire, browser)
      await caller.ask('call', agentUri('support'))
      await alice.until('rung, and let be', state => state.ringing && state.session === 'Terminated')
      await caller.hearsSound()
      assert.equal(await gateways(wire), 1)
      await caller.ask('hangUp')
      await desk.happened('CALL_CLOSED')
    }))

  it('calls end with the media process, waiting callers stay, and new calls come in at once (strangers-end-one-leg)', () =>
    withBrowser({}, async (wire, browser) => {
      const waiting = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
      await waiting.dial(`sip:main@${wire.server.sip()}`)
      await wire.server.waiting(1)
      const caller = await guest(wire, browser)
      await caller.ask('call', agentUri('main'))
      await caller.until('in a call', state => state.session === 'Established')
      await caller.hearsSound()
      const { pid } = await wire.server.logged({ event: 'media.processStarted' })
      process.kill(Number(pid), 'SIGKILL')
      await caller.until('free', state => state.session === 'Terminated')
      await wire.server.waiting(1)
      await eventually('another process runs', () => wire.server.lines.some(line => line.event === 'media.processStarted' && line.pid !== pid)) // prettier-ignore
      const alice = await softphone(wire, browser, 'alice')
      await alice.until('ringing', state => state.ringing)
      await alice.ask('answer')
      await alice.hearsSound()
      await alice.ask('hangUp')
      await waiting.happened('CALL_CLOSED')
      assert.equal(await wire.server.metric('carillon_media_gateways_lost_total', { reason: 'processEnded' }), 1)
    }))
})
