import assert from 'node:assert/strict'
import { Ear } from './harness/ear.js'
import { agentUri } from './harness/config.js'
import { onWire, type Wire } from './harness/wire.js'
import { answers } from './phones/agents.js'
import { ack, answered, invite, isRefused, ok, talks } from './phones/callers.js'
import { receive, scenario, sdp } from './phones/steps.js'

const formal = { method: 'serial', participationPolicy: 'formal', agents: ['alice'] } as const

const serve = (wire: Wire) =>
  wire.serve({
    media: { engine: 'builtin' },
    signInCode: '*60',
    groups: [
      { name: 'support', signInCode: '1', ...formal },
      { name: 'sales', ...formal },
    ],
  })

/** The agent's phone behind the PBX, which says who calls. It hears a sentence and is hung up. */
const hearsSentence = (name: string, port = 40_000) =>
  scenario('hears a sentence', [
    invite([`P-Asserted-Identity: <${agentUri(name)}>`, ...sdp(name).map(line => line.replace('40000', `${port}`))]),
    ...[...answered(), ack(), receive('BYE'), ok],
  ])

describe('An agent who dials a sign-in code', () => {
  it('signs in to the group, hears it, and gets the next call; the same code signs out', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      const server = await serve(wire)
      const ear = await Ear.open()
      const isIn = async () => (await server.agent(agentUri('alice'))).groups.map(({ signedIn }) => signedIn)
      await (await wire.call('in', '*601', hearsSentence('alice', ear.port))).done()
      assert(ear.packets > 50, `the sentence had ${ear.packets} packets`)
      ear.close()
      assert.deepEqual(await isIn(), [true, false])
      await (await wire.call('caller', 'support', talks())).done()
      assert.deepEqual(await wire.rung(), ['alice'])
      await (await wire.call('all', '*60', hearsSentence('alice'))).done()
      assert.deepEqual(await isIn(), [true, true])
      await (await wire.call('out', '*601', hearsSentence('alice'))).done()
      assert.deepEqual(await isIn(), [false, true])
    }))

  it('is refused with 403 if nobody says that an agent calls', () =>
    onWire(async wire => {
      const server = await serve(wire)
      await (await wire.call('caller', '*601', isRefused(403))).done()
      await server.logged({ event: 'agent.signInNotDialled' })
      await (await wire.call('wrong', '*609', isRefused(404))).done()
    }))
})
