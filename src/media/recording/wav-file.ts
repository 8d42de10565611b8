import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import type { Codec } from '../sdp.js'
import { samplesPerSecond } from './messages.js'
import { quiet, toLaw } from './tape.js'

/** In bytes: RIFF, `fmt ` with the size of an extension (none), `fact`, and the head of `data`. */
export const headSize = 58
const channelCount = 2
/** The format of WAVE for each law (RFC 2361). */
const formatOf: Readonly<Record<Codec, number>> = { pcma: 6, pcmu: 7 }
/** In samples: RIFF counts bytes in 32 bits. At this size, 74 hours, the file is full. */
const mostSamples = Math.floor((2 ** 32 - 1 - headSize) / channelCount)
/** In samples: silence is written in pieces of this size. */
const silentPiece = 65_536
const privately = 0o600

/** The name of a file that is being written. */
export const draftOf = (file: string): string => `${file}.part`

/** What the head of one of our files says, and how many samples the file really has. */
interface WavShape {
  readonly law: Codec
  readonly samples: number
}

/** Reads the shape of one of our files. Undefined: it is none of ours. */
export function readShape(handle: number): WavShape | undefined {
  const head = Buffer.alloc(headSize)
  const length = readSync(handle, head, 0, headSize, 0)
  const isOurs = length === headSize && head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 50, 54) === 'data'
  if (!isOurs || head.readUInt16LE(22) !== channelCount) return undefined
  const law = head.readUInt16LE(20) === formatOf.pcma ? 'pcma' : 'pcmu'
  return { law, samples: Math.floor((fstatSync(handle).size - headSize) / channelCount) }
}

/**
 * A recording as a stereo WAV in G.711, which is written piece by piece. While it is written it has another name, and its head is true at
 * any time, so a crash leaves a file that can be played. Every function throws the error of the file system.
 */
export class WavFile {
  readonly #handle: number
  #law: Codec | undefined
  #samples = 0

  /** Goes on with a file that exists, whole or half written. */
  constructor(private readonly file: string) {
    const draft = draftOf(file)
    if (!existsSync(draft) && existsSync(file)) renameSync(file, draft)
    this.#handle = openSync(draft, existsSync(draft) ? 'r+' : 'wx+', privately)
    const shape = readShape(this.#handle)
    if (shape) [this.#law, this.#samples] = [shape.law, shape.samples]
    else this.#writeHead()
    // A crash may have left half a sample.
    ftruncateSync(this.#handle, this.bytes)
  }

  /** The length so far, in samples of one channel. */
  get samples(): number {
    return this.#samples
  }

  get bytes(): number {
    return headSize + channelCount * this.#samples
  }

  get isFull(): boolean {
    return this.#samples >= mostSamples
  }

  /** Adds sound in this law. The first sound decides the law of the file. */
  add(law: Codec, sound: Uint8Array): void {
    this.#law ??= law
    if (this.#law !== law) toLaw(this.#law, sound)
    this.#append(sound)
  }

  addSilence(samples: number, law: Codec = 'pcmu'): void {
    this.#law ??= law
    const silence = new Uint8Array(channelCount * Math.min(samples, silentPiece)).fill(quiet[this.#law])
    for (let left = samples; left > 0; left -= silentPiece)
      this.#append(silence.subarray(0, channelCount * Math.min(left, silentPiece)))
  }

  /** Closes the file and gives it its name. */
  finish(): void {
    this.#writeHead()
    fsyncSync(this.#handle)
    closeSync(this.#handle)
    // Somebody may have given the file its name already, for example another server that repaired it.
    if (existsSync(draftOf(this.file)) || !existsSync(this.file)) renameSync(draftOf(this.file), this.file)
  }

  /** Closes the file as it is, after an error. */
  abandon(): void {
    closeSync(this.#handle)
  }

  #append(bytes: Uint8Array): void {
    const room = channelCount * (mostSamples - this.#samples)
    const piece = bytes.length > room ? bytes.subarray(0, room) : bytes
    let written = 0
    while (written < piece.length)
      written += writeSync(this.#handle, piece, written, piece.length - written, this.bytes + written)
    this.#samples += piece.length / channelCount
    this.#writeHead()
  }

  #writeHead(): void {
    const head = Buffer.alloc(headSize)
    const sound = channelCount * this.#samples
    head.write('RIFF', 0, 'latin1')
    head.writeUInt32LE(headSize - 8 + sound, 4)
    head.write('WAVEfmt ', 8, 'latin1')
    head.writeUInt32LE(18, 16)
    head.writeUInt16LE(formatOf[this.#law ?? 'pcmu'], 20)
    head.writeUInt16LE(channelCount, 22)
    head.writeUInt32LE(samplesPerSecond, 24)
    head.writeUInt32LE(channelCount * samplesPerSecond, 28)
    head.writeUInt16LE(channelCount, 32)
    head.writeUInt16LE(8, 34)
    head.write('fact', 38, 'latin1')
    head.writeUInt32LE(4, 42)
    head.writeUInt32LE(this.#samples, 46)
    head.write('data', 50, 'latin1')
    head.writeUInt32LE(sound, 54)
    writeSync(this.#handle, head, 0, headSize, 0)
  }
}
