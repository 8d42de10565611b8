import assert from 'node:assert/strict'
import { channels, type TapeSound } from '../../../../src/media/recording/messages.js'
import { Tape } from '../../../../src/media/recording/tape.js'
import { alaw, mulaw } from '../../../../src/media/rtp/laws.js'
import { read, rtp, type Written } from '../packets.js'

type Piece = Omit<TapeSound, 'kind' | 'call'>

const silent = 0xff

/** A tape that began at 0, and the pieces that have left it. */
function bench() {
  const tape = new Tape(0)
  const left: Piece[] = []
  const hear = (side: keyof typeof channels, now: number, value: number, written: Written = {}): void => {
    const bytes = rtp({ payload: Array<number>(160).fill(value), ...written })
    tape.hear(channels[side], read(bytes), bytes, now, piece => left.push(piece))
  }
  return { tape, left, hear }
}

/** The bytes of one side. */
const sideOf = (piece: Piece | undefined, side: keyof typeof channels): number[] =>
  [...(piece?.bytes ?? [])].filter((_, index) => index % 2 === channels[side])

describe('the tape of a recording', () => {
  it('has the caller left and the partner right', () => {
    const { tape, hear } = bench()
    hear('caller', 0, 1)
    hear('partner', 0, 2, { ssrc: 10 })
    const piece = tape.rest(20)
    assert.deepEqual([...(piece?.bytes ?? [])].slice(0, 4), [1, 2, 1, 2])
    assert.equal(piece?.bytes.length, 320)
  })

  it('places packets by their timestamps, whatever their order and jitter', () => {
    const { tape, hear } = bench()
    hear('caller', 0, 1, { timestamp: 800 })
    hear('caller', 70, 3, { timestamp: 800 + 320 })
    hear('caller', 71, 2, { timestamp: 800 + 160 })
    const bytes = sideOf(tape.rest(100), 'caller')
    assert.deepEqual([bytes[0], bytes[160], bytes[320], bytes[480], bytes[799]], [1, 2, 3, silent, silent])
  })

  it('is silent where packets lack, and where nobody speaks', () => {
    const { tape, hear } = bench()
    hear('caller', 0, 1)
    hear('caller', 60, 4, { timestamp: 480 })
    const piece = tape.rest(80)
    const bytes = sideOf(piece, 'caller')
    assert.deepEqual([bytes[0], bytes[160], bytes[479], bytes[480]], [1, silent, silent, 4])
    assert(sideOf(piece, 'partner').every(byte => byte === silent))
  })

  it('goes on with another source at the time of its first packet', () => {
    const { tape, hear } = bench()
    hear('partner', 0, 1)
    hear('partner', 40, 2, { ssrc: 77, timestamp: 4_000_000_000 })
    hear('partner', 60, 3, { ssrc: 77, timestamp: 4_000_000_160 })
    const bytes = sideOf(tape.rest(80), 'partner')
    assert.deepEqual([bytes[0], bytes[160], bytes[320], bytes[480]], [1, silent, 2, 3])
  })

  it('follows a source whose clock runs away or whose timestamps jump', () => {
    const { tape, hear } = bench()
    hear('caller', 0, 1)
    hear('caller', 20, 2, { timestamp: 900_000 })
    const bytes = sideOf(tape.rest(40), 'caller')
    assert.deepEqual([bytes[0], bytes[160]], [1, 2])
  })

  it('gives about a second at once, when late packets can’t change it any more', () => {
    const { tape, hear } = bench()
    for (let at = 0; at < 1_300; at += 20) hear('caller', at, 5, { timestamp: at * 8 })
    assert.equal(tape.due(1_290), undefined)
    const piece = tape.due(1_310)
    assert.deepEqual([piece?.from, piece?.bytes.length], [0, 2 * 8_080])
    assert.equal(tape.rest(1_310)?.from, 8_080)
  })

  it('gives earlier sound when a packet needs its place', () => {
    const { left, hear } = bench()
    hear('caller', 0, 1)
    hear('caller', 3_000, 2, { timestamp: 24_000 })
    assert.deepEqual(
      left.map(({ from, bytes }) => [from, bytes.length / 2]),
      [[0, 8_000]],
    )
    assert.equal(sideOf(left[0], 'caller')[0], 1)
  })

  it('has one law: that of the first sound', () => {
    const { tape, hear } = bench()
    const [loud = 0] = alaw.encode(Int16Array.of(12_000))
    const [same = 0] = mulaw.encode(Int16Array.of(12_000))
    hear('caller', 0, loud, { payloadType: 8 })
    hear('partner', 0, same, { ssrc: 10 })
    const piece = tape.rest(20)
    assert.equal(piece?.law, 'pcma')
    assert.equal(sideOf(piece, 'caller')[0], loud)
    const [partners = 0] = alaw.decode(Uint8Array.of(sideOf(piece, 'partner')[0] ?? 0))
    assert(Math.abs(partners - 12_000) < 600, String(partners))
  })

  it('has no keys and no comfort noise', () => {
    const { tape, hear } = bench()
    hear('caller', 0, 9, { payloadType: 101 })
    hear('caller', 0, 9, { payloadType: 13 })
    const piece = tape.rest(20)
    assert.equal(piece?.law, undefined)
    assert(piece?.bytes.every(byte => byte === silent))
  })
})
