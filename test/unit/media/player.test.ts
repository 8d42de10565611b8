import assert from 'node:assert/strict'
import { Player } from '../../../src/media/rtp/player.js'
import type { Sound } from '../../../src/media/rtp/sound.js'
import type { PromptId } from '../../../src/routing/world/ids.js'
import { sound } from './sounds.js'

const [one, two] = ['one' as PromptId, 'two' as PromptId]

/** The next frame, of four bytes. */
function frame(player: Player): readonly number[] | 'nothing' | 'over' {
  const bytes = new Uint8Array(4)
  const kind = player.next('pcmu', bytes)
  return kind === 'sound' ? [...bytes] : kind
}

describe('the sound of one stream', () => {
  it('is cut into frames, the last one filled with silence, and ends once', () => {
    const player = new Player()
    player.play(sound(1, 2, 3, 4, 5))
    assert.deepEqual(
      [frame(player), frame(player), frame(player), frame(player)],
      [[1, 2, 3, 4], [5, 255, 255, 255], 'over', 'nothing'],
    )
  })

  it('loops without a gap', () => {
    const player = new Player()
    player.loop(one, sound(1, 2, 3))
    assert.deepEqual(
      [frame(player), frame(player)],
      [
        [1, 2, 3, 1],
        [2, 3, 1, 2],
      ],
    )
  })

  it('continues at the same place of the music after a prompt, after silence or at once', () => {
    const player = new Player()
    const music: Sound = sound(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
    player.loop(one, music)
    frame(player)
    player.play(sound(99))
    frame(player)
    player.loop(one, music)
    assert.deepEqual(frame(player), [5, 6, 7, 8])
    player.silence()
    assert.equal(frame(player), 'nothing')
    player.loop(one, music)
    player.loop(one, music)
    assert.deepEqual(frame(player), [9, 10, 11, 12])
  })

  it('starts from the beginning with other music', () => {
    const player = new Player()
    player.loop(one, sound(1, 2, 3, 4, 5, 6, 7, 8))
    frame(player)
    player.loop(two, sound(11, 12, 13, 14, 15))
    assert.deepEqual(frame(player), [11, 12, 13, 14])
  })

  it('changes between µ-law and A-law at the same place', () => {
    const player = new Player()
    player.play({ pcmu: sound(1, 2, 3, 4, 5, 6).pcmu, pcma: sound(21, 22, 23, 24, 25, 26).pcma })
    frame(player)
    const bytes = new Uint8Array(4)
    player.next('pcma', bytes)
    assert.deepEqual([...bytes], [25, 26, 0xd5, 0xd5])
  })
})
