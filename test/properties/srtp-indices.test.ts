import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Continuity } from '../../src/media/rtp/continuity.js'
import { SrtpReceiver, SrtpSender } from '../../src/media/browser/srtp.js'
import { writeRtcp } from '../../src/media/rtp/rtcp.js'
import { read, rtp } from '../unit/media/packets.js'

const master = { key: Buffer.alloc(16, 7), salt: Buffer.alloc(14, 9) }
const keystreamSize = 16

/** The plain side's behaviour: the same source continues or jumps back, or another one begins anywhere. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ ssrc: fc.constant(undefined), move: fc.integer({ min: -200, max: 200 }) }) },
  { weight: 2, arbitrary: fc.record({ ssrc: fc.constant(undefined), move: fc.integer({ min: -40_000, max: 40_000 }) }) },
  { weight: 2, arbitrary: fc.record({ ssrc: fc.integer({ min: 1, max: 4 }), move: fc.integer({ min: -300, max: 300 }) }) },
)

describe('packets to a browser (no-keystream-twice)', () => {
  it('use no keystream twice, for any sources, losses, duplicates and order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32_767 }), fc.array(step, { maxLength: 300 }), (sequence, steps) => {
        const continuity = new Continuity({ ssrc: 7, sequence, timestamp: 5000 })
        const [sender, receiver] = [new SrtpSender(master), new SrtpReceiver(master)]
        const keystreams = new Set<string>()
        let [ssrc, at] = [1, 100]
        for (const { ssrc: next = ssrc, move } of steps) {
          ;[ssrc, at] = [next, (at + move + 65_536) % 65_536]
          // Zeros encrypt to the keystream itself.
          const bytes = rtp({ ssrc, sequence: at, payload: new Array<number>(keystreamSize).fill(0) })
          const index = continuity.next(read(bytes), bytes, 0)
          const sent = index === undefined ? undefined : sender.rtp(bytes, 12, index)
          if (!sent) continue
          const keystream = sent.subarray(12, 12 + keystreamSize).toString('hex')
          assert(!keystreams.has(keystream), `index ${index} is sent twice`)
          keystreams.add(keystream)
          assert(receiver.rtp(sent), 'the browser opens what was sent')
        }
      }),
    )
  })

  it('use no keystream for reports twice, whatever source they name', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 100 }), sources => {
        const sender = new SrtpSender(master)
        const indices = sources.map(ssrc => {
          const report = sender.rtcp(writeRtcp({ ssrc, cname: 'us', sent: undefined, block: undefined, bye: false }))
          return report?.readUInt32BE(report.length - 14)
        })
        assert.equal(new Set(indices).size, sources.length)
      }),
    )
  })
})
