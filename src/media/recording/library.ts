import { closeSync, openSync, readdirSync, readSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { wallTime } from '../../foundation/time.js'
import { alaw, mulaw } from '../rtp/laws.js'
import type { RecordingFilter, RecordingPage, StoredRecording, Waveform } from '../port.js'
import { samplesPerSecond } from './messages.js'
import { codeOf, readNote, writeNote } from './notes.js'
import { isDay, placeIn } from './places.js'
import { draftOf, headSize, readShape, WavFile } from './wav-file.js'

/** How many stretches a waveform has. */
const stretches = 600
/** In bytes: how much of a sound is read at once. */
const readSize = 1_048_576
/** How many recordings are read before others get a turn. */
const perTurn = 200
const every = Uint8Array.from({ length: 256 }, (_, value) => value)
/** The loudness of each byte, from 0 to 1. */
const loudness = {
  pcmu: Float32Array.from(mulaw.decode(every), sample => Math.abs(sample) / 32_768),
  pcma: Float32Array.from(alaw.decode(every), sample => Math.abs(sample) / 32_768),
}

interface FoundFile {
  readonly call: string
  readonly bytes: number
  /** When it was last written, in ms. */
  readonly at: number
}

/** The recordings in the folder. `isOpen`: the recording of this call is being written. */
export class Library {
  constructor(
    private readonly folder: string,
    private readonly isOpen: (call: string) => boolean,
  ) {}

  find(call: string): StoredRecording | undefined {
    const place = placeIn(this.folder, call)
    return place && readNote(place.note)
  }

  /** The latest calls first. */
  async list({ limit, after, ...filter }: RecordingFilter): Promise<RecordingPage> {
    const fits = filterOf(filter)
    const found: StoredRecording[] = []
    let read = 0
    for (const call of this.#calls(after)) {
      if ((read += 1) % perTurn === 0) await nextTurn()
      const note = this.find(call)
      if (!note || !fits(note)) continue
      if (found.length === limit) return { recordings: found, more: true }
      found.push(note)
    }
    return { recordings: found, more: false }
  }

  /** Deletes a recording. False: there is none, or it is being written. */
  remove(call: string): boolean {
    const place = placeIn(this.folder, call)
    if (!place || this.isOpen(call) || !readNote(place.note)) return false
    for (const file of [place.sound, draftOf(place.sound), place.note]) rmSync(file, { force: true })
    try {
      rmdirSync(place.day)
    } catch {
      // Other recordings of this day are left.
    }
    return true
  }

  /** The loudness of both channels. It gives others a turn after each megabyte. */
  async waveform(call: string): Promise<Waveform | undefined> {
    const place = placeIn(this.folder, call)
    const handle = place && openIf(place.sound)
    if (handle === undefined) return undefined
    try {
      const shape = readShape(handle)
      return shape && (await peaksOf(handle, loudness[shape.law], shape.samples))
    } finally {
      closeSync(handle)
    }
  }

  /** Completes what a crash has left. */
  repair(): void {
    for (const day of this.#days())
      for (const name of readdirSync(join(this.folder, day))) {
        const [, call] = /^(.+)\.wav\.part$/.exec(name) ?? []
        if (call !== undefined && !this.isOpen(call)) this.#complete(call)
      }
  }

  /** Deletes recordings that were last written before this time. Returns how many. */
  removeBefore(time: number): number {
    return this.files().filter(({ call, at }) => at < time && this.remove(call)).length
  }

  /** The sounds of all recordings, the oldest first. */
  files(): FoundFile[] {
    const found: FoundFile[] = []
    for (const day of this.#days().reverse())
      for (const name of readdirSync(join(this.folder, day))) {
        const [, call] = /^(.+)\.wav(?:\.part)?$/.exec(name) ?? []
        const stats = call === undefined ? undefined : statSync(join(this.folder, day, name), { throwIfNoEntry: false })
        if (call !== undefined && stats) found.push({ call, bytes: stats.size, at: stats.mtimeMs })
      }
    return found.sort((a, b) => a.at - b.at)
  }

  /** The latest days first. */
  #days(): string[] {
    return readdirSync(this.folder).filter(isDay).sort().reverse()
  }

  *#calls(after: string | undefined): Generator<string> {
    const last = after === undefined ? undefined : placeIn(this.folder, after)
    for (const day of this.#days()) {
      if (last && join(this.folder, day) > last.day) continue
      const calls = readdirSync(join(this.folder, day)).flatMap(name => /^(.+)\.json$/.exec(name)?.[1] ?? [])
      for (const call of calls.sort().reverse()) if (after === undefined || call < after) yield call
    }
  }

  #complete(call: string): void {
    const place = placeIn(this.folder, call)
    if (!place) return
    const file = new WavFile(place.sound)
    file.finish()
    const note = readNote(place.note)
    if (!note) return
    const seconds = Math.round((file.samples * 1000) / samplesPerSecond) / 1000
    const parts = note.parts.map((part, index) => {
      const until = note.parts[index + 1]?.at ?? seconds
      return part.to === undefined
        ? { ...part, to: (part.from + Math.round((until - part.at) * 1000)) as typeof part.from }
        : part
    })
    writeNote(place.note, { ...note, parts, seconds, bytes: file.bytes, isFinished: true })
  }
}

function openIf(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function peaksOf(handle: number, loud: Float32Array, samples: number): Promise<Waveform> {
  const count = Math.max(1, Math.min(stretches, samples))
  const peaks = [new Float32Array(count), new Float32Array(count)] as const
  const piece = Buffer.alloc(readSize)
  for (let done = 0; done < samples;) {
    const bytes = readSync(handle, piece, 0, Math.min(readSize, 2 * (samples - done)), headSize + 2 * done)
    if (bytes < 2) break
    for (let index = 0; index + 1 < bytes; index += 2) {
      const stretch = Math.floor(((done + index / 2) * count) / samples)
      for (const side of [0, 1] as const) {
        const heard = loud[piece[index + side] ?? 0] ?? 0
        if (heard > (peaks[side][stretch] ?? 0)) peaks[side][stretch] = heard
      }
    }
    done += Math.floor(bytes / 2)
    await nextTurn()
  }
  const [caller, agent] = peaks.map(side => Array.from(side, peak => Math.round(peak * 1000) / 1000))
  return { caller: caller ?? [], agent: agent ?? [] }
}

/** Signs that people write in numbers. */
const numberSigns = /[\s().+-]/g

function filterOf({
  from = wallTime(0),
  to = wallTime(Infinity),
  workflow,
  workflows,
  agent,
  caller,
}: Omit<RecordingFilter, 'limit' | 'after'>) {
  const isFrom = calledBy(caller)
  return ({ parts, workflow: name, caller: uri, callerName = '' }: StoredRecording): boolean => {
    const begun = parts[0]?.from ?? 0
    const isOfWorkflow = (workflow === undefined || name === workflow) && workflows?.includes(name) !== false
    const isOfAgent = agent === undefined || parts.some(part => part.agent === agent)
    return begun >= from && begun < to && isOfWorkflow && isOfAgent && isFrom(`${uri} ${callerName}`.toLowerCase())
  }
}

/** Whether the caller is the wanted one. Of a number, only the digits count. */
function calledBy(wanted: string | undefined): (known: string) => boolean {
  if (wanted === undefined) return () => true
  const digits = wanted.replaceAll(numberSigns, '')
  const isNumber = /^\d+$/.test(digits)
  return known => known.includes(wanted.toLowerCase()) || (isNumber && known.replaceAll(numberSigns, '').includes(digits))
}
