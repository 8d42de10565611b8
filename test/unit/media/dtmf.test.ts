import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DigitDetector } from '../../../src/media/rtp/dtmf.js'
import { key, read } from './packets.js'

/** Numbers the packets in this order. */
const numbered = (packets: readonly Buffer[], first = 65_530): Buffer[] =>
  packets.map((bytes, index) => {
    const own = Buffer.from(bytes)
    own.writeUInt16BE((first + index) & 0xffff, 2)
    return own
  })

/** The keys reported for packets that arrive in the order in which they were sent. */
const heard = (...packets: readonly Buffer[]): string => received(...numbered(packets))

/** The keys reported for packets that arrive in this order. */
function received(...packets: readonly Buffer[]): string {
  const detector = new DigitDetector()
  return packets.map(bytes => detector.heard(read(bytes), bytes) ?? '').join('')
}

/** A whole press: start, updates, three end packets. */
const press = (event: number, timestamp: number): Buffer[] => [
  ...[160, 320, 480].map(duration => key(event, { timestamp, duration, marker: duration === 160 })),
  ...[640, 640, 640].map(duration => key(event, { timestamp, duration, ended: true })),
]

describe('keys by telephone-event (RFC 4733)', () => {
  it('are reported once each', () => assert.equal(heard(...press(5, 1000), ...press(5, 3000), ...press(6, 5000)), '556'))

  it('are the ten digits, star and pound; A to D and flash are ignored', () => {
    const all = Array.from({ length: 17 }, (_, event) => key(event, { timestamp: 1000 + event * 800 }))
    assert.equal(heard(...all), '0123456789*#')
  })

  it('are reported once when the end packets are lost', () => {
    assert.equal(heard(...press(5, 1000).slice(0, 3), ...press(5, 3000).slice(0, 3)), '55')
  })

  it('are reported once when only an end packet arrives', () => assert.equal(heard(...press(7, 1000).slice(4)), '7'))

  it('are reported once when packets arrive out of order', () => {
    const sent = numbered([...press(1, 1000), ...press(2, 3000)])
    const [a, b] = [sent.slice(0, 6), sent.slice(6)]
    assert.equal(received(...a.slice(0, 5), ...b.slice(0, 2), ...a.slice(5), ...b.slice(2)), '12')
  })

  it('continue as segments when pressed for very long (§2.5.1.3)', () => {
    const begin = 1000
    const segments = [key(5, { timestamp: begin, duration: 0xffff }), ...press(5, begin + 0xffff)]
    assert.equal(heard(...segments), '5')
  })

  it('work across the wrap of the timestamp', () => {
    assert.equal(heard(...press(1, 0xffffff00), ...press(1, 0x700)), '11')
  })

  it('are reported once when packets are duplicated', () => {
    const sent = numbered([...press(5, 1000), ...press(5, 1000), ...press(6, 1000)])
    assert.equal(received(...sent.flatMap(bytes => [bytes, bytes])), '556')
  })

  it('are all reported although the timestamps of one source go down', () => {
    assert.equal(heard(...press(1, 9000), ...press(2, 5000), ...press(2, 1000), ...press(3, 1000)), '1223')
    assert.equal(heard(...press(1, 9000).slice(0, 3), ...press(2, 5000).slice(0, 3), ...press(2, 1000).slice(0, 3)), '122')
  })

  it('are reported once although the timestamp grows during a press', () => {
    const growing = (event: number, timestamp: number): Buffer[] =>
      [160, 320, 480, 640, 640, 640].map((duration, index) =>
        key(event, { timestamp: timestamp + 160 * index, duration, ended: index > 2, marker: index === 0 }),
      )
    assert.equal(heard(...growing(5, 1000), ...growing(5, 4000), ...growing(6, 8000)), '556')
    assert.equal(heard(...growing(5, 1000).slice(0, 3), ...growing(5, 4000)), '55')
  })

  it('are all reported although all have the same timestamp', () => {
    assert.equal(heard(...press(5, 0), ...press(5, 0), ...press(6, 0), ...press(6, 0)), '5566')
    assert.equal(heard(...press(5, 0).slice(0, 3), ...press(6, 0).slice(0, 3), ...press(6, 0).slice(0, 3)), '566')
  })

  it('continue when the sequence numbers of one source start again', () => {
    assert.equal(received(...numbered(press(1, 1000), 60_000), ...numbered(press(2, 3000), 100)), '12')
  })

  it('property: any number of valid presses is reported once each, whatever packets are lost, if one of each press arrives', () => {
    const presses = fc.array(
      fc.record({ event: fc.nat(11), pause: fc.integer({ min: 800, max: 80_000 }), kept: fc.integer({ min: 1, max: 63 }) }),
      {
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(presses, all => {
        let at = 0
        const sent = all.flatMap(({ event, pause }) => press(event, (at += pause)))
        const came = numbered(sent).filter((_, index) => (((all[Math.floor(index / 6)]?.kept ?? 0) >> (index % 6)) & 1) === 1)
        // The start packet shows that this is a new press, because the previous one lost its end packets.
        const begun = numbered(sent).filter((bytes, index) => index % 6 === 0 || came.some(kept => kept.equals(bytes)))
        assert.equal(received(...begun), all.map(({ event }) => '0123456789*#'[event]).join(''))
      }),
    )
  })

  it('start again with another source', () => {
    assert.equal(heard(key(3, { timestamp: 5000, ssrc: 1 }), key(3, { timestamp: 100, ssrc: 2 })), '33')
  })

  it('are ignored in truncated packets', () => {
    const whole = key(3)
    assert.equal(heard(whole.subarray(0, 15)), '')
  })
})
