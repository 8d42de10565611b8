import { createHash, randomBytes } from 'node:crypto'
import { lstat, mkdir, open, readdir, readFile, rename, rm, utimes } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { systemClock, wallNow } from '../../foundation/clock.js'
import { messageOf } from '../../foundation/errors.js'
import { readUpTo } from '../read-up-to.js'
import { largestWav, objectionToWav } from '../wav.js'
import { pcmHeadSize, readWavHead, wavOfPcm } from '../wav-head.js'
import type { EditKind } from './edit-text.js'
import { isRecording, recordingFolder as folderName, recordingName, recordingsIn } from './recording-names.js'
import { managedOf, gatheredIn, isNamed, textsOf, type EditTask } from './prepare.js'

/** Samples per second of a telephone. */
const rate = 8_000
/** In seconds. */
const longest = 180
const shortest = 0.1
/** The most recordings, used or not, the most bytes of all of them, and the most of the last hour that no file of the config names. */
const most = { files: 500, bytes: 256 * 1024 * 1024, unused: 200 }
/** In ms: how long a recording that nothing names is kept at least. A recording is uploaded before the edit that names it. */
const timeToUse = 3_600_000

export interface RecordingAsk {
  readonly bytes: Uint8Array
  /** The object whose prompt it is. */
  readonly of: EditKind
  readonly name: string
  /** What it is, in a few words. They become part of the file's name. */
  readonly label: string
  /** The folder with the history of edits, which may name recordings, too. */
  readonly history: string
}

export type KeptRecording =
  | { readonly kind: 'kept'; readonly file: string; readonly seconds: number; readonly bytes: number }
  | { readonly kind: 'unusable' | 'forbidden' | 'full' | 'failed'; readonly because: string }

export interface ListedRecording {
  readonly file: string
  readonly bytes: number
  readonly seconds: number
  /** Whether a file of the config names it. */
  readonly isUsed: boolean
}

/** Keeps a recording, if the person may edit the object that it is for. Old recordings that nothing names are removed first. */
export async function keepRecording(task: EditTask, ask: RecordingAsk): Promise<KeptRecording> {
  const why = managedOf(task.rights, await gatheredIn(task.folder, task.env))?.refusal(ask.of, ask.name)
  if (why !== undefined) return { kind: 'forbidden', because: why }
  const samples = samplesOf(ask.bytes)
  if (typeof samples === 'string') return { kind: 'unusable', because: samples }
  // No other chunk of an upload is kept.
  const file = wavOfPcm(samples, rate)
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 16)
  const name = `${slugOf(`${ask.name} ${ask.label}`)}-${hash}.wav`
  const folder = join(resolve(task.folder), folderName)
  const seconds = samples.length / 2 / rate
  const kept = { kind: 'kept', file: `${folderName}/${name}`, seconds, bytes: file.length } as const
  try {
    await mkdir(folder, { recursive: true })
    if (!(await lstat(folder)).isDirectory()) return { kind: 'failed', because: `${folderName} is a link or a file` }
    if (await isThere(join(folder, name), file)) return kept
    const full = await whyFull(task, folder, file.length, ask.history)
    if (full !== undefined) return { kind: 'full', because: full }
    await writeNew(folder, name, file)
    return kept
  } catch (error) {
    return { kind: 'failed', because: messageOf(error) }
  }
}

/** All recordings, by name. */
export async function listRecordings({ folder }: EditTask): Promise<ListedRecording[]> {
  const used = await usedIn(folder)
  const found = await recordingsOf(join(resolve(folder), folderName))
  return found.map(({ name, bytes }) => ({
    file: `${folderName}/${name}`,
    bytes,
    seconds: Math.max(0, bytes - pcmHeadSize) / 2 / rate,
    isUsed: used.has(`${folderName}/${name}`),
  }))
}

/** Removes a recording that no file of the config names. */
export async function removeRecording({ folder }: EditTask, file: string): Promise<'removed' | 'used' | 'absent'> {
  if (!isRecording(file)) return 'absent'
  if ((await usedIn(folder)).has(file)) return 'used'
  const found = (await recordingsOf(join(resolve(folder), folderName))).some(({ name }) => file === `${folderName}/${name}`)
  if (found) await rm(join(resolve(folder), file), { force: true })
  return found ? 'removed' : 'absent'
}

