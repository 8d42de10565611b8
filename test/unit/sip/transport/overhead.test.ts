import assert from 'node:assert/strict'
import { Overhead, type Sender } from '../../../../src/sip/transport/overhead.js'

describe('what a peer may send besides messages', () => {
  const limits = { stranger: { burst: 100, perSecond: 10 }, known: { burst: 1_000, perSecond: 100 } }
  let sender: Sender
  let asked: number
  let overhead: Overhead

  beforeEach(() => {
    sender = 'stranger'
    asked = 0
    overhead = new Overhead(limits, 0, () => {
      asked += 1
      return sender
    })
  })

  it('is so much at once, and as much again as time gives', () => {
    assert.deepEqual([overhead.takes(100, 0), overhead.takes(1, 0)], [true, false])
    assert.deepEqual([overhead.takes(50, 5_000), overhead.takes(1, 5_000)], [true, false])
    assert.equal(overhead.takes(101, 3_600_000), false)
  })

  it('is more for who showed a password meanwhile, who is asked for only past the limit of strangers', () => {
    assert.deepEqual([overhead.takes(100, 0), asked], [true, 0])
    sender = 'known'
    assert.deepEqual([overhead.takes(900, 0), asked], [true, 1])
    assert.equal(overhead.takes(1, 0), false)
  })

  it('has no limit for trusted peers', () => {
    sender = 'trusted'
    assert.equal(overhead.takes(1_000_000_000, 0), true)
  })

  it('is nothing when all was messages', () => {
    for (let message = 0; message < 1_000; message++) assert.equal(overhead.takes(0, 0), true)
  })
})
