import assert from 'node:assert/strict'
import type { RoutingMethod } from './harness/config.js'
import { onWire, type Wire } from './harness/wire.js'
import { answers, answersAndHangsUp, refuses, ringsOn } from './phones/agents.js'
import { talks, waitsForHangUp } from './phones/callers.js'

const names = ['alice', 'bob', 'carol'] as const
const busy = refuses(486, 'Busy Here')

/** A server with one group `support` of these agents. SIPp plays their phones. */
async function support(wire: Wire, method: RoutingMethod, phones: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, scenario] of Object.entries(phones)) await wire.phone(name, scenario)
  await wire.serve({ groups: [{ name: 'support', method, agents: Object.keys(phones) }] })
}

/** Makes calls one after another, each to its end. */
async function callOneByOne(wire: Wire, times: number): Promise<void> {
  for (let call = 1; call <= times; call++) {
    const caller = await wire.call(`caller${call}`, 'support', talks(30))
    await caller.done()
    await wire.server.empty()
  }
}

describe('Routing methods on the wire', () => {
  it('serial: each call starts at the top of the list and goes on to the next agent', () =>
    onWire(async wire => {
      await support(wire, 'serial', { alice: busy, bob: answers(), carol: answers() })
      await callOneByOne(wire, 2)
      assert.deepEqual(await wire.rung(), ['alice', 'bob', 'alice', 'bob'])
    }))

  it('roundRobin: each call starts after the agent who was offered the last one', () =>
    onWire(async wire => {
      await support(wire, 'roundRobin', { alice: answers(), bob: busy, carol: answers() })
      await callOneByOne(wire, 4)
      assert.deepEqual(await wire.rung(), ['alice', 'bob', 'carol', 'alice', 'bob', 'carol'])
    }))

  it('longestIdle: the agent whose last call ended first is rung first', () =>
    onWire(async wire => {
      await support(wire, 'longestIdle', { alice: answers(), bob: answers(), carol: answers() })
      await callOneByOne(wire, 5)
      assert.deepEqual(await wire.rung(), [...names, 'alice', 'bob'])
    }))

  it('longestIdle: a refused offer leaves the agent idle as long as before', () =>
    onWire(async wire => {
      await support(wire, 'longestIdle', { alice: busy, bob: answers() })
      await callOneByOne(wire, 2)
      assert.deepEqual(await wire.rung(), ['alice', 'bob', 'alice', 'bob'])
    }))

  it('parallel: all phones ring at once, and the losers are told that the call was completed elsewhere', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', ringsOn())
      const bob = await wire.phone('bob', answers(150))
      const carol = await wire.phone('carol', ringsOn())
      await wire.serve({ groups: [{ name: 'support', method: 'parallel', agents: names }] })
      await (await wire.call('caller', 'support', talks())).done()

      assert.deepEqual((await wire.rung()).sort(), [...names])
      const answered = await bob.sent(200)
      for (const loser of [alice, carol]) {
        const cancel = await loser.received('CANCEL')
        assert.equal(cancel.header('Reason')[0], 'SIP;cause=200;text="Call completed elsewhere"')
        assert.ok(cancel.at >= answered.at, `${loser.name} stopped ringing before the winner had answered`)
      }
      const invites = await Promise.all([alice, bob, carol].map(phone => phone.received('INVITE')))
      assert.equal(new Set(invites.map(invite => invite.callId)).size, 3, 'every offer has its own Call-ID')
    }))

  it('parallel, all agents busy: when one becomes free, the waiting call rings there at once', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answersAndHangsUp(20, 600))
      await wire.serve({ groups: [{ name: 'support', method: 'parallel', agents: ['alice'] }] })
      const first = await wire.call('first', 'support', waitsForHangUp())
      await alice.received('ACK')
      const second = await wire.call('second', 'support', waitsForHangUp())
      await wire.server.waiting(1)
      await Promise.all([first.done(), second.done()])
      const freed = await alice.sent('BYE')
      const offered = await alice.receivedNth('INVITE', 2)
      assert.ok(offered.at - freed.at < 100, `offered ${offered.at - freed.at} ms after the agent hung up`)
    }))

  it('attendant: one agent’s phone rings for several waiting calls, and the agent answers the later one first', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers(2500))
      const bob = await wire.phone('bob', refuses(486, 'Busy Here'))
      await wire.serve({ groups: [{ name: 'support', method: 'attendant', agents: ['alice', 'bob'] }] })
      const callers = [await wire.call('first', 'support', talks()), await wire.call('second', 'support', talks())]
      const offers = [await alice.receivedNth('INVITE', 1), await alice.receivedNth('INVITE', 2)]
      assert.notEqual(offers[0]?.callId, offers[1]?.callId)
      assert.ok(
        (await alice.messages()).every(message => message.status !== 200),
        'both rang before either was answered',
      )
      await bob.receivedNth('INVITE', 2)
      await Promise.all(callers.map(caller => caller.done()))
    }))

  it('a queue tries its groups in order', () =>
    onWire(async wire => {
      for (const name of names) await wire.phone(name, name === 'carol' ? answers() : busy)
      await wire.serve({
        groups: [
          { name: 'first-line', method: 'parallel', agents: ['bob'] },
          { name: 'second-line', method: 'serial', agents: ['alice', 'carol'] },
        ],
        queues: [{ name: 'support', groups: ['first-line', 'second-line'] }],
      })
      await callOneByOne(wire, 1)
      assert.deepEqual(await wire.rung(), ['bob', 'alice', 'carol'])
    }))
})
