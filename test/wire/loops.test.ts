import assert from 'node:assert/strict'
import { freePort } from './harness/ports.js'
import { onWire, type Wire } from './harness/wire.js'
import { ringsOn } from './phones/agents.js'
import { cancelsWhileWaiting, invite, ackFailure } from './phones/callers.js'
import { receive, scenario, sdp } from './phones/steps.js'

const invitesOut = (wire: Wire): Promise<number> =>
  wire.server.metric('carillon_sip_requests_total', { direction: 'out', method: 'INVITE' })

describe('Calls that return to us (loops-end)', () => {
  it('agents’ contacts with our own group’s number: each leg gets 482, and nothing is left when the caller hangs up', () =>
    onWire(async wire => {
      const port = await freePort('127.0.0.1')
      const agents = ['alice', 'bob', 'carol'].map(name => ({ name, contact: `sip:support@127.0.0.1:${port}` }))
      await wire.serve({
        listen: [`udp://127.0.0.1:${port}`],
        groups: [{ name: 'support', method: 'parallel', agents: agents.map(({ name }) => name) }],
        agents,
      })
      const caller = await wire.call('caller', 'support', cancelsWhileWaiting(1500))
      await caller.done()
      assert.equal(await invitesOut(wire), 3)
      const answers = { direction: 'out', method: 'INVITE', class: '4xx' }
      assert.equal(
        await wire.server.metric('carillon_sip_responses_total', answers),
        4,
        'three times 482 for loops, and 487 for the caller',
      )
      await wire.server.empty()
    }))

  it('a forward action to our own number: the second pass gets 482', () =>
    onWire(async wire => {
      const port = await freePort('127.0.0.1')
      await wire.serve({
        listen: [`udp://127.0.0.1:${port}`],
        groups: [{ name: 'support', method: 'serial', agents: [] }],
        queues: [{ name: 'support', groups: ['support'], noAgents: { action: { uri: `sip:support@127.0.0.1:${port}` } } }],
      })
      const refused = scenario('is refused', [invite(), receive(100, { optional: true }), receive(480), ackFailure])
      await (await wire.call('caller', 'support', refused)).done()
      assert.equal(await invitesOut(wire), 1)
    }))

  it('an INVITE with Max-Breadth 0 gets 440; with 1, a parallel group rings only one phone', () =>
    onWire(async wire => {
      const phones = await Promise.all(['alice', 'bob'].map(name => wire.phone(name, ringsOn())))
      await wire.serve({ groups: [{ name: 'support', method: 'parallel', agents: ['alice', 'bob'] }] })
      const none = scenario('no breadth', [
        invite(['Max-Breadth: 0', ...sdp('caller')]),
        receive(100, { optional: true }),
        receive(440),
        ackFailure,
      ])
      await (await wire.call('none', 'support', none)).done()
      assert.deepEqual(await wire.rung(), [])
      await (await wire.call('one', 'support', cancelsWhileWaiting(500, ['Max-Breadth: 1']))).done()
      assert.equal((await wire.rung()).length, 1)
      await (await wire.call('any', 'support', cancelsWhileWaiting(500))).done()
      const breadths = await Promise.all(
        phones.map(async phone => (await phone.messages()).flatMap(m => (m.method === 'INVITE' ? m.header('Max-Breadth') : []))),
      )
      assert.deepEqual(breadths.flat().sort(), ['1', '60', '60'])
    }))
})
