import assert from 'node:assert/strict'
import { toByte, toSample } from '../../../../src/media/mixing/linear.js'
import { Voice } from '../../../../src/media/mixing/voice.js'
import { read, rtp } from '../packets.js'

const loud = toByte('pcmu', 5000)
const level = toSample('pcmu', loud)
/** The packet of 20 ms with this index, which comes at `now`. */
function say(voice: Voice, index: number, now: number, ssrc = 9): void {
  const bytes = rtp({
    ssrc,
    sequence: index,
    timestamp: (4_294_967_000 + 160 * index) % 2 ** 32,
    payload: Array<number>(160).fill(loud),
  })
  voice.hear(read(bytes), bytes, now)
}
const heard = (voice: Voice, fromMs: number, toMs: number): number =>
  Array.from({ length: (toMs - fromMs) * 8 }, (_, index) => voice.at(fromMs * 8 + index)).filter(each => each === level).length /
  8

describe('the voice of one person in a talk', () => {
  it('is in its place although packets come late, early and in disorder', () => {
    const voice = new Voice()
    for (const [index, now] of [
      [0, 1000],
      [2, 1020],
      [1, 1055],
      [3, 1060],
      [4, 1070],
    ] as const)
      say(voice, index, now)
    assert.equal(heard(voice, 1000, 1100), 100)
    assert.equal(heard(voice, 900, 1000) + heard(voice, 1100, 1200), 0)
  })

  it('is silent where a packet is missing', () => {
    const voice = new Voice()
    for (const index of [0, 1, 3]) say(voice, index, 1000 + 20 * index)
    assert.equal(heard(voice, 1040, 1060), 0)
    assert.equal(heard(voice, 1060, 1080), 20)
  })

  it('has no old sound a second later', () => {
    const voice = new Voice()
    for (let index = 0; index < 50; index += 1) say(voice, index, 1000 + 20 * index)
    say(voice, 150, 4000)
    assert.equal(heard(voice, 3000, 4000), 0)
    assert.equal(heard(voice, 1000, 2000), 0)
    assert.equal(heard(voice, 4000, 4020), 20)
  })

  it('gets a new place when its clock is too far away, or another phone speaks', () => {
    const voice = new Voice()
    say(voice, 0, 1000)
    say(voice, 5, 3000)
    assert.equal(heard(voice, 3000, 3020), 20)
    say(voice, 7000, 3500, 10)
    assert.equal(heard(voice, 3500, 3520), 20)
  })

  it('ignores packets that are longer than any frame', () => {
    const voice = new Voice()
    const bytes = rtp({ payload: Array<number>(1400).fill(loud) })
    voice.hear(read(bytes), bytes, 1000)
    assert.equal(heard(voice, 900, 1200), 0)
  })
})
