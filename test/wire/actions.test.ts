import assert from 'node:assert/strict'
import { agentUri, type QueueEntry } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { assertHeard, assertNotHeard, wavOf, writeSounds } from './harness/noises.js'
import { onWire, type Wire } from './harness/wire.js'

/** A workflow `main` whose queue has no signed-in agents. The queue's action plays the sound `closed` first. */
function led(
  wire: Wire,
  how: (action: Readonly<Record<string, unknown>>) => Partial<QueueEntry>,
  target: Readonly<Record<string, unknown>>,
) {
  return {
    media: { engine: 'builtin' },
    agents: [{ name: 'alice' }, { name: 'bob' }],
    groups: [
      { name: 'support', method: 'serial' as const, participationPolicy: 'formal' as const, agents: ['alice'] },
      { name: 'second', method: 'serial' as const, participationPolicy: 'formal' as const, agents: ['bob'] },
    ],
    queues: [
      { name: 'support', groups: ['support'], ...how({ ...target, prompt: { file: wavOf(wire, 'closed') } }) },
      { name: 'second', groups: ['second'] },
    ],
    workflows: [
      { name: 'main', uri: agentUri('main'), displayName: 'Main', queue: 'support', musicOnHold: { file: wavOf(wire, 'music') } },
    ],
  }
}

const noAgents = (action: unknown): Partial<QueueEntry> => ({ noAgents: { when: 'noneSignedIn', action } })

describe('A queue’s action with a prompt', () => {
  for (const [kind, to] of [
    ['voicemail', (port: number) => ({ voicemail: `sip:alice@127.0.0.1:${port}` })],
    ['uri', (port: number) => ({ uri: `sip:alice@127.0.0.1:${port}` })],
  ] as const)
    it(`${kind}: the caller hears the whole prompt and then the target`, () =>
      onWire(async wire => {
        await writeSounds(wire)
        const target = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
        const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
        const server = await wire.serve(led(wire, noAgents, to(target.port)))
        await caller.dial(`sip:main@${server.sip()}`)
        await target.happened('CALL_ESTABLISHED')
        await eventually('the target has talked for 2 s', async () => {
          const [call] = await server.calls()
          return (call?.state === 'connected' && Date.now() - Date.parse(call.since) > 2_000) || undefined
        })
        await caller.hangUp()
        await target.happened('CALL_CLOSED')
        const [heard = new Float32Array()] = await caller.heard()
        const prompt = assertHeard(heard, 'closed', 1)
        assert(prompt < assertHeard(heard, 'alice', 0.5))
        assert.equal(await server.metric('carillon_calls_total', { result: 'forwarded' }), 1)
      }))

  it('number: the caller hears the prompt, and then the PBX gets a call for the number', () =>
    onWire(async wire => {
      await writeSounds(wire)
      const pbx = await wire.baresip({ name: '+14255550199', says: wavOf(wire, 'alice'), answers: 'auto' })
      const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
      const server = await wire.serve({
        ...led(wire, noAgents, { number: '+14255550199' }),
        outboundProxy: `sip:127.0.0.1:${pbx.port}`,
      })
      await caller.dial(`sip:main@${server.sip()}`)
      await pbx.happened('CALL_ESTABLISHED')
      await eventually('they have talked for 1 s', async () => {
        const [call] = await server.calls()
        return (call?.state === 'connected' && Date.now() - Date.parse(call.since) > 1_000) || undefined
      })
      await caller.hangUp()
      await pbx.happened('CALL_CLOSED')
      const [heard = new Float32Array()] = await caller.heard()
      assert(assertHeard(heard, 'closed', 1) < assertHeard(heard, 'alice', 0.5))
    }))

  it('queue: the caller hears the prompt and then the music of the other queue', () =>
    onWire(async wire => {
      await writeSounds(wire)
      const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
      const server = await wire.serve(led(wire, noAgents, { queue: 'second' }))
      await caller.dial(`sip:main@${server.sip()}`)
      await eventually('the caller has waited in the other queue for 2 s', async () => {
        const waited = await server.metric('carillon_queue_oldest_wait_seconds', { queue: 'second' })
        return waited > 2 || undefined
      })
      await caller.hangUp()
      const [heard = new Float32Array()] = await caller.heard()
      assert(assertHeard(heard, 'closed', 1) < assertHeard(heard, 'music'))
    }))

  it('overflow of the oldest: the caller who has waited longest hears the prompt and is hung up, the newest keeps waiting', () =>
    onWire(async wire => {
      await writeSounds(wire)
      const oldest = (action: unknown): Partial<QueueEntry> => ({
        overflow: { waitingCalls: 1, candidate: 'oldest', action },
      })
      const first = await wire.baresip({ name: 'first', says: wavOf(wire, 'caller') })
      const second = await wire.baresip({ name: 'second', says: wavOf(wire, 'caller') })
      const server = await wire.serve(led(wire, oldest, { disconnect: true }))
      await first.dial(`sip:main@${server.sip()}`)
      await server.waiting(1)
      await second.dial(`sip:main@${server.sip()}`)
      await first.happened('CALL_CLOSED')
      await server.waiting(1)
      const [heard = new Float32Array()] = await first.heard()
      assertHeard(heard, 'closed', 1)
      assert.equal(await server.metric('carillon_calls_total', { result: 'overflowed' }), 1)
      await second.hangUp()
      const [music = new Float32Array()] = await second.heard()
      assertNotHeard(music, 'closed')
    }))
})
