import assert from 'node:assert/strict'
import { onWire } from './harness/wire.js'
import { answers, silent, trying } from './phones/agents.js'
import { talks } from './phones/callers.js'

const serial = { name: 'support', method: 'serial', agents: ['alice', 'bob'], agentAlertTime: '10s' } as const

describe('Reaching an agent’s phone', () => {
  it('a phone that sends nothing for 5 s is reported as such, and the next agent rings', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', silent())
      const bob = await wire.phone('bob', answers())
      await wire.serve({ groups: [serial] })
      await (await wire.call('caller', 'support', talks())).done()
      const tried = (await bob.received('INVITE')).at - (await alice.received('INVITE')).at
      assert.ok(tried >= 4_900 && tried < 9_000, `bob was rung ${tried} ms after alice`)
      assert.equal(await wire.server.metric('carillon_offers_total', { result: 'noResponse' }), 1)
      const arrived = await wire.server.logged({ event: 'call.arrived' })
      const { stdout } = await wire.server.command('explain', String(arrived['callId']))
      assert.match(stdout, /alice[^\n]*did not answer our INVITE at all[^\n]*\(?408/)
    }))

  it('a phone that sends 100 and no 180 keeps the call for the alert time', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', trying())
      const bob = await wire.phone('bob', answers())
      await wire.serve({ groups: [serial] })
      await (await wire.call('caller', 'support', talks())).done()
      const tried = (await bob.received('INVITE')).at - (await alice.received('INVITE')).at
      assert.ok(tried >= 9_900 && tried < 14_000, `bob was rung ${tried} ms after alice`)
      assert.equal(await wire.server.metric('carillon_offers_total', { result: 'missed' }), 1)
    }))

  it('a phone whose TCP port refuses connections: the next agent rings at once', () =>
    onWire(async wire => {
      const bob = await wire.phone('bob', answers())
      await wire.serve({
        groups: [serial],
        agents: [{ name: 'alice', contact: 'sip:alice@127.0.0.1:9;transport=tcp' }],
        listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'],
      })
      const caller = await wire.call('caller', 'support', talks())
      await caller.done()
      const tried = (await bob.received('INVITE')).at - (await caller.sent('INVITE')).at
      assert.ok(tried < 2_000, `bob was rung after ${tried} ms`)
      assert.equal(await wire.server.metric('carillon_offers_total', { result: 'unreachable' }), 1)
    }))

  it('an agent without a contact is reached through the outbound proxy, at the agent’s own URI', () =>
    onWire(async wire => {
      const pbx = await wire.phone('pbx', answers(), { agents: [] })
      await wire.serve({
        groups: [{ ...serial, agents: ['alice'] }],
        agents: [{ name: 'alice', contact: undefined }],
        outboundProxy: `sip:127.0.0.1:${pbx.port}`,
      })
      await (await wire.call('caller', 'support', talks())).done()
      const offer = await pbx.received('INVITE')
      assert.match(offer.startLine, /^INVITE sip:alice@example\.com SIP/)
      assert.match(offer.header('Route').join(), new RegExp(`<sip:127\\.0\\.0\\.1:${pbx.port};lr>`))
    }))
})
