import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { onWire } from './harness/wire.js'
import { answers, ringsOn } from './phones/agents.js'
import { cancelsWhileWaiting, isRefused, talks } from './phones/callers.js'

describe('Queues on the wire', () => {
  it('the timeout ends while a phone rings: the offer is withdrawn and the call goes to the action’s target', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', ringsOn())
      const mailbox = await wire.phone('mailbox', answers(20, 'mailbox'))
      await wire.serve({
        groups: [{ name: 'support', method: 'serial', agents: ['alice'], agentAlertTime: '30s' }],
        queues: [
          {
            name: 'support',
            groups: ['support'],
            timeout: { after: '10s', action: { voicemail: `sip:mailbox@127.0.0.1:${mailbox.port}` } },
          },
        ],
      })
      const caller = await wire.call('caller', 'support', talks())
      const offered = await alice.received('INVITE')
      const withdrawn = await alice.received('CANCEL', 15_000)
      await caller.done()
      assert.ok(Math.abs(withdrawn.at - offered.at - 10_000) < 700, `withdrawn after ${withdrawn.at - offered.at} ms`)
      assert.match((await caller.received(200)).body, /^o=mailbox /m)
      assert.equal(await wire.server.metric('carillon_calls_total', { result: 'forwarded' }), 1)
    }))

  it('overflow: when the maximum number of calls waits, the newest goes to another target', () =>
    onWire(async wire => {
      const elsewhere = await wire.phone('elsewhere', answers(20, 'elsewhere'))
      await wire.serve({
        groups: [{ name: 'support', method: 'serial', agents: ['alice'], participationPolicy: 'formal' }],
        queues: [
          {
            name: 'support',
            groups: ['support'],
            overflow: { waitingCalls: 1, candidate: 'newest', action: { uri: `sip:elsewhere@127.0.0.1:${elsewhere.port}` } },
          },
        ],
      })
      const waits = await wire.call('waits', 'support', cancelsWhileWaiting(1500))
      await wire.server.waiting(1)
      const overflows = await wire.call('overflows', 'support', talks())
      await overflows.done()
      assert.match((await overflows.received(200)).body, /^o=elsewhere /m)
      await waits.done()
    }))

  it('overflow at 0 waiting calls: a call that no agent can take at once is refused, others are served', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({
        groups: [{ name: 'support', method: 'serial', agents: ['alice'] }],
        queues: [{ name: 'support', groups: ['support'], overflow: { waitingCalls: 0, action: { disconnect: true } } }],
      })
      const served = await wire.call('served', 'support', talks(600))
      await served.received(200)
      const refused = await wire.call('refused', 'support', isRefused(486))
      await Promise.all([served.done(), refused.done()])
    }))

  it('a new config while calls wait: they ring at once as the new rules say', () =>
    onWire(async wire => {
      await wire.phone('alice', ringsOn())
      const bob = await wire.phone('bob', answers())
      const group = { name: 'support', method: 'serial', agents: ['alice'], participationPolicy: 'formal' } as const
      await wire.serve({ groups: [group] })
      const caller = await wire.call('caller', 'support', talks())
      await wire.server.waiting(1)
      await wire.configure({ groups: [{ ...group, participationPolicy: 'informal', agents: ['bob'] }] })
      await bob.received('INVITE')
      await caller.done()
      assert.deepEqual(await wire.rung(), ['bob'])
    }))

  it('1,000 calls wait: when agents sign in, they are answered first in, first out', async function () {
    this.timeout(120_000)
    await onWire(async wire => {
      const agents = Array.from({ length: 20 }, (_, index) => `agent${index}`)
      const desk = await wire.phone('desk', answers(1), { agents })
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents, participationPolicy: 'formal' }] })
      const callers = await wire.call('callers', 'support', talks(20), {
        calls: 1000,
        rate: 250,
        timeout: 90,
        extra: ['-l', '1000'],
      })
      await wire.server.waiting(1000, 30_000)
      for (const agent of agents)
        assert.equal(await wire.server.put(`/api/agents/${encodeURIComponent(agentUri(agent))}/groups/support/sign-in`), 204)
      await callers.done()

      const order = (await desk.messages())
        .filter(message => message.method === 'INVITE')
        .map(message => Number(/<sip:\+15550100(\d+)@/.exec(message.header('From')[0] ?? '')?.[1]))
      assert.equal(order.length, 1000)
      // With UDP and twenty agents at once, neighbours may swap on the wire, but no call may overtake by more than that.
      const overtaken = order.filter((caller, place) => Math.abs(caller - 1 - place) > agents.length)
      assert.deepEqual(overtaken, [])
    }, 115_000)
  })
})
