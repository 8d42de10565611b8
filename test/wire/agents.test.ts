import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { onWire } from './harness/wire.js'
import { answers, answersAndHangsUp, ringsOn } from './phones/agents.js'
import { cancelsWhileWaiting, talks, waitsForHangUp } from './phones/callers.js'

const formal = { name: 'support', method: 'serial', participationPolicy: 'formal', agents: ['alice'] } as const
const informal = { name: 'support', method: 'serial', agents: ['alice', 'bob'] } as const
const presencePath = (name: string): string => `/api/agents/${encodeURIComponent(agentUri(name))}/presence`

describe('Availability of agents', () => {
  it('a formal agent gets no call until they sign in, and then gets the waiting call', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({ groups: [formal] })
      const caller = await wire.call('caller', 'support', talks())
      await wire.server.waiting(1)
      assert.deepEqual(await wire.rung(), [])
      const end = await wire.server.command('sign-in', agentUri('alice'), 'support')
      assert.equal(end.code, 0, end.stderr)
      await caller.done()
      assert.deepEqual(await wire.rung(), ['alice'])
    }))

  it('a formal agent who signed out gets no call', () =>
    onWire(async wire => {
      await wire.phone('alice', ringsOn())
      await wire.serve({ groups: [formal] })
      assert.equal((await wire.server.command('sign-in', agentUri('alice'), 'support')).code, 0)
      assert.equal((await wire.server.command('sign-out', agentUri('alice'), 'support')).code, 0)
      await (await wire.call('caller', 'support', cancelsWhileWaiting(300))).done()
      assert.deepEqual(await wire.rung(), [])
    }))

  it('an informal agent can’t sign out', () =>
    onWire(async wire => {
      await wire.serve({ groups: [informal] })
      const end = await wire.server.command('sign-out', agentUri('alice'), 'support')
      assert.equal(end.code, 1)
      assert.match(end.stderr, /informal/)
      const path = `/api/agents/${encodeURIComponent(agentUri('alice'))}/groups/support/sign-in`
      assert.equal(await wire.server.delete(path), 409)
    }))

  it('an agent who is homed online is listed and never rung', () =>
    onWire(async wire => {
      await wire.phone('alice', ringsOn())
      await wire.phone('bob', answers())
      await wire.serve({ groups: [informal], agents: [{ name: 'alice', homed: 'online' }] })
      for (const name of ['first', 'second']) await (await wire.call(name, 'support', talks())).done()
      assert.deepEqual(await wire.rung(), ['bob', 'bob'])
      assert.equal((await wire.server.agent(agentUri('alice'))).uri, agentUri('alice'))
    }))

  it('an agent who is busy according to HTTP is skipped, and rung again when available', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.phone('bob', answers())
      await wire.serve({ groups: [informal], agents: [{ name: 'alice', presence: ['http'] }] })
      for (const state of ['busy', 'available', 'doNotDisturb', 'inactive']) {
        assert.equal(await wire.server.put(presencePath('alice'), { state }), 204)
        await (await wire.call(state, 'support', talks())).done()
        await wire.server.empty()
      }
      assert.deepEqual(await wire.rung(), ['bob', 'alice', 'bob', 'alice'])
    }))

  it('an agent who becomes busy stops ringing, and the next one rings', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', ringsOn())
      await wire.phone('bob', answers())
      await wire.serve({ groups: [informal], agents: [{ name: 'alice', presence: ['http'] }] })
      await wire.server.put(presencePath('alice'), { state: 'available' })
      const caller = await wire.call('caller', 'support', talks())
      await alice.sent(180)
      await wire.server.put(presencePath('alice'), { state: 'busy' })
      await caller.done()
      assert.deepEqual(await wire.rung(), ['alice', 'bob'])
    }))

  it('when all agents are busy, the first who becomes free gets the waiting call at once', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answersAndHangsUp(20, 5000))
      const bob = await wire.phone('bob', answersAndHangsUp(20, 800))
      await wire.serve({ groups: [informal] })
      const [first, second] = [
        await wire.call('first', 'support', waitsForHangUp()),
        await wire.call('second', 'support', waitsForHangUp()),
      ]
      await Promise.all([alice.received('ACK'), bob.received('ACK')])
      const third = await wire.call('third', 'support', waitsForHangUp())
      await wire.server.waiting(1)
      const freed = await bob.sent('BYE')
      const offered = await bob.receivedNth('INVITE', 2)
      assert.ok(offered.at - freed.at < 100, `offered ${offered.at - freed.at} ms after bob hung up`)
      await Promise.all([first.done(), second.done(), third.done()])
    }))

  it('the HTTP list shows who is talking', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({ groups: [informal] })
      const caller = await wire.call('caller', 'support', talks(500))
      const talking = await eventually('alice talks', async () => {
        const agent = await wire.server.agent(agentUri('alice'))
        return agent.activity === 'talking' && agent
      })
      assert.equal(talking.callId, (await wire.server.calls())[0]?.callId)
      await caller.done()
    }))
})
