import assert from 'node:assert/strict'
import fc from 'fast-check'
import { SrtpReceiver, SrtpSender } from '../../../../src/media/browser/srtp.js'
import { rtp } from '../packets.js'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

/** The keys of RFC 3711 B.3. */
const master = { key: hex('e1f97a0d3e018be0d64fa32c06de4139'), salt: hex('0ec675ad498afeebb6960b3aabe6') }
/** The results in libsrtp's own tests. */
const packet = hex(`800f1234decafbadcafebabe${'ab'.repeat(16)}`)
const protectedPacket = hex('800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb')
const report = hex(`81c8000bcafebabe${'ab'.repeat(16)}`)
const protectedReport = hex('81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798')

describe('SRTP', () => {
  it('encrypts and decrypts the test vectors of other implementations', () => {
    const sender = new SrtpSender(master)
    assert.deepEqual(sender.rtp(packet, 12, 0x1234), protectedPacket)
    assert.deepEqual(sender.rtcp(report), protectedReport)
    const receiver = new SrtpReceiver(master)
    assert.deepEqual(receiver.rtp(protectedPacket), packet)
    assert.deepEqual(receiver.rtcp(protectedReport), report)
  })

  it('rejects repeated and modified packets', () => {
    const receiver = new SrtpReceiver(master)
    for (const at of protectedPacket.keys()) {
      const touched = Buffer.from(protectedPacket)
      touched[at] = (touched[at] ?? 0) ^ 0x01
      assert.equal(receiver.rtp(touched), undefined)
    }
    assert(receiver.rtp(protectedPacket))
    assert.equal(receiver.rtp(protectedPacket), undefined)
    assert(receiver.rtcp(protectedReport))
    assert.equal(receiver.rtcp(protectedReport), undefined)
  })

  it('does not throw on any bytes', () => {
    const receiver = new SrtpReceiver(master)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
        assert.equal(receiver.rtp(Buffer.from(bytes)), undefined)
        assert.equal(receiver.rtcp(Buffer.from(bytes)), undefined)
      }),
    )
  })

  it('never sends an index twice, nor an index too old to be remembered', () => {
    const sender = new SrtpSender(master)
    const isSent = (index: number, ssrc = 9): boolean =>
      sender.rtp(rtp({ ssrc, sequence: index % 65_536 }), 12, index) !== undefined
    assert.deepEqual([isSent(500), isSent(500), isSent(499), isSent(372), isSent(373)], [true, false, true, false, true])
    assert.deepEqual([isSent(500, 10), isSent(65_536 + 500), isSent(501)], [true, true, false])
  })

  it('handles lost and reordered packets across rollovers', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 20 })), { maxLength: 60 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32_767 }), steps, (first, moves) => {
        const [sender, receiver] = [new SrtpSender(master), new SrtpReceiver(master)]
        let highest = first
        const seen = new Set<number>()
        const carries = (index: number): void => {
          const plain = rtp({ sequence: index % 65_536 })
          const sent = sender.rtp(plain, 12, index)
          if (seen.has(index)) assert.equal(sent, undefined)
          else assert.deepEqual(sent && receiver.rtp(sent), plain)
          seen.add(index)
        }
        carries(first)
        for (const [ahead, back] of moves) {
          highest += ahead
          carries(highest)
          if (highest - back >= first) carries(highest - back)
        }
      }),
    )
  })

  it('accepts eight sources, enough for a browser, and no more', () => {
    const [sender, receiver] = [new SrtpSender(master), new SrtpReceiver(master)]
    const open = (ssrc: number, from = sender): Buffer | undefined => {
      const sent = from.rtp(rtp({ ssrc }), 12, 1)
      return sent && receiver.rtp(sent)
    }
    for (let ssrc = 1; ssrc <= 8; ssrc += 1) assert(open(ssrc))
    assert.equal(open(9), undefined)
    assert.equal(open(9, new SrtpSender(master)), undefined)
  })
})
