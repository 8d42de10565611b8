import assert from 'node:assert/strict'
import { DigitDetector } from '../../../src/media/builtin/dtmf.js'
import { key, read } from './packets.js'

/** What is heard of these packets, in their order. */
function heard(...packets: readonly Buffer[]): string {
  const detector = new DigitDetector()
  return packets.map(bytes => detector.heard(read(bytes), bytes) ?? '').join('')
}

/** A whole press: begin, updates, three ends. */
const press = (event: number, timestamp: number): Buffer[] => [
  ...[160, 320, 480].map(duration => key(event, { timestamp, duration, marker: duration === 160 })),
  ...[640, 640, 640].map(duration => key(event, { timestamp, duration, ended: true })),
]

describe('keys by telephone-event (RFC 4733)', () => {
  it('are told once each', () => assert.equal(heard(...press(5, 1000), ...press(5, 3000), ...press(6, 5000)), '556'))

  it('are the ten digits, star and pound; A to D and flash are none', () => {
    const all = Array.from({ length: 17 }, (_, event) => key(event, { timestamp: 1000 + event * 800 }))
    assert.equal(heard(...all), '0123456789*#')
  })

  it('are told once when the ends were lost', () => {
    assert.equal(heard(...press(5, 1000).slice(0, 3), ...press(5, 3000).slice(0, 3)), '55')
  })

  it('are told once when only an end came', () => assert.equal(heard(...press(7, 1000).slice(4)), '7'))

  it('are told once when packets overtake each other', () => {
    const [a, b] = [press(1, 1000), press(2, 3000)]
    assert.equal(heard(...a.slice(0, 5), ...b.slice(0, 2), ...a.slice(5), ...b.slice(2)), '12')
  })

  it('go on as segments when pressed for very long (§2.5.1.3)', () => {
    const begin = 1000
    const segments = [key(5, { timestamp: begin, duration: 0xffff }), ...press(5, begin + 0xffff)]
    assert.equal(heard(...segments), '5')
  })

  it('may come at the end of the timestamps', () => {
    assert.equal(heard(...press(1, 0xffffff00), ...press(1, 0x700)), '11')
  })

  it('begin anew with another source', () => {
    assert.equal(heard(key(3, { timestamp: 5000, ssrc: 1 }), key(3, { timestamp: 100, ssrc: 2 })), '33')
  })

  it('are not in packets cut short', () => {
    const whole = key(3)
    assert.equal(heard(whole.subarray(0, 15)), '')
  })
})
