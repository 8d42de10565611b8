/** One note of one part. */
export interface Note {
  readonly part: 'pad' | 'bass' | 'harp' | 'melody'
  /** In beats from the start of the piece. */
  readonly at: number
  readonly beats: number
  /** A MIDI note number: 69 is the A at 440 Hz. */
  readonly pitch: number
  /** 0 to 1. */
  readonly strength: number
}

/** Beats per bar. */
export const barBeats = 4

interface Bar {
  readonly chord: Chord
  /** Notes and rests (`-`) in order, each with its length in beats. */
  readonly melody: string
}

interface Chord {
  readonly bass: number
  /** The notes of the chord from low to high. They are at least a whole tone apart, because closer notes sound rough. */
  readonly notes: readonly [number, number, number, number]
}

const c: Chord = { bass: 48, notes: [60, 64, 67, 71] }
const am: Chord = { bass: 57, notes: [60, 64, 67, 69] }
const f: Chord = { bass: 53, notes: [60, 65, 69, 72] }
const g: Chord = { bass: 55, notes: [62, 67, 71, 74] }
const em: Chord = { bass: 52, notes: [59, 64, 67, 71] }
const dm: Chord = { bass: 50, notes: [62, 65, 69, 72] }
const gsus: Chord = { bass: 55, notes: [60, 65, 69, 74] }

/** A song of three verses: a tune, the same tune higher, and an answer that leads back to the first. */
export const bars: readonly Bar[] = [
  { chord: c, melody: 'G5 2 E5 1.5 D5 0.5' },
  { chord: am, melody: 'C5 3 D5 1' },
  { chord: f, melody: 'E5 2 C5 1 A4 1' },
  { chord: g, melody: 'B4 3 - 1' },
  { chord: em, melody: 'D5 1.5 E5 0.5 G5 2' },
  { chord: am, melody: 'E5 2 C5 2' },
  { chord: dm, melody: 'A4 1 C5 1 F5 2' },
  { chord: gsus, melody: 'D5 3 - 1' },

  { chord: c, melody: 'G5 2 B5 1 A5 1' },
  { chord: am, melody: 'E5 3 G5 1' },
  { chord: f, melody: 'A5 1.5 G5 0.5 E5 2' },
  { chord: g, melody: 'D5 3 B4 1' },
  { chord: em, melody: 'D5 2 E5 1 G5 1' },
  { chord: am, melody: 'A5 2 G5 2' },
  { chord: dm, melody: 'F5 1 E5 1 C5 2' },
  { chord: gsus, melody: 'D5 4' },

  { chord: f, melody: 'C5 4' },
  { chord: em, melody: '- 1 B4 3' },
  { chord: dm, melody: 'A4 2 C5 2' },
  { chord: c, melody: 'E5 4' },
  { chord: f, melody: 'A5 2 G5 2' },
  { chord: em, melody: 'G5 2 D5 2' },
  { chord: dm, melody: 'F5 2 E5 1 C5 1' },
  { chord: gsus, melody: 'D5 2 C5 2' },
]

/** The index of the chord note that the harp plucks on each half beat. */
const plucking = [0, 2, 1, 3, 2, 1, 3, 2]

/** All notes of all parts. */
export function band(): readonly Note[] {
  return bars.flatMap(({ chord, melody }, number) => {
    const at = number * barBeats
    return [
      ...chord.notes.map((pitch): Note => ({ part: 'pad', at, beats: barBeats, pitch, strength: 1 })),
      { part: 'bass' as const, at, beats: 3.5, pitch: chord.bass, strength: 1 },
      ...plucking.map((index, half) => pluck(chord.notes[index] ?? chord.bass, at, half)),
      ...sing(melody, at),
    ]
  })
}

/** A note of the harp. It is louder at the start of the bar, and it swells a little over four bars, so that notes differ. */
function pluck(pitch: number, bar: number, half: number): Note {
  const accent = half === 0 ? 0.9 : half % 2 === 0 ? 0.7 : 0.55
  const swell = 0.15 * Math.sin((2 * Math.PI * (bar + half / 2)) / (4 * barBeats))
  return { part: 'harp', at: bar + half / 2, beats: 1, pitch: pitch + octave, strength: accent + swell }
}

function sing(melody: string, bar: number): readonly Note[] {
  const sung: Note[] = []
  let at = bar
  for (const [, name = '', height = '', length] of melody.matchAll(/([A-G-])(\d?) ([\d.]+)/g)) {
    const beats = Number(length)
    const pitch = octave * (Number(height) + 1) + (semitones.get(name) ?? 0)
    if (name !== '-') sung.push({ part: 'melody', at, beats, pitch, strength: at === bar ? 1 : 0.85 })
    at += beats
  }
  return sung
}

const octave = 12
/** Semitones above C. Sharps and flats are not used. */
const semitones: ReadonlyMap<string, number> = new Map(Object.entries({ C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }))
