import assert from 'node:assert/strict'
import { hashPhonePassword } from '../../src/config/passwords.js'
import { agentUri, domain } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import type { WebCall } from './harness/web-call.js'
import { WebPhone } from './harness/web-phone.js'
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
const phone = (wire: Wire, user: string, said = password): Promise<WebPhone> =>
  WebPhone.open({ url: `ws://${wire.server.sip('ws')}`, uri: agentUri(user), password: said, media: 'plain' })
const browser = (wire: Wire, user: string, takes?: (call: WebCall) => Promise<void>): Promise<WebPhone> =>
  WebPhone.open({ url: `ws://${wire.server.sip('ws')}`, uri: agentUri(user), password, ...(takes && { takes }) })
const presenceOf = async (wire: Wire, name: string): Promise<string> => (await wire.server.agent(agentUri(name))).presence.state

describe('Phones over WebSocket', () => {
  it('a phone registers, takes a call of the group on its own connection, and is offline when its tab is closed', () =>
    onWire(async wire => {
      await wire.serve({ ...setup, agents: [registering('alice')] })
      const alice = await phone(wire, 'alice')
      assert.match(await alice.register(), /^SIP\/2\.0 200 [\s\S]*Require: outbound/)
      assert.equal(await presenceOf(wire, 'alice'), 'available')
      await (await wire.call('caller', 'support', talks(300))).done()
      const invite = await alice.received(/^INVITE sip:alice@[0-9a-z]+\.invalid;transport=ws SIP/)
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
        const final = alice.dials(agentUri('support')).invite()
        if (hears === 'music') assert.match(await final, /^SIP\/2\.0 200/)
        await eventually('bob is rung', async () => (await wire.rung()).length > 0)
        alice.kill()
        await wire.server.empty()
        const { calls } = await wire.server.get<{ calls: readonly { cause: string }[] }>('/api/calls?state=finished')
        assert.deepEqual(
          calls.map(({ cause }) => cause),
          ['callerGone'],
        )
      }))

  it('a phone calls with its password, even from the address of a trusted peer; without the password it may not', () =>
    onWire(async wire => {
      await wire.phone('bob', answers())
      await wire.serve({
        ...setup,
        agents: [registering('alice'), { name: 'bob' }],
        groups: [{ name: 'support', method: 'serial', agents: ['bob'] }],
      })
      const stranger = await phone(wire, 'nobody', 'wrong')
      assert.match(await stranger.dials(agentUri('support')).invite(), /^SIP\/2\.0 (401|403)/)
      const alice = await phone(wire, 'alice')
      const call = alice.dials(agentUri('support'))
      assert.match(await call.invite(), /^SIP\/2\.0 200/)
      await call.hangUp()
      await alice.received(/^SIP\/2\.0 200 [\s\S]*^CSeq: \d+ BYE/m)
      assert.deepEqual(await wire.rung(), ['bob'])
      for (const each of [alice, stranger]) await each.close()
    }))

  it('an agent rings, answers, holds the caller, resumes and hangs up, with browser media', () =>
    onWire(async wire => {
      const agents = [registering('alice'), registering('bob')]
      const groups = [{ name: 'support', method: 'serial' as const, agents: ['bob'] }]
      await wire.serve({ ...setup, agents, groups, media: { engine: 'builtin' } })
      const rung: WebCall[] = []
      const takes = async (call: WebCall): Promise<void> => {
        rung.push(call)
        await call.ring()
      }
      const [caller, agent] = [await browser(wire, 'alice'), await browser(wire, 'bob', takes)]
      assert.match(await agent.register(), /^SIP\/2\.0 200/)
      const dialled = caller.dials(agentUri('support'))
      const final = dialled.invite()
      const call = await eventually('the agent rings', () => rung[0])
      assert.equal((await wire.server.agent(agentUri('bob'))).activity, 'ringing')
      await call.answer()
      assert.match(await final, /^SIP\/2\.0 200/)
      assert.equal(await call.hold(true), 200)
      await caller.received(/^INVITE [\s\S]*^a=sendonly/m)
      assert.equal(await call.hold(false), 200)
      assert.match(caller.heard.findLast(text => text.startsWith('INVITE ')) ?? '', /^a=sendrecv/m)
      await call.hangUp()
      await dialled.ended
      assert.deepEqual(agent.faults, [])
      for (const each of [caller, agent]) await each.close()
    }))

  it('an agent declines, and another agent transfers the caller to a colleague', () =>
    onWire(async wire => {
      const agents = ['alice', 'bob', 'carol', 'dave'].map(registering)
      const groups = [{ name: 'support', method: 'serial' as const, agents: ['bob', 'carol'] }]
      await wire.serve({ ...setup, agents, groups, media: { engine: 'builtin' } })
      const answered: WebCall[] = []
      const answers = async (call: WebCall): Promise<void> => {
        await call.answer()
        answered.push(call)
      }
      const caller = await browser(wire, 'alice')
      const bob = await browser(wire, 'bob', call => call.decline())
      const [carol, dave] = [await browser(wire, 'carol', answers), await browser(wire, 'dave')]
      for (const phone of [bob, carol, dave]) await phone.register()
      const dialled = caller.dials(agentUri('support'))
      assert.match(await dialled.invite(), /^SIP\/2\.0 200/)
      const call = await eventually('carol answers', () => answered[0])
      assert.equal(await call.transfer(agentUri('dave')), 200)
      await eventually('dave has the call', async () => (await wire.server.agent(agentUri('dave'))).activity === 'talking')
      await call.hangUp()
      await dialled.hangUp()
      for (const each of [caller, bob, carol, dave]) await each.close()
    }))
})
