import assert from 'node:assert/strict'
import { toByte, toSample } from '../../../../src/media/mixing/linear.js'
import { Room, type RoomSupervisor } from '../../../../src/media/mixing/room.js'
import { read, rtp } from '../packets.js'

const [caller, agent, supervisor, other] = [1, 2, 3, 4] as const
const loudness = { [caller]: 1000, [agent]: 2000, [supervisor]: 4000, [other]: 8000 } as const
type Speaker = keyof typeof loudness

/** 20 ms of a constant level in a law. */
function packetOf(speaker: Speaker, index: number, payloadType: 0 | 8 = 0): Buffer {
  const byte = toByte(payloadType === 0 ? 'pcmu' : 'pcma', loudness[speaker])
  return rtp({ ssrc: speaker, sequence: index, timestamp: 160 * index, payloadType, payload: Array<number>(160).fill(byte) })
}

/** A talk of half a second in which these speak all the time. The result says what each listener hears at the end. */
function talk(supervisors: readonly RoomSupervisor[], speakers: readonly Speaker[]) {
  const room = new Room(caller, agent)
  room.admit(supervisors)
  const heard: Record<string, number> = {}
  for (let index = 0; index < 25; index += 1) {
    const now = 1000 + 20 * index
    for (const from of speakers) {
      const bytes = packetOf(from, index)
      const packet = read(bytes)
      room.hear(from, packet, bytes, now)
      const to = from === caller ? agent : from === agent ? caller : undefined
      if (to === undefined) continue
      room.addTo(to, packet, bytes, now)
      heard[to] = toSample('pcmu', bytes[100] ?? 0)
    }
    for (const id of room.members) {
      const frame = new Uint8Array(160)
      if (room.sourceFor(id)('pcma', frame, now)) heard[id] = toSample('pcma', frame[100] ?? 0)
    }
  }
  return heard
}

function assertNear(level: number | undefined, ...speakers: readonly Speaker[]): void {
  const wanted = speakers.reduce((sum, speaker) => sum + loudness[speaker], 0)
  assert.ok(level !== undefined && Math.abs(level - wanted) <= wanted * 0.06, `${String(level)} is not about ${wanted}`)
}

const all = [caller, agent, supervisor] as const

describe('a talk with a supervisor', () => {
  it('is heard by a supervisor that nobody hears', () => {
    const heard = talk([{ id: supervisor, heardBy: 'nobody' }], all)
    assertNear(heard[supervisor], caller, agent)
    assertNear(heard[caller], agent)
    assertNear(heard[agent], caller)
  })

  it('lets the agent alone hear a supervisor who whispers', () => {
    const heard = talk([{ id: supervisor, heardBy: 'partner' }], all)
    assertNear(heard[supervisor], caller, agent)
    assertNear(heard[caller], agent)
    assertNear(heard[agent], caller, supervisor)
  })

  it('lets all hear a supervisor who barges in', () => {
    const heard = talk([{ id: supervisor, heardBy: 'both' }], all)
    assertNear(heard[supervisor], caller, agent)
    assertNear(heard[caller], agent, supervisor)
    assertNear(heard[agent], caller, supervisor)
  })

  it('lets another supervisor hear one who barges in, and none who whispers', () => {
    const two = (heardBy: 'partner' | 'both') =>
      talk(
        [
          { id: supervisor, heardBy },
          { id: other, heardBy: 'nobody' },
        ],
        [...all, other],
      )
    assertNear(two('both')[other], caller, agent, supervisor)
    assertNear(two('partner')[other], caller, agent)
  })

  it('lets the agent hear a whisper while the caller sends nothing, as frames of ours', () => {
    const heard = talk([{ id: supervisor, heardBy: 'partner' }], [agent, supervisor])
    assertNear(heard[agent], supervisor)
    assertNear(heard[caller], agent)
  })

  it('sends nothing of ours to the two while nobody is heard by them', () => {
    const heard = talk([{ id: supervisor, heardBy: 'partner' }], [agent])
    assert.deepEqual([heard[agent], heard[caller] === undefined], [undefined, false])
  })

  it('leaves packets of other codecs and packets without a voice as they are', () => {
    const room = new Room(caller, agent)
    room.admit([{ id: supervisor, heardBy: 'both' }])
    const before = packetOf(caller, 0)
    const bytes = Buffer.from(before)
    room.addTo(agent, read(bytes), bytes, 1000)
    assert.deepEqual(bytes, before)
    const spoken = packetOf(supervisor, 0)
    room.hear(supervisor, read(spoken), spoken, 1000)
    const opus = rtp({ payloadType: 111, payload: [1, 2, 3, 4] })
    const kept = Buffer.from(opus)
    room.addTo(agent, read(opus), opus, 1060)
    assert.deepEqual(opus, kept)
  })

  it('mixes packets of the other law too', () => {
    const room = new Room(caller, agent)
    room.admit([{ id: supervisor, heardBy: 'both' }])
    for (let index = 0; index < 10; index += 1) {
      const spoken = packetOf(supervisor, index)
      room.hear(supervisor, read(spoken), spoken, 20 * index)
    }
    const bytes = packetOf(caller, 9, 8)
    room.addTo(agent, read(bytes), bytes, 180)
    assertNear(toSample('pcma', bytes[100] ?? 0), caller, supervisor)
  })

  it('clips voices that are too loud together', () => {
    assert.equal(toSample('pcmu', toByte('pcmu', 70_000)), toSample('pcmu', toByte('pcmu', 32_767)))
    assert.equal(toSample('pcma', toByte('pcma', -70_000)), toSample('pcma', toByte('pcma', -32_768)))
  })
})
