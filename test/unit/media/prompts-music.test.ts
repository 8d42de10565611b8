import assert from 'node:assert/strict'
import { composeMusic } from '../../../src/media/prompts/music.js'
import { encode, linear } from '../../../src/media/prompts/wav-sound.js'
import { level } from './prompts-files.js'

const rate = 8_000

/** The power at one frequency, in dB relative to a full-scale tone (Goertzel). */
function power(samples: Float32Array, frequency: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * frequency) / rate)
  let [before, last] = [0, 0]
  for (const sample of samples) [before, last] = [last, sample + turn * last - before]
  return 10 * Math.log10((4 * (last ** 2 + before ** 2 - turn * last * before)) / samples.length ** 2 + 1e-12)
}

/** Faded at both ends, because an abrupt start contains all frequencies. */
const hann = (samples: Float32Array): Float32Array =>
  samples.map((sample, i) => sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length)))

describe('the hold music', () => {
  let music: Float32Array = new Float32Array()
  before(() => {
    music = composeMusic()
  })

  it('lasts between a minute and a minute and a half', () => {
    assert.ok(music.length >= 60 * rate && music.length <= 90 * rate, `${music.length / rate} s`)
  })

  it('is as loud as a voice, and nowhere too loud', () => {
    assert.ok(Math.abs(level(music) + 20) < 2, `${level(music)} dB`)
    const peak = music.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    assert.ok(peak < 0.7, String(peak))
  })

  it('is never silent and keeps its level: each bar is within 4 dB of the whole', () => {
    const whole = level(music)
    for (let at = 0; at < music.length; at += 26_400) {
      const bar = level(music.subarray(at, at + 26_400))
      assert.ok(Math.abs(bar - whole) < 4, `${at / rate} s: ${bar} dB`)
    }
  })

  it('has no DC offset', () => {
    const mean = music.reduce((sum, sample) => sum + sample, 0) / music.length
    assert.ok(Math.abs(mean) < 1e-4, String(mean))
  })

  it('ends where it begins: the seam is as smooth as the rest', () => {
    const around = [...music.slice(-3), ...music.slice(0, 3)]
    const bend = (samples: ArrayLike<number>, i: number): number =>
      Math.abs((samples[i - 1] ?? 0) - 2 * (samples[i] ?? 0) + (samples[i + 1] ?? 0))
    const usual = Array.from({ length: 80_000 }, (_, i) => bend(music, i + 1)).sort((a, b) => a - b)
    const common = usual[Math.floor(usual.length * 0.99)] ?? 0
    for (let i = 1; i < 5; i += 1) assert.ok(bend(around, i) < common, `${bend(around, i)}, else ${common}`)
  })

  it('stays within the telephone band', () => {
    const piece = hann(music.subarray(0, 8 * rate))
    const loudest = Math.max(...Array.from({ length: 250 }, (_, i) => power(piece, 200 + 4 * i)))
    for (let frequency = 3_400; frequency < 4_000; frequency += 5)
      assert.ok(power(piece, frequency) < loudest - 50, `${frequency} Hz: ${power(piece, frequency)} dB, loudest ${loudest} dB`)
  })

  it('has chords and a tune: many tones of the scale, and no other tones', () => {
    const bar = hann(music.subarray(0, 26_400))
    const tones = { c: 261.63, e: 329.63, g: 392, b: 493.88 }
    for (const [name, frequency] of Object.entries(tones)) assert.ok(power(bar, frequency) > -45, name)
    for (const frequency of [277.18, 311.13, 369.99, 415.3]) assert.ok(power(bar, frequency) < -80, `${frequency} Hz`)
  })

  it('is the same each time, in µ-law and A-law', () => {
    assert.deepEqual(composeMusic(), music)
    const { pcmu, pcma } = encode(linear({ rate, samples: music }))
    assert.deepEqual([pcmu.length, pcma.length], [music.length, music.length])
  })
})
