import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { wavOf } from './harness/noises.js'
import { secondsOfTone, writeTones } from './harness/tones.js'
import { onWire, type Wire } from './harness/wire.js'

/** In Hz: each phone has its own tone. */
const tones = { caller: 440, alice: 1_000, boss: 1_700 } as const
type Name = keyof typeof tones

const phases = 1_500

function lastFor(milliseconds: number): Promise<true> {
  const until = Date.now() + milliseconds
  return eventually(`${milliseconds} ms pass`, () => Date.now() > until || undefined)
}

/** The caller talks to alice, and the boss has a phone. */
async function talking(wire: Wire, workflow: Readonly<Record<string, unknown>>) {
  await writeTones(wire, tones)
  const alice = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
  const boss = await wire.baresip({ name: 'boss', says: wavOf(wire, 'boss'), answers: 'auto' })
  const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
  const server = await wire.serve({
    media: { engine: 'builtin' },
    agents: [
      { name: 'alice', contact: `sip:alice@127.0.0.1:${alice.port}` },
      { name: 'boss', contact: `sip:boss@127.0.0.1:${boss.port}` },
    ],
    groups: [{ name: 'support', method: 'serial' as const, agents: ['alice'] }],
    workflow,
  })
  await caller.dial(`sip:support@${server.sip()}`)
  const callId = await eventually('the two talk', async () => {
    const [call] = await server.calls()
    return call?.state === 'connected' ? call.callId : undefined
  })
  const path = `/api/calls/${callId}/supervision`
  const become = async (mode: string): Promise<number> => server.put(path, { mode, agent: agentUri('boss') })
  return { server, callId, path, alice, boss, caller, become }
}

interface Supervised {
  readonly state: string
  readonly supervisors: readonly { readonly mode: string; readonly since: string | null }[]
  readonly supervised?: readonly { readonly agent: string; readonly modes: readonly string[] }[]
}

describe('A supervisor', () => {
  it('listens to a talk unheard, whispers to the agent alone, and barges in; the talk goes on without them', () =>
    onWire(async wire => {
      const { server, callId, alice, boss, caller, become } = await talking(wire, { supervised: true })
      const call = (): Promise<Supervised> => server.get<Supervised>(`/api/calls/${callId}`)
      assert.equal(await become('listen'), 204)
      await eventually('the boss listens', async () => ((await call()).supervisors[0]?.since ?? null) !== null || undefined)
      await lastFor(phases)
      assert.equal(await become('whisper'), 204)
      await lastFor(phases)
      assert.equal(await become('barge'), 204)
      await lastFor(phases)
      await boss.hangUp()
      await eventually('the boss is gone', async () => (await call()).supervisors.length === 0 || undefined)
      await lastFor(phases / 3)
      assert.equal((await server.calls())[0]?.state, 'connected')
      await caller.hangUp()
      const record = await eventually('the call is recorded', async () => {
        const found = await call()
        return found.state === 'finished' ? found : undefined
      })
      assert.deepEqual(
        record.supervised?.map(({ agent, modes }) => [agent, modes]),
        [[agentUri('boss'), ['listen', 'whisper', 'barge']]],
      )
      const heard = async (phone: typeof alice, name: Name): Promise<number> =>
        secondsOfTone(tones[name], (await phone.heard()).at(-1) ?? new Float32Array())
      assert((await heard(boss, 'caller')) > 4 && (await heard(boss, 'alice')) > 4, 'the boss hears both from the beginning')
      assert((await heard(boss, 'boss')) < 0.2, 'the boss hears no echo')
      const [toAgent, toCaller] = [await heard(alice, 'boss'), await heard(caller, 'boss')]
      assert(toAgent > 2.5 && toAgent < 3.7, `the agent hears the boss while they whisper and barge in: ${toAgent} s`)
      assert(toCaller > 1.2 && toCaller < 2, `the caller hears the boss only while they barge in: ${toCaller} s`)
      const [talk, back] = [await heard(alice, 'caller'), await heard(caller, 'alice')]
      assert(talk > 4.8 && back > 4.8, `the two hear each other all the time: ${talk} s, ${back} s`)
    }))
})
