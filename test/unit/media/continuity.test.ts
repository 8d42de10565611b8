import assert from 'node:assert/strict'
import { Continuity } from '../../../src/media/rtp/continuity.js'
import { read, rtp, type Written } from './packets.js'

const beginning = { ssrc: 7, sequence: 100, timestamp: 5000 }

function carrying(): (written: Written, now: number) => { index: number | undefined; marker: boolean; timestamp: number } {
  const continuity = new Continuity(beginning)
  return (written, now) => {
    const bytes = rtp(written)
    const index = continuity.next(read(bytes), bytes, now)
    const { ssrc, sequence, timestamp, marker } = read(bytes)
    if (index !== undefined) {
      assert.equal(ssrc, beginning.ssrc)
      assert.equal(sequence, index % 65_536)
    }
    return { index, marker, timestamp }
  }
}

describe('one continuous stream from several sources', () => {
  it('continues the sequence numbers of the previous source, and its timestamps by the time that passed', () => {
    const next = carrying()
    assert.deepEqual(next({ ssrc: 1, sequence: 40, timestamp: 1000 }, 0), { index: 100, marker: true, timestamp: 5000 })
    assert.deepEqual(next({ ssrc: 1, sequence: 41, timestamp: 1160 }, 20), { index: 101, marker: false, timestamp: 5160 })
    assert.deepEqual(next({ ssrc: 2, sequence: 9, timestamp: 77 }, 120), { index: 102, marker: true, timestamp: 5960 })
    assert.deepEqual(next({ ssrc: 2, sequence: 10, timestamp: 237 }, 140), { index: 103, marker: false, timestamp: 6120 })
  })

  it('keeps lost, late and duplicate packets as they are', () => {
    const next = carrying()
    const indices = [40, 42, 41, 41, 45].map(sequence => next({ sequence, timestamp: sequence * 160 }, 0).index)
    assert.deepEqual(indices, [100, 102, 101, 101, 105])
  })

  it('continues across the rollover of the sequence number', () => {
    const next = carrying()
    assert.equal(next({ sequence: 65_535 }, 0).index, 100)
    assert.equal(next({ sequence: 0 }, 20).index, 101)
    assert.equal(next({ sequence: 65_535 }, 20).index, 100)
  })

  it('drops packets from before a source’s first one, because their numbers belong to the previous source', () => {
    const next = carrying()
    for (const sequence of [40, 41, 42]) next({ ssrc: 1, sequence }, 0)
    assert.deepEqual(
      [9, 8, 10, 7, 9].map(sequence => next({ ssrc: 2, sequence }, 20).index),
      [103, undefined, 104, undefined, 103],
    )
  })

  it('treats a jump as a new source, and drops packets from before the very first', () => {
    const next = carrying()
    assert.equal(next({ sequence: 200 }, 0).index, 100)
    assert.equal(next({ sequence: 20_000 }, 20).index, 101)
    const early = new Continuity({ ...beginning, sequence: 0 })
    const [first, before] = [rtp({ sequence: 5 }), rtp({ sequence: 4 })]
    assert.equal(early.next(read(first), first, 0), 0)
    assert.equal(early.next(read(before), before, 0), undefined)
  })
})
