import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { RecordingFault, StoredRecording } from '../port.js'

const privately = 0o600

/** What is known about one recording, in the file beside its sound. */
type Note = StoredRecording & { readonly version: 1 }

export function writeNote(file: string, note: StoredRecording): void {
  const draft = `${file}.part`
  writeFileSync(draft, `${JSON.stringify({ version: 1, ...note } satisfies Note)}\n`, { mode: privately })
  renameSync(draft, file)
}

/** Undefined: there is none, or it is none of ours. */
export function readNote(file: string): StoredRecording | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const { version, ...note } = JSON.parse(text) as Partial<Note>
    return version === 1 && Array.isArray(note.parts) ? (note as StoredRecording) : undefined
  } catch {
    return undefined // Somebody has edited the file.
  }
}

/** The error code of the file system. */
export const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

export function faultOf(error: unknown): RecordingFault {
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full'
  return code === 'ENOENT' ? 'gone' : 'unwritable'
}
