import assert from 'node:assert/strict'
import { TlsRecords } from '../../../../src/sip/transport/tls-records.js'
import type { Sender } from '../../../../src/sip/transport/overhead.js'
import { FakeClock } from '../transaction/fake-clock.js'

describe('the allowance for TLS records without content', () => {
  const limits = { stranger: { burst: 1_000, perSecond: 10 }, known: { burst: 10_000, perSecond: 100 } }
  let clock: FakeClock
  let sender: Sender
  let raw: { bytesRead: number; destroyed: boolean }
  let content: { bytesRead: number; destroyed: boolean }
  let told: number

  beforeEach(() => {
    clock = new FakeClock()
    ;[sender, told] = ['stranger', 0]
    // After the handshake.
    raw = { bytesRead: 5_000, destroyed: false }
    content = { bytesRead: 0, destroyed: false }
    const overstepping = (): void => void (told += 1)
    new TlsRecords(clock, limits).watch({ raw, content, sender: () => sender, overstepping })
  })

  function brings(bytes: number, ofContent: number): number {
    raw.bytesRead += bytes
    content.bytesRead += ofContent
    clock.pass(100)
    return told
  }

  it('is small for a stranger, and its end is reported once', () => {
    assert.deepEqual([brings(1_000, 0), brings(100, 0), brings(100_000, 0)], [0, 1, 1])
  })

  it('is larger for a peer that has shown a password, and unlimited for a trusted peer', () => {
    sender = 'known'
    assert.equal(brings(9_000, 0), 0)
    sender = 'trusted'
    assert.equal(brings(9_000_000, 0), 0)
  })

  it('is not used by bytes that become content later, when their record is complete', () => {
    for (let record = 0; record < 100; record++) {
      assert.equal(brings(900, 0), 0)
      assert.equal(brings(22, 922), 0)
    }
  })

  it('is not counted after the connection is closed', () => {
    raw.destroyed = true
    assert.equal(brings(1_000_000, 0), 0)
    assert.equal(clock.size, 0)
  })
})
