import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { wavOf } from './harness/noises.js'
import { shareOfTone, writeTones } from './harness/tones.js'
import { onWire, type Wire } from './harness/wire.js'

/** In Hz: each phone has its own tone. */
const tones = { caller: 440, alice: 1_000, dave: 1_700 } as const
type Name = keyof typeof tones

const shareOf = (name: Name, channel: Float32Array, second: number): number => shareOfTone(tones[name], channel, second)

interface Stored {
  readonly callId: string
  readonly seconds: number
  readonly isFinished: boolean
  readonly parts: readonly { readonly at: number; readonly agent: string | null; readonly from: string; readonly to: string }[]
}

/** µ-law to linear, by G.711. */
function linear(byte: number): number {
  const value = ~byte & 0xff
  const magnitude = (((value & 0x0f) << 3) + 0x84) << ((value & 0x70) >> 4)
  return ((value & 0x80) === 0 ? magnitude - 0x84 : 0x84 - magnitude) / 32_768
}

/** The channels of a WAV in µ-law. */
function channelsOf(wav: Buffer): readonly [Float32Array, Float32Array] {
  assert.equal(wav.toString('latin1', 0, 4), 'RIFF')
  assert.deepEqual([wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24)], [7, 2, 8_000])
  const sound = wav.subarray(wav.length - wav.readUInt32LE(54))
  const channel = (side: number) =>
    Float32Array.from({ length: sound.length / 2 }, (_, at) => linear(sound[2 * at + side] ?? 0xff))
  return [channel(0), channel(1)]
}

const finished = (wire: Wire): Promise<Stored> =>
  eventually('the recording is finished', async () => {
    const { recordings } = await wire.server.get<{ recordings: readonly Stored[] }>('/api/recordings')
    return recordings.find(({ isFinished }) => isFinished)
  })

const tells = (wire: Wire, state: string): Promise<string> =>
  eventually('the call is connected', async () => {
    const [call] = await wire.server.calls()
    if (call?.state !== 'connected') return undefined
    const { callId } = call
    assert.equal(await wire.server.put(`/api/calls/${callId}/recording`, { state }), 204)
    return callId
  })

/** The two talk for this long. */
function talkFor(milliseconds: number): Promise<true> {
  const until = Date.now() + milliseconds
  return eventually(`the talk lasts ${milliseconds} ms`, () => Date.now() > until || undefined)
}

describe('The recording of a call', () => {
  it('has the caller left and the agents right, through a transfer, and nothing of a pause', () =>
    onWire(async wire => {
      await writeTones(wire, tones)
      const alice = await wire.baresip({ name: 'alice', says: wavOf(wire, 'alice'), answers: 'auto' })
      const dave = await wire.baresip({ name: 'dave', says: wavOf(wire, 'dave'), answers: 'auto' })
      const caller = await wire.baresip({ name: 'caller', says: wavOf(wire, 'caller') })
      const server = await wire.serve({
        media: { engine: 'builtin' },
        agents: [
          { name: 'alice', contact: `sip:alice@127.0.0.1:${alice.port}` },
          { name: 'dave', contact: `sip:dave@127.0.0.1:${dave.port}` },
        ],
        groups: [{ name: 'support', method: 'serial' as const, agents: ['alice'] }],
        workflow: { record: 'always' },
      })
      await caller.dial(`sip:support@${server.sip()}`)
      await eventually('the call is recorded', async () => (await server.calls())[0]?.recording === 'on')
      await talkFor(1_500)
      const callId = await tells(wire, 'paused')
      await talkFor(1_500)
      await tells(wire, 'on')
      await talkFor(1_000)
      await alice.transfer(agentUri('dave'))
      await dave.happened('CALL_ESTABLISHED')
      await talkFor(1_500)
      await caller.hangUp()
      const stored = await finished(wire)
      assert.equal(stored.callId, callId)
      assert.deepEqual(
        stored.parts.map(({ agent }) => agent),
        ['alice', 'alice', 'dave'].map(agentUri),
      )
      const [first, second, third] = stored.parts
      assert(first && second && third)
      assert(Date.parse(second.from) - Date.parse(first.to) > 1_000, 'the pause is between two parts')
      assert(stored.seconds < (Date.parse(third.to) - Date.parse(first.from)) / 1000 - 1, 'the pause takes no time in the sound')
      const [day = ''] = await readdir(join(wire.folder, 'data', 'recordings')).catch(() => [])
      const folder = join(wire.folder, 'data', 'recordings', day)
      const file = join(folder, `${callId}.wav`)
      assert.deepEqual([(await stat(folder)).mode & 0o777, (await stat(file)).mode & 0o777], [0o700, 0o600])
      const [left, right] = channelsOf(await readFile(file))
      for (const [part, agent] of [
        [first, 'alice'],
        [second, 'alice'],
        [third, 'dave'],
      ] as const) {
        const second = part.at + 0.4
        assert(shareOf('caller', left, second) > 0.8, `the caller is left at ${second} s: ${shareOf('caller', left, second)}`)
        assert(shareOf(agent, right, second) > 0.8, `${agent} is right at ${second} s: ${shareOf(agent, right, second)}`)
        assert(shareOf(agent, left, second) < 0.05 && shareOf('caller', right, second) < 0.05)
      }
    }))
})
