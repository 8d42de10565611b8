import { band, bars, barBeats, type Note } from './music-score.js'
import { telephoneRate } from './wav-resample.js'

/** Samples per beat: 72.7 beats per minute. It is a whole number, so that the piece ends on a whole sample and loops without a gap. */
const beat = 6_600
/** In samples: 79.2 s at 8,000 samples per second. */
const length = bars.length * barBeats * beat
/** Root mean square, relative to full scale: -21 dB, as loud as a voice on the telephone. */
const loudness = 0.09
/** In Hz. Higher partials are left out, because telephone lines carry up to 3,400 Hz. */
const highest = 3_200

/** How an instrument sounds. Times in seconds. */
interface Instrument {
  readonly level: number
  readonly attack: number
  /** The time in which the fundamental falls to a third. Infinity: it does not fall. */
  readonly decay: number
  /** How long it sounds after its note. */
  readonly release: number
  /** The levels of the partials, starting with the fundamental. Higher ones fade sooner. */
  readonly partials: readonly number[]
  /** How far a second, softer oscillator of each partial is above the first, in cents. */
  readonly detune: number
}

const instruments: Readonly<Record<Note['part'], Instrument>> = {
  pad: { level: 0.1, attack: 0.7, decay: Infinity, release: 1.6, partials: [1, 0.3, 0.12, 0.05], detune: 7 },
  bass: { level: 0.15, attack: 0.03, decay: 2.4, release: 0.5, partials: [1, 0.7, 0.3], detune: 0 },
  harp: { level: 0.1, attack: 0.012, decay: 0.7, release: 0.4, partials: [1, 0.4, 0.22, 0.1, 0.05], detune: 3 },
  melody: { level: 0.26, attack: 0.03, decay: 1.5, release: 0.5, partials: [1, 0.16, 0.05, 0.07], detune: 4 },
}

/** The hold music: calm and always the same, as 8,000 samples per second from -1 to 1. It loops without a break. */
export function composeMusic(): Float32Array {
  const dry = new Float32Array(length)
  for (const note of band()) play(dry, note)
  const wet = reverberate(dry)
  const mixed = dry.map((sample, i) => sample + 0.35 * (wet[i] ?? 0))
  const scale = loudness / Math.sqrt(mixed.reduce((sum, sample) => sum + sample * sample, 0) / length)
  return mixed.map(sample => sample * scale)
}

/** Adds a note. If it lasts beyond the end of the piece, the rest sounds at its start. */
function play(piece: Float32Array, note: Note): void {
  const instrument = instruments[note.part]
  const start = Math.round(note.at * beat)
  const swell = envelope(note.beats * beat, instrument)
  const pitch = 440 * 2 ** ((note.pitch - 69) / 12)
  instrument.partials.forEach((share, index) => {
    if (pitch * (index + 1) > highest) return
    const fall = Math.exp(-((index + 1) ** 0.7) / (instrument.decay * telephoneRate))
    for (const [cents, part] of oscillators(instrument.detune)) {
      const frequency = pitch * (index + 1) * 2 ** (cents / 1_200)
      oscillate(piece, start, swell, { frequency, level: part * share * instrument.level * note.strength, fall })
    }
  })
}

/** Adds a sine with this envelope. Each sample is softer by the factor `fall`. The sine is computed as a vector that turns and shrinks. */
function oscillate(
  piece: Float32Array,
  start: number,
  swell: Float32Array,
  { frequency, level, fall }: { readonly frequency: number; readonly level: number; readonly fall: number },
): void {
  const step = (2 * Math.PI * frequency) / telephoneRate
  const [along, across] = [fall * Math.cos(step), fall * Math.sin(step)]
  let [x, y] = [level, 0]
  for (let i = 0; i < swell.length; i += 1) {
    const place = (start + i) % length
    piece[place] = (piece[place] ?? 0) + (swell[i] ?? 0) * y
    const turned = x * along - y * across
    y = x * across + y * along
    x = turned
  }
}

/** Cents above the note, and share of its level. The second oscillator gives movement, and is too soft to cancel the first. */
const oscillators = (detune: number): readonly (readonly [number, number])[] => [
  [0, 0.75],
  [detune, 0.25],
]

/** The loudness of a note, sample by sample: it rises and falls smoothly. `held`: the length of the note in samples. */
function envelope(held: number, { attack, release }: Instrument): Float32Array {
  const after = release * telephoneRate
  return Float32Array.from({ length: Math.round(held + after) }, (_, i) => {
    const fall = i < held ? 1 : 1 - (i - held) / after
    return smooth(Math.min(1, i / (attack * telephoneRate))) * smooth(Math.max(0, fall))
  })
}

const smooth = (share: number): number => share * share * (3 - 2 * share)

/** Delays in samples without common factors. Together they sound like a small hall (Schroeder, 1962). */
const combs = [1_093, 1_187, 1_301, 1_409]
const allPasses = [307, 101]

/** Runs twice over the piece, so that its start contains the reverberation of its end. */
function reverberate(dry: Float32Array): Float32Array {
  const wet = new Float32Array(dry.length)
  for (const delay of combs) {
    const echo = comb(dry, delay)
    for (let i = 0; i < wet.length; i += 1) wet[i] = (wet[i] ?? 0) + (echo[i] ?? 0) / combs.length
  }
  return allPasses.reduce(allPass, wet)
}

function comb(sound: Float32Array, delay: number): Float32Array {
  const line = new Float32Array(delay)
  const echo = new Float32Array(sound.length)
  let dull = 0
  for (let i = 0; i < 2 * sound.length; i += 1) {
    const late = line[i % delay] ?? 0
    // Walls absorb high frequencies.
    dull = 0.6 * late + 0.4 * dull
    line[i % delay] = (sound[i % sound.length] ?? 0) + 0.78 * dull
    echo[i % sound.length] = late
  }
  return echo
}

function allPass(sound: Float32Array, delay: number): Float32Array {
  const line = new Float32Array(delay)
  const spread = new Float32Array(sound.length)
  for (let i = 0; i < 2 * sound.length; i += 1) {
    const late = line[i % delay] ?? 0
    const here = sound[i % sound.length] ?? 0
    spread[i % sound.length] = late - 0.6 * here
    line[i % delay] = here + 0.6 * late
  }
  return spread
}
