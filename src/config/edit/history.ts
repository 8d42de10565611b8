import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../foundation/errors.js'
import type { Log } from '../../foundation/log.js'
import type { WallTime } from '../../foundation/time.js'
import type { Change } from '../plan.js'
import type { ConfigEdit, EditKind, Fields } from './edit-text.js'
import type { ReadyEdit, Undo } from './prepare.js'

/** An edit that was made. */
export interface PastEdit {
  /** The ids of edits count up from 1. */
  readonly id: number
  readonly at: WallTime
  readonly who: string
  readonly of: EditKind
  readonly name: string
  readonly action: ConfigEdit['kind']
  readonly file: string
  /** The changes of the edit, in words. */
  readonly changes: readonly Change[]
  /** The id of the edit that this one took back. */
  readonly undoes?: number
  /** The edit that takes this one back. Absent: it was too large to be kept. */
  readonly back?: { readonly edit: ConfigEdit; readonly undo: Undo }
}

/** In characters of JSON. If an edit is larger, what takes it back is not kept. */
const mostKept = 256 * 1024
/** The most changes, and the most fields of each change, that are kept in words. */
const mostChanges = 20
/** In characters, for each text of a change. */
const longestWords = 400

/** The history of edits: one file for each, in a folder of its own beside the store. */
export class EditHistory {
  /** The ids of the files, in order. Undefined: not read yet. */
  #ids: number[] | undefined

  constructor(
    private readonly folder: string,
    private readonly log: Log,
  ) {}

  /**
   * Keeps an edit, and removes all but the latest `keep` edits. The edit is in force already, so a failure is only logged. Resolves with
   * the id of the edit.
   */
  async add(edit: Omit<PastEdit, 'id'>, keep: number): Promise<number> {
    const ids = await this.#read()
    const id = (ids.at(-1) ?? 0) + 1
    ids.push(id)
    const { back, ...rest } = { ...edit, id, changes: cut(edit.changes) }
    const whole = JSON.stringify({ ...rest, back })
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 })
      await writeFile(this.#file(id), whole.length <= mostKept ? whole : JSON.stringify(rest), { mode: 0o600, flag: 'wx' })
      for (const old of ids.splice(0, Math.max(0, ids.length - keep))) await rm(this.#file(old), { force: true })
    } catch (error) {
      const why = messageOf(error)
      this.log.warn(`the edit is in force, but its history can't be kept (${why})`, { event: 'config.editNotKept', why })
    }
    return id
  }

  /** The latest edits before the id `before`, the latest first: up to `most` that `fits` accepts. */
  async page(most: number, before: number | undefined, fits: (edit: PastEdit) => boolean): Promise<PastEdit[]> {
    const found: PastEdit[] = []
    for (const id of (await this.#read()).toReversed()) {
      if (found.length === most) break
      const edit = before === undefined || id < before ? await this.get(id) : undefined
      if (edit && fits(edit)) found.push(edit)
    }
    return found
  }

  async get(id: number): Promise<PastEdit | undefined> {
    try {
      return JSON.parse(await readFile(this.#file(id), 'utf8')) as PastEdit
    } catch {
      return undefined // The file was removed, was never there, or was cut off by a crash.
    }
  }

  #file(id: number): string {
    return join(this.folder, `${String(id).padStart(8, '0')}.json`)
  }

  async #read(): Promise<number[]> {
    // The folder does not exist before the first edit.
    const names = this.#ids ? [] : await readdir(this.folder).catch(() => [])
    this.#ids ??= names.flatMap(name => (isEditFile(name) ? [Number.parseInt(name, 10)] : [])).sort((a, b) => a - b)
    return this.#ids
  }
}

/** Whether the history could have written a file with this name. */
export const isEditFile = (name: string): boolean => /^\d{8}\.json$/.test(name)

/** The edit that takes this edit back, with the exact change of the file. */
export function backOf({
  edit,
  file,
  versions,
  splice,
  before,
  after,
}: Omit<ReadyEdit, 'settings'>): Required<Pick<PastEdit, 'back'>> {
  const undo = { file, version: versions.after, splice, expected: after }
  return { back: { edit: reverseOf(edit, before, after), undo } }
}

function reverseOf(edit: ConfigEdit, before: Fields, after: Fields): ConfigEdit {
  const { of, name } = edit
  if (edit.kind === 'add') return { kind: 'remove', of, name }
  if (edit.kind === 'remove') return { kind: 'add', of, name, fields: before }
  const touched = [...new Set([...Object.keys(edit.set), ...edit.unset])]
  const set = Object.fromEntries(touched.flatMap(field => (Object.hasOwn(before, field) ? [[field, before[field]]] : [])))
  return {
    kind: 'change',
    of,
    name,
    set,
    unset: touched.filter(field => !Object.hasOwn(before, field) && Object.hasOwn(after, field)),
  }
}

const cut = (changes: readonly Change[]): Change[] =>
  changes.slice(0, mostChanges).map(({ fields, ...change }) => ({
    ...change,
    fields: fields.slice(0, mostChanges).map(field => ({
      ...field,
      ...(field.before !== undefined && { before: short(field.before) }),
      ...(field.after !== undefined && { after: short(field.after) }),
      ...(field.added && { added: field.added.slice(0, mostChanges).map(short) }),
      ...(field.removed && { removed: field.removed.slice(0, mostChanges).map(short) }),
    })),
  }))

const short = (words: string): string => (words.length > longestWords ? `${words.slice(0, longestWords)}…` : words)
