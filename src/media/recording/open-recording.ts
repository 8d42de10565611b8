import { mkdirSync } from 'node:fs'
import type { Codec } from '../sdp.js'
import { wallTime } from '../../foundation/time.js'
import type { RecordedPart, StoredPart, StoredRecording } from '../port.js'
import { samplesPerSecond, type TapeSound } from './messages.js'
import { codeOf, readNote, writeNote } from './notes.js'
import type { RecordingPlace } from './places.js'
import { WavFile } from './wav-file.js'

const privately = 0o700

/** A recording that is being written. Every function throws the error of the file system. */
export class OpenRecording {
  readonly #file: WavFile
  readonly #parts: StoredPart[]
  /** Where the current part begins in the sound, in samples. Undefined: none is recorded now. */
  #base: number | undefined
  /** How long the current part is, with silence that is not written yet. */
  #length = 0
  #about: Pick<StoredRecording, 'call' | 'workflow' | 'caller' | 'callerName'>

  /** Goes on with the recording of this call, or begins one. Undefined: there is none, and `part` does not say what it is of. */
  static at(place: RecordingPlace, part: RecordedPart | undefined): OpenRecording | undefined {
    const before = readNote(place.note)
    const about = part ?? before
    return about && new OpenRecording(place, about, before?.parts ?? [])
  }

  private constructor(
    private readonly place: RecordingPlace,
    { call, workflow, caller, callerName }: Pick<StoredRecording, 'call' | 'workflow' | 'caller' | 'callerName'>,
    parts: readonly StoredPart[],
  ) {
    this.#about = { call, workflow, caller, ...(callerName !== undefined && { callerName }) }
    this.#parts = [...parts]
    makeDay(place.day)
    this.#file = new WavFile(place.sound)
  }

  get bytes(): number {
    return this.#file.bytes
  }

  get isFull(): boolean {
    return this.#file.isFull
  }

  begin({ call, workflow, caller, callerName, agent, from }: RecordedPart): void {
    this.end()
    this.#about = { call, workflow, caller, ...(callerName !== undefined && { callerName }) }
    this.#base = this.#file.samples
    this.#length = 0
    this.#parts.push({ at: round(this.#base / samplesPerSecond), from, ...(agent !== undefined && { agent }) })
    this.#note(false)
  }

  sound({ from, law, bytes }: TapeSound): void {
    // The thread was replaced within a part: the sound goes on where the file ends.
    this.#base ??= this.#file.samples - from
    this.#length = from + bytes.length / 2
    // Before the first sound, nobody knows the law in which silence must be written.
    if (law) this.#write(this.#base + from, law, bytes)
  }

  /** The current part is over. */
  end(): void {
    const begun = this.#parts.at(-1)
    if (this.#base === undefined || !begun) return
    const missing = this.#base + this.#length - this.#file.samples
    if (missing > 0) this.#file.addSilence(missing)
    const lasted = ((this.#file.samples - this.#base) * 1000) / samplesPerSecond
    this.#parts[this.#parts.length - 1] = { ...begun, to: wallTime(Math.round(begun.from + lasted)) }
    this.#base = undefined
    this.#note(false)
  }

  finish(): void {
    this.end()
    this.#file.finish()
    this.#note(true)
  }

  /** After an error. What was written stays, and is completed later. */
  abandon(): void {
    this.#file.abandon()
  }

  #write(at: number, law: Codec, bytes: Uint8Array): void {
    const missing = at - this.#file.samples
    if (missing > 0) this.#file.addSilence(missing, law)
    this.#file.add(law, missing < 0 ? bytes.subarray(-2 * missing) : bytes)
  }

  #note(isFinished: boolean): void {
    const seconds = round(this.#file.samples / samplesPerSecond)
    writeNote(this.place.note, { ...this.#about, parts: this.#parts, seconds, bytes: this.#file.bytes, isFinished })
  }
}

/** The folder above must exist. If it does not, its disk may not be mounted, and the recordings must not go to another one. */
function makeDay(day: string): void {
  try {
    mkdirSync(day, { mode: privately })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000
