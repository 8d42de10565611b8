import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { type PromptId, promptId } from '../routing/world/ids.js'
import { faultAt, placeOf } from './complaints.js'
import type { ConfigFault } from './faults.js'
import type { Gathered } from './gather.js'
import { readUpTo } from './read-up-to.js'
import type { MusicEntry } from './schema-actions.js'
import type { PromptSettings, PromptSound } from './settings.js'
import { promptsOf, type PlacedPrompt } from './walk.js'
import { largestWav, objectionToWav } from './wav.js'
import { isWma } from './wma.js'

/** The prompts and music of a config, each with its id. */
export interface Prompts {
  /** Each prompt once, in the order of the config. */
  readonly all: readonly PromptSettings[]
  idOf(prompt: MusicEntry, language: string): PromptId
}

/** The hash of a file's content, or the reason why it can't be played. */
type SoundFile = { readonly digest: string } | { readonly objection: string }
type SoundFiles = ReadonlyMap<string, SoundFile>

/** Reads the prompt files. A file that can't be played is a fault, or only a warning if the prompt also has words. */
export async function readPrompts(
  folder: string,
  gathered: Gathered,
  faults: ConfigFault[],
  warnings: ConfigFault[],
): Promise<Prompts> {
  const placed = promptsOf(gathered)
  const files = await readFiles(folder, placed)
  complain(placed, files, faults, warnings)
  const all = new Map<PromptId, PromptSettings>()
  for (const { entry, path, prompt, language } of placed) {
    const id = identity(prompt, language, files)
    if (!all.has(id)) all.set(id, { id, sound: soundOf(folder, prompt, language), where: placeOf(entry, path) })
  }
  return { all: [...all.values()], idOf: (prompt, language) => identity(prompt, language, files) }
}

async function readFiles(folder: string, placed: readonly PlacedPrompt[]): Promise<SoundFiles> {
  const files = new Map<string, SoundFile>()
  for (const { prompt } of placed)
    if (prompt !== 'builtin:default' && prompt.file !== undefined && !files.has(prompt.file))
      files.set(prompt.file, await readSound(resolve(folder, prompt.file)))
  return files
}

async function readSound(file: string): Promise<SoundFile> {
  try {
    const bytes = await readUpTo(file, largestWav)
    if (bytes === 'notFile') return { objection: 'it is not a file' }
    if (bytes === 'tooLarge') return { objection: 'the file is larger than 4 MB' }
    const objection = isWma(bytes) ? undefined : objectionToWav(bytes)
    return objection === undefined ? { digest: createHash('sha256').update(bytes).digest('hex') } : { objection }
  } catch (error) {
    return { objection: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && error.code === 'ENOENT' ? 'there is no such file in the config folder' : error.message
}

function complain(placed: readonly PlacedPrompt[], files: SoundFiles, faults: ConfigFault[], warnings: ConfigFault[]): void {
  for (const { entry, path, prompt } of placed) {
    if (prompt === 'builtin:default' || prompt.file === undefined) continue
    const file = files.get(prompt.file)
    if (!file || 'digest' in file) continue
    const unplayable = `'${prompt.file}' can't be played: ${file.objection}`
    if (prompt.say === undefined) faults.push(faultAt(entry, [...path, 'file'], unplayable))
    else warnings.push(faultAt(entry, [...path, 'file'], `${unplayable}; its words are spoken instead`))
  }
}

/** Identifies a prompt by what callers hear. The same words in the same language are one prompt, and so are files with the same content. */
function identity(prompt: MusicEntry, language: string, files: SoundFiles): PromptId {
  if (prompt === 'builtin:default') return promptId(prompt)
  const file = prompt.file === undefined ? undefined : files.get(prompt.file)
  const sound = file && 'digest' in file ? file.digest : prompt.file
  const words = prompt.say === undefined ? [] : [language, prompt.say]
  const heard = JSON.stringify([sound ?? '', ...words])
  return promptId(createHash('sha256').update(heard).digest('hex').slice(0, identityLength))
}

/** In hexadecimal digits. With 96 bits no two prompts of a config collide. */
const identityLength = 24

function soundOf(folder: string, prompt: MusicEntry, language: string): PromptSound {
  if (prompt === 'builtin:default') return { kind: 'builtin', name: 'default' }
  const { file, say } = prompt
  const words = say === undefined ? undefined : { text: say, language }
  if (file !== undefined) return { kind: 'file', file: resolve(folder, file), ...(words && { instead: words }) }
  return { kind: 'say', text: say ?? '', language }
}
