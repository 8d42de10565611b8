import assert from 'node:assert/strict'
import { hashPhonePassword } from '../../src/config/passwords.js'
import { agentUri, domain } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { WebSocketPhone } from './harness/websocket-phone.js'
import { onWire, type Wire } from './harness/wire.js'
import { answers, ringsOn } from './phones/agents.js'
import { talks } from './phones/callers.js'

const password = 'open-sesame'
const registering = (name: string) => ({
  ...{ name, contact: undefined, password: hashPhonePassword(name, domain, password) },
  presence: ['registration'],
})
const setup = {
  groups: [{ name: 'support', method: 'serial' as const, agents: ['alice'] }],
  listen: ['udp://127.0.0.1:0', 'ws://127.0.0.1:0'],
}
const phone = (wire: Wire, user: string, said = password): Promise<WebSocketPhone> =>
  WebSocketPhone.open({ url: `ws://${wire.server.sip('ws')}`, user, password: said })
const presenceOf = async (wire: Wire, name: string): Promise<string> => (await wire.server.agent(agentUri(name))).presence.state

describe('Phones by WebSocket', () => {
  it('one registers, takes a call of the group on its own connection, and is offline when its tab is closed', () =>
    onWire(async wire => {
      await wire.serve({ ...setup, agents: [registering('alice')] })
      const alice = await phone(wire, 'alice')
      assert.match(await alice.register(), /^SIP\/2\.0 200 [\s\S]*Require: outbound/)
      assert.equal(await presenceOf(wire, 'alice'), 'available')
      await (await wire.call('caller', 'support', talks(300))).done()
      const invite = await alice.received(/^INVITE sip:alice@[0-9a-f]+\.invalid;transport=ws SIP/)
      assert.match(invite, /^Via: SIP\/2\.0\/WS 127\.0\.0\.1:\d+;/m)
      assert.match(invite, /^Contact: <sip:127\.0\.0\.1:\d+;transport=ws>/m)
      await alice.received(/^ACK /)
      await alice.received(/^BYE /)
      assert.equal(
        await wire.server.metric('carillon_sip_requests_total', { direction: 'out', method: 'INVITE', transport: 'ws' }),
        1,
      )
      await alice.close()
      await eventually('alice is offline', async () => (await presenceOf(wire, 'alice')) === 'offline')
    }))

  for (const [hears, workflow, media] of [
    ['ringback', {}, undefined],
    ['music', { musicOnHold: 'builtin:default', welcome: { say: 'Hello.' } }, { engine: 'builtin' }],
  ] as const)
    it(`a caller who hears ${hears} and whose browser is killed is gone within seconds, and no agent is rung for them any more`, () =>
      onWire(async wire => {
        await wire.phone('bob', ringsOn())
        const agents = [registering('alice'), { name: 'bob' }]
        const groups = [{ name: 'support', method: 'serial' as const, agents: ['bob'], agentAlertTime: '60s' }]
        await wire.serve({ ...setup, agents, groups, workflow, media })
        const alice = await phone(wire, 'alice')
        if (hears === 'music') assert.match(await alice.call(agentUri('support')), /^SIP\/2\.0 200/)
        else await alice.dial(agentUri('support'))
        await eventually('bob is rung', async () => (await wire.rung()).length > 0)
        alice.kill()
        await wire.server.empty()
        const { calls } = await wire.server.get<{ calls: readonly { cause: string }[] }>('/api/calls?state=finished')
        assert.deepEqual(
          calls.map(({ cause }) => cause),
          ['callerGone'],
        )
      }))

  it('one calls with its password, though its address is that of a trusted peer; without, it may not', () =>
    onWire(async wire => {
      await wire.phone('bob', answers())
      await wire.serve({
        ...setup,
        agents: [registering('alice'), { name: 'bob' }],
        groups: [{ name: 'support', method: 'serial', agents: ['bob'] }],
      })
      const stranger = await phone(wire, 'nobody', 'wrong')
      assert.match(await stranger.call(agentUri('support')), /^SIP\/2\.0 (401|403)/)
      const alice = await phone(wire, 'alice')
      const answer = await alice.call(agentUri('support'))
      assert.match(answer, /^SIP\/2\.0 200/)
      assert.match(await alice.hangUp(answer), /^SIP\/2\.0 200/)
      assert.deepEqual(await wire.rung(), ['bob'])
      for (const each of [alice, stranger]) await each.close()
    }))
})
