import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { Kamailio } from './harness/kamailio.js'
import { dialogOf, presenceOf, Publisher } from './harness/publisher.js'
import { onWire, type Wire } from './harness/wire.js'
import { answers } from './phones/agents.js'
import { cancelsWhileWaiting, talks } from './phones/callers.js'

const alice = agentUri('alice')
const groups = [{ name: 'support', method: 'serial', agents: ['alice'] }] as const

/** A set-up with a Kamailio that publishes alice's presence, and a phone of hers that publishes to it. */
async function withPbx(
  presence: readonly string[],
  test: (wire: Wire, pbx: Kamailio, phone: Publisher) => Promise<void>,
  subscribe: unknown = {},
): Promise<void> {
  await onWire(async wire => {
    const [pbx, phone] = [await Kamailio.start(wire.folder), await Publisher.open()]
    try {
      await wire.phone('alice', answers())
      const outboundProxy = `sip:127.0.0.1:${pbx.port}`
      await wire.serve({ groups, outboundProxy, presence: { subscribe }, agents: [{ name: 'alice', presence }] })
      await test(wire, pbx, phone)
    } finally {
      phone.close()
      await pbx.kill()
    }
  })
}

/** Waits until the API shows alice in this state, for this reason. */
const shown = async (wire: Wire, state: string, reason?: RegExp, within?: number): Promise<void> => {
  await eventually(
    `alice is ${state}`,
    async () => {
      const { presence } = await wire.server.agent(alice)
      return presence.state === state && (reason === undefined || presence.sources.some(said => reason.test(said.reason)))
    },
    within,
  )
}

describe('Presence over SIP', () => {
  it('shows what a phone publishes to Kamailio, and rings only available agents', () =>
    withPbx(['subscribe'], async (wire, pbx, phone) => {
      const to = `127.0.0.1:${pbx.port}`
      await eventually('both subscriptions stand', async () => {
        return (await wire.server.metric('carillon_presence_subscriptions', { state: 'active' })) === 2
      })
      const first = await phone.publish(to, alice, 'presence', presenceOf(alice, 'away'))
      assert.equal(first.status, 200)
      await shown(wire, 'away', /^away \(presence\)$/)
      await (await wire.call('refused', 'support', cancelsWhileWaiting(300))).done()
      assert.deepEqual(await wire.rung(), [])
      await phone.publish(to, alice, 'presence', presenceOf(alice), { etag: first.etag })
      await shown(wire, 'available')
      await (await wire.call('taken', 'support', talks())).done()
      assert.deepEqual(await wire.rung(), ['alice'])
    }))

  it('offers a waiting call as soon as the agent’s own call is over', () =>
    withPbx(['subscribe'], async (wire, pbx, phone) => {
      const to = `127.0.0.1:${pbx.port}`
      await phone.publish(to, alice, 'presence', presenceOf(alice))
      const { etag } = await phone.publish(to, alice, 'dialog', dialogOf(alice, 'confirmed'))
      await shown(wire, 'busy', /^on the phone \(dialog\)$/)
      const caller = await wire.call('caller', 'support', talks())
      await wire.server.waiting(1)
      assert.deepEqual(await wire.rung(), [])
      await phone.publish(to, alice, 'dialog', dialogOf(alice, 'terminated'), { etag })
      // It takes some milliseconds. The limit is high enough for a busy machine.
      await eventually('alice is rung', async () => (await wire.rung()).length === 1, 2_000)
      await caller.done()
    }))

  it('is unknown once the state from a killed Kamailio expires, and returns with Kamailio', () =>
    withPbx(
      ['subscribe'],
      async (wire, pbx, phone) => {
        const to = `127.0.0.1:${pbx.port}`
        await phone.publish(to, alice, 'presence', presenceOf(alice))
        await shown(wire, 'available')
        await pbx.kill()
        await shown(wire, 'offline', undefined, 12_000)
        await pbx.start()
        await phone.publish(to, alice, 'presence', presenceOf(alice, 'meeting'))
        await shown(wire, 'busy', /^meeting \(presence\)$/)
      },
      { expires: '10s' },
    ))

  it('of a phone that publishes to us is shown, changed, refused when outdated, and removed', () =>
    onWire(async wire => {
      const phone = await Publisher.open()
      try {
        await wire.phone('alice', answers())
        const server = await wire.serve({ groups, agents: [{ name: 'alice', presence: ['publish'] }] })
        const to = server.sip()
        const first = await phone.publish(to, alice, 'dialog', dialogOf(alice, 'confirmed'))
        assert.equal(first.status, 200)
        await shown(wire, 'busy', /^on the phone \(dialog\)$/)
        const second = await phone.publish(to, alice, 'dialog', dialogOf(alice, 'terminated'), { etag: first.etag })
        await shown(wire, 'available')
        assert.equal((await phone.publish(to, alice, 'dialog', '', { etag: first.etag })).status, 412)
        assert.equal((await phone.publish(to, agentUri('nobody'), 'dialog', dialogOf(alice, 'early'))).status, 404)
        await (await wire.call('caller', 'support', talks())).done()
        assert.deepEqual(await wire.rung(), ['alice'])
        assert.equal((await phone.publish(to, alice, 'dialog', '', { etag: second.etag, expires: 0 })).status, 200)
        await shown(wire, 'offline')
      } finally {
        phone.close()
      }
    }))
})