/** The bytes of a recording, or of a sound file of an object that the person may edit. Undefined: there is none for this person. */
export async function soundOf(task: EditTask, file: string): Promise<Uint8Array | undefined> {
  if (!isRecording(file) && !(await isNamed(task, file))) return undefined
  const path = resolve(task.folder, file)
  try {
    if (isRecording(file) && !(await lstat(path)).isFile()) return undefined
    const bytes = await readUpTo(path, largestWav)
    return typeof bytes === 'string' || objectionToWav(bytes) !== undefined ? undefined : bytes
  } catch {
    return undefined // The config check says what is wrong with the file.
  }
}

/** The samples of a WAV in the one form that the console sends, or why the file has another form. */
function samplesOf(bytes: Uint8Array): Uint8Array | string {
  const head = readWavHead(bytes)
  if (!head.ok) return head.fault
  const { form, bits, channels, rate: samplesPerSecond, content } = head.value
  if (form !== 'pcm' || bits !== 16 || channels !== 1 || samplesPerSecond !== rate)
    return 'expected a WAV with 8,000 samples of 16 bits a second, mono'
  const seconds = content.length / 2 / rate
  if (seconds > longest) return `it takes ${Math.ceil(seconds)} s; expected at most ${longest} s`
  return seconds < shortest ? 'it is too short' : content
}

/** A short name of small letters and digits. It can't leave its folder, whatever the words are. */
function slugOf(words: string): string {
  const plain = words
    .slice(0, 200)
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9 ]/g, '')
  return plain.trim().replaceAll(/ +/g, '-').slice(0, 40).replace(/-$/, '') || 'recording'
}

/** Whether the folder has this file already. Then it counts as new, so that it is not removed before an edit names it. */
async function isThere(path: string, file: Uint8Array): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return false
  if (!found.isFile() || !(await readFile(path)).equals(file)) throw new Error('another file has this name')
  const now = new Date(wallNow(systemClock))
  await utimes(path, now, now)
  return true
}

/**
 * Why there is no place for one more. First removes old recordings that neither the config nor the history names. If that is not enough, it
 * removes those that only the history names, the oldest first. To take back such an edit, the sound must be made again.
 */
async function whyFull(task: EditTask, folder: string, bytes: number, history: string): Promise<string | undefined> {
  const used = await usedIn(task.folder)
  const all = await recordingsOf(folder)
  const unused = all.filter(({ name }) => !used.has(`${folderName}/${name}`))
  const old = unused.filter(({ at }) => at < wallNow(systemClock) - timeToUse).sort((a, b) => a.at - b.at)
  if (unused.length - old.length >= most.unused) return 'too many recordings are not used yet; try again in an hour'
  const remembered = old.length === 0 ? new Set() : await namedInHistory(history)
  const isRemembered = ({ name }: FoundRecording): boolean => remembered.has(`${folderName}/${name}`)
  let files = all.length
  let size = all.reduce((sum, each) => sum + each.bytes, bytes)
  const isFull = (): boolean => files >= most.files || size > most.bytes
  for (const each of [...old.filter(one => !isRemembered(one)), ...old.filter(isRemembered)]) {
    if (isRemembered(each) && !isFull()) break
    await rm(join(folder, each.name), { force: true })
    files -= 1
    size -= each.bytes
  }
  return isFull() ? 'there is no place for more recordings; an admin may remove some' : undefined
}

/** The recordings that files of the config name. */
async function usedIn(folder: string): Promise<ReadonlySet<string>> {
  return new Set((await textsOf(folder)).flatMap(({ text }) => recordingsIn(text)))
}

async function namedInHistory(history: string): Promise<ReadonlySet<string>> {
  const named = new Set<string>()
  for (const name of await readdir(history).catch(() => [])) {
    const text = await readFile(join(history, name), 'utf8').catch(() => '')
    for (const file of recordingsIn(text)) named.add(file)
  }
  return named
}

interface FoundRecording {
  readonly name: string
  readonly bytes: number
  readonly at: number
}

async function recordingsOf(folder: string): Promise<FoundRecording[]> {
  const found: FoundRecording[] = []
  // Without the folder there are none.
  for (const name of await readdir(folder).catch(() => [])) {
    const status = recordingName.test(name) ? await lstat(join(folder, name)).catch(() => undefined) : undefined
    if (status?.isFile() === true) found.push({ name, bytes: status.size, at: status.mtimeMs })
  }
  return found
}

/** After a crash the folder has the whole file or none. */
async function writeNew(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const draft = join(folder, `.carillon-${randomBytes(8).toString('hex')}.tmp`)
  try {
    const file = await open(draft, 'wx', 0o644)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, join(folder, name))
  } finally {
    await rm(draft, { force: true })
  }
}
