import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { largestWav, objectionToWav } from '../config/wav.js'
import { messageOf } from '../foundation/errors.js'
import { fault, ok, type Result } from '../foundation/result.js'
import type { Notes } from './notes.js'
import type { ImportSource } from './source.js'

/** A sound of an export: the name of its file there, and the name that the file had before. */
export interface Sound {
  readonly uniqueName: string
  readonly originalName: string | undefined
}

/** The file of each sound in the config folder, such as `prompts/welcome.wav`, by unique name. A sound that can't be played is absent. */
export type TakenSounds = ReadonlyMap<string, string>

interface Places {
  readonly source: ImportSource
  /** The config folder. */
  readonly folder: string
  /** The program that converts sounds. */
  readonly ffmpeg: string
  readonly notes: Notes
}

/** The folder of prompts in a config. */
const home = 'prompts'
const soundMode = 0o640
/** In bytes: almost nine minutes. ffmpeg stops there, and may write a little more. */
const longestConverted = largestWav - 4_096
/** In ms, for one file. */
const longestConversion = 60_000
/** The most sounds that are taken. */
const mostSounds = 2_000

/** Copies the sounds to the config folder. Those that Carillon can't play are converted, if ffmpeg is there. */
export async function takeSounds(sounds: readonly Sound[], places: Places): Promise<TakenSounds> {
  const wanted = new Map(sounds.map(sound => [sound.uniqueName, sound]))
  const entries = new Map<string, string>()
  for (const name of places.source.names) entries.set(keyOf(name), name)
  const taken = new Map<string, string>()
  const used = new Set<string>()
  for (const sound of [...wanted.values()].slice(0, mostSounds)) {
    const entry = entries.get(sound.uniqueName.toLowerCase()) ?? entries.get(keyOf(sound.uniqueName))
    const shown = sound.originalName ?? sound.uniqueName
    const file = freeName(shown, used)
    const outcome = entry === undefined ? fault('is not in the export') : await take(entry, file, places)
    if (outcome.ok) {
      taken.set(sound.uniqueName, file)
      if (outcome.value !== 'copied')
        places.notes.changed(
          ...(['sound', shown, undefined] as const),
          `was converted to ${file}${outcome.value === 'cut' ? ' and cut after about nine minutes' : ''}`,
          'Carillon plays WAV files of PCM, A-law or µ-law, up to 4 MB',
        )
    } else
      places.notes.lost(
        'sound',
        shown,
        undefined,
        outcome.fault,
        `put a WAV file at ${file} and name it where the comments of the config say so`,
      )
  }
  return taken
}

/** The name of a file without folders and extension, in lower case. */
const keyOf = (name: string): string => (name.split('/').at(-1) ?? '').toLowerCase().replace(/\.[a-z0-9]{1,5}$/, '')

/** A name in the folder of prompts that no other sound has. Nothing but letters, digits and hyphens of the old name is kept. */
function freeName(shown: string, used: Set<string>): string {
  const plain = keyOf(shown.replaceAll('\\', '/'))
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60)
  const stem = plain === '' ? 'sound' : plain
  let name = `${home}/${stem}.wav`
  for (let index = 2; used.has(name); index += 1) name = `${home}/${stem}-${index}.wav`
  used.add(name)
  return name
}

async function take(
  entry: string,
  file: string,
  { source, folder, ffmpeg }: Places,
): Promise<Result<'copied' | 'converted' | 'cut'>> {
  const bytes = await source.read(entry)
  if (!bytes.ok) return bytes
  const path = join(folder, file)
  try {
    await mkdir(join(folder, home), { recursive: true, mode: 0o750 })
    const objection = objectionToWav(bytes.value)
    if (objection === undefined) {
      await writeFile(path, bytes.value, { mode: soundMode })
      return ok('copied')
    }
    const converted = await convert(bytes.value, path, ffmpeg)
    return converted.ok ? converted : fault(`can't be played (${objection}), and ${converted.fault}`)
  } catch (error) {
    return fault(`can't be written: ${messageOf(error)}`)
  }
}

/** The format by the first bytes, as ffmpeg names it. If ffmpeg chose the format, it would also accept playlists that lead to other files. */
function formatOf(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 4).equals(Buffer.from([0x30, 0x26, 0xb2, 0x75]))) return 'asf'
  if (bytes.toString('latin1', 0, 4) === 'RIFF') return 'wav'
  return bytes.toString('latin1', 0, 3) === 'ID3' || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0) ? 'mp3' : undefined
}

/** Converts to µ-law with 8,000 samples a second. Callers hear G.711 in any case, and µ-law takes half the space of 16-bit PCM. */
async function convert(bytes: Buffer, path: string, ffmpeg: string): Promise<Result<'converted' | 'cut'>> {
  const format = formatOf(bytes)
  if (format === undefined) return fault('its format is unknown')
  const original = `${path}.original`
  await writeFile(original, bytes, { mode: 0o600 })
  const outcome = await run(ffmpeg, [
    ...['-nostdin', '-hide_banner', '-loglevel', 'error', '-protocol_whitelist', 'file', '-f', format, '-i', original],
    ...[
      '-map',
      '0:a:0',
      '-vn',
      '-ac',
      '1',
      '-ar',
      '8000',
      '-c:a',
      'pcm_mulaw',
      '-bitexact',
      '-fs',
      String(longestConverted),
      '-y',
      path,
    ],
  ])
  await rm(original, { force: true })
  const { size } = outcome.ok ? await stat(path).catch(() => ({ size: 0 })) : { size: 0 }
  const objection = outcome.ok && size <= largestWav ? objectionToWav(await readFile(path)) : 'it is too large'
  if (objection === undefined) {
    await chmod(path, soundMode)
    return ok(size > longestConverted - 1_024 ? 'cut' : 'converted')
  }
  await rm(path, { force: true })
  return outcome.ok ? fault(`ffmpeg's result can't be played either: ${objection}`) : outcome
}

function run(program: string, args: readonly string[]): Promise<Result<undefined>> {
  return new Promise(resolve => {
    const child = execFile(
      program,
      args,
      { timeout: longestConversion, killSignal: 'SIGKILL', maxBuffer: 65_536 },
      (error, _out, words) => {
        if (!error) return resolve(ok(undefined))
        if (error.code === 'ENOENT') return resolve(fault('ffmpeg, which converts it, is not installed on this machine'))
        resolve(fault(`ffmpeg failed: ${words.trim().slice(0, 200) || error.message.slice(0, 200)}`))
      },
    )
    // The callback handles the error. Without any listener, Node would throw it.
    child.on('error', () => undefined)
  })
}
