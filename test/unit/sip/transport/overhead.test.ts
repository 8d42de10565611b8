import assert from 'node:assert/strict'
import { Overhead, type Sender } from '../../../../src/sip/transport/overhead.js'

describe('the allowance for bytes that are not messages', () => {
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

  it('has a size, and is refilled over time', () => {
    assert.deepEqual([overhead.takes(100, 0), overhead.takes(1, 0)], [true, false])
    assert.deepEqual([overhead.takes(50, 5_000), overhead.takes(1, 5_000)], [true, false])
    assert.equal(overhead.takes(101, 3_600_000), false)
  })

  it('is larger for a peer that has shown a password, which is asked only above the strangers’ limit', () => {
    assert.deepEqual([overhead.takes(100, 0), asked], [true, 0])
    sender = 'known'
    assert.deepEqual([overhead.takes(900, 0), asked], [true, 1])
    assert.equal(overhead.takes(1, 0), false)
  })

  it('is unlimited for trusted peers', () => {
    sender = 'trusted'
    assert.equal(overhead.takes(1_000_000_000, 0), true)
  })

  it('is not used up by messages', () => {
    for (let message = 0; message < 1_000; message++) assert.equal(overhead.takes(0, 0), true)
  })
})
