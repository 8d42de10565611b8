import { createHash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { lstat, readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { formatFault, type ConfigFault } from '../faults.js'
import { yamlFiles } from '../folder.js'
import { gather, type Gathered } from '../gather.js'
import { loadConfig, readFolder } from '../load.js'
import type { Settings } from '../settings.js'
import type { Environment } from '../source.js'
import { promptsOf, type PlacedPrompt } from '../walk.js'
import {
  editedText,
  editKinds,
  fieldsBy,
  nameOf,
  namesIn,
  objectIn,
  type ConfigEdit,
  type EditKind,
  type Fields,
  type NoEdit,
} from './edit-text.js'
import { managedBy, managedFields, type Managed } from './managed.js'
import { applied, spliceOf, type Splice } from './splice.js'
import { usersOfObject, type UserOfObject } from './users-of.js'

/** The rights of the person who edits: everything, or what a manager of these workflows may edit. */
export type EditorRights = { readonly kind: 'all' } | { readonly kind: 'managed'; readonly workflows: readonly string[] }

export interface EditRequest {
  readonly edit: ConfigEdit
  /** The version of the file that the person saw. Absent: any version. */
  readonly version?: string
  /** Present if the edit takes back an earlier one. */
  readonly undo?: Undo
}

export interface Undo {
  /**
   * The file, its version after the earlier edit, and the change that gives it its former bytes. The change is used if nobody has edited
   * the file since.
   */
  readonly file: string
  readonly version: string
  readonly splice: Splice
  /** The fields that the object must have now, if the file was changed since. Undefined: the edit can't be taken back then. */
  readonly expected: Fields | undefined
}

export interface EditTask {
  readonly folder: string
  readonly rights: EditorRights
  readonly env: Environment
  /** Becomes `RoutingSettings.generation`. */
  readonly generation: number
}

/** An edit that may be written. */
export interface ReadyEdit {
  readonly kind: 'ready'
  readonly edit: ConfigEdit
  /** Relative to the config folder. */
  readonly file: string
  /** The versions of the file before and after the edit. `before` is undefined if the file did not exist. */
  readonly versions: { readonly before: string | undefined; readonly after: string }
  readonly text: string
  readonly splice: Splice
  /** The visible fields before and after the edit. Empty if the object does not exist. */
  readonly before: Fields
  readonly after: Fields
  readonly settings: Settings
  readonly warnings: readonly string[]
}

/** A fault of the whole config after the edit. `field` is the place of the fault in the edited object. */
export interface EditFault extends ConfigFault {
  readonly field?: string
}

export type PreparedEdit =
  | ReadyEdit
  | { readonly kind: 'faulty'; readonly faults: readonly EditFault[] }
  /** The file has changed since the person saw it. */
  | { readonly kind: 'stale'; readonly file: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'forbidden' | 'refused'; readonly because: string }

/** An object of the config for a person who may edit it. */
export interface EditableObject {
  readonly of: EditKind
  readonly name: string
  readonly file: string
  readonly version: string
  readonly fields: Fields
  readonly hidden: readonly string[]
  /** The fields that this person may change. Undefined: all fields. */
  readonly mayChange?: readonly string[]
  /** Why nothing can be changed. Undefined: the object can be changed. */
  readonly refusal?: string
  /** The objects that name this one, as far as the person may edit them. */
  readonly usedBy: readonly UserOfObject[]
}

export interface ListedObject {
  readonly of: EditKind
  readonly name: string
  readonly file: string
  readonly mayEdit: boolean
}

/** In bytes. Larger files can only be edited by hand, because each edit reads and writes the whole file. */
const mostBytes = 1024 * 1024
const mainFile = 'carillon.yaml'
/** The most faults that an answer names. */
const mostFaults = 50

export const versionOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32)

/** The objects that a person may know about. */
export async function listObjects({ folder, rights, env }: EditTask): Promise<ListedObject[]> {
  const managed = managedOf(rights, await gatheredIn(folder, env))
  const found: ListedObject[] = []
  for (const { file, text } of await textsOf(folder))
    for (const { of, name } of namesIn(text))
      found.push({ of, name, file, mayEdit: file !== mainFile && managed?.refusal(of, name) === undefined })
  // A manager sees what they may edit, the agents that their groups may have, and the sets of holidays.
  return rights.kind === 'all' ? found : found.filter(({ of, mayEdit }) => mayEdit || of === 'agent' || of === 'holidays')
}

/** An object as a person may edit it. Undefined: there is no such object. */
export async function readObject(
  task: EditTask,
  of: EditKind,
  name: string,
): Promise<EditableObject | { readonly forbidden: string } | undefined> {
  const config = await gatheredIn(task.folder, task.env)
  const managed = managedOf(task.rights, config)
  const why = managed?.refusal(of, name)
  if (why !== undefined) return { forbidden: why }
  const place = await placeOf(task.folder, of, name)
  const found = place && objectIn(place.text, of, name)
  if (!place || !found) return undefined
  const refusal = await unwritable(task.folder, place.file)
  return {
    ...{ of, name, file: place.file, version: versionOf(place.text) },
    ...found,
    ...(managed && { mayChange: managedFields[of] }),
    ...(refusal !== undefined && { refusal }),
    usedBy: usersOfObject(config, of, nameOf(of, name)).filter(user => managed?.refusal(user.of, user.name) === undefined),
  }
}

/** Makes the new text of the one file that the edit changes, and checks the whole config with this text. Writes nothing. */
export async function prepareEdit(task: EditTask, request: EditRequest): Promise<PreparedEdit> {
  const { folder, rights, env } = task
  const because = rights.kind === 'all' ? undefined : managedOf(rights, await gatheredIn(folder, env))?.refusalOf(request.edit)
  if (because !== undefined) return { kind: 'forbidden', because }
  const exact = await untouched(folder, request.undo)
  const place = exact ?? (await homeOf(folder, request.edit))
  if (!place) return { kind: 'absent' }
  if (isStale(place, request)) return { kind: 'stale', file: place.file }
  const refusal = await unwritable(folder, place.file)
  if (refusal !== undefined) return { kind: 'refused', because: refusal }
  const before = place.text ?? ''
  const text = exact && request.undo ? applied(before, request.undo.splice) : madeBy(before, request)
  return typeof text === 'string' ? checked(task, changeOf(request.edit, place, text)) : text
}

const isStale = ({ text }: PlacedText, { version }: EditRequest): boolean =>
  version !== undefined && (text === undefined || versionOf(text) !== version)

function changeOf(edit: ConfigEdit, { file, text: had }: PlacedText, text: string): Unchecked {
  const before = had ?? ''
  const shown = (of: string): Fields => objectIn(of, edit.of, edit.name)?.fields ?? {}
  return {
    ...{ edit, file, text, splice: spliceOf(before, text) },
    versions: { before: had === undefined ? undefined : versionOf(had), after: versionOf(text) },
    ...{ before: shown(before), after: shown(text) },
  }
}

type Unchecked = Omit<ReadyEdit, 'kind' | 'settings' | 'warnings'>

async function checked({ folder, env, generation }: EditTask, ready: Unchecked): Promise<PreparedEdit> {
  const { edit, file, text } = ready
  const outcome = await loadConfig(folder, { env, generation, serving: true, replaced: { file, text } })
  if (outcome.ok) return { kind: 'ready', ...ready, settings: outcome.settings, warnings: outcome.warnings.map(formatFault) }
  const fieldAt = fieldsBy(text, edit.of, edit.name)
  const faults = outcome.faults.slice(0, mostFaults).map((fault): EditFault => {
    const field = fault.file === file ? fieldAt(fault.line, fault.column) : undefined
    return { ...fault, ...(field !== undefined && { field }) }
  })
  return { kind: 'faulty', faults }
}

function madeBy(text: string, { edit, undo }: EditRequest): string | PreparedEdit {
  if (undo && !hasExpected(text, edit, undo))
    return {
      kind: 'refused',
      because: `the ${edit.of} '${edit.name}' was changed since; undo the later changes first, or edit it`,
    }
  const outcome = editedText(text, edit)
  return outcome.kind === 'edited' ? outcome.text : notMade(outcome, edit)
}

function hasExpected(text: string, edit: ConfigEdit, { expected }: Undo): boolean {
  const now = objectIn(text, edit.of, edit.name)?.fields
  if (!expected || edit.kind === 'add') return false
  const asked = edit.kind === 'change' ? [...Object.keys(edit.set), ...edit.unset] : Object.keys(now ?? {})
  return now !== undefined && asked.every(field => isDeepStrictEqual(now[field], expected[field]))
}

function notMade(no: NoEdit, { of, name }: ConfigEdit): PreparedEdit {
  switch (no.kind) {
    case 'absent':
      return { kind: 'absent' }
    case 'exists':
      return { kind: 'refused', because: `there is a ${of} '${name}' already` }
    case 'hidden':
      return {
        kind: 'refused',
        because: `'${no.field}' can't be changed here: it names the object, is a secret, or comes from the environment`,
      }
    case 'unknown':
      return { kind: 'refused', because: `a ${of} has no '${no.field}'` }
    case 'form':
      return {
        kind: 'refused',
        because:
          'the file is written in a form in which this alone can’t be changed, for example with an anchor that others use; edit the file',
      }
  }
}

interface PlacedText {
  readonly file: string
  /** Undefined: the file does not exist yet. */
  readonly text: string | undefined
}

/** The file of an edit that is taken back. Undefined: the file has changed since, or nothing is taken back. */
async function untouched(folder: string, undo: Undo | undefined): Promise<PlacedText | undefined> {
  if (!undo) return undefined
  const file = (await textsOf(folder)).find(each => each.file === undo.file)
  return file && versionOf(file.text) === undo.version ? file : undefined
}

async function placeOf(
  folder: string,
  of: EditKind,
  name: string,
): Promise<{ readonly file: string; readonly text: string } | undefined> {
  return (await textsOf(folder)).find(({ text }) => objectIn(text, of, name) !== undefined)
}

/** The file that has the object. A new object goes into the last file with objects of its kind, or into a new file. */
async function homeOf(folder: string, { kind, of, name }: ConfigEdit): Promise<PlacedText | undefined> {
  const place = await placeOf(folder, of, name)
  if (place || kind !== 'add') return place
  const texts = await textsOf(folder)
  const home = texts.findLast(({ file, text }) => file !== mainFile && namesIn(text).some(each => each.of === of))
  const otherwise = `${editKinds[of].list}.yaml`
  return home ?? texts.find(({ file }) => file === otherwise) ?? { file: otherwise, text: undefined }
}

/** The YAML files of the folder, including carillon.yaml. Files that can't be read are left out. */
export async function textsOf(folder: string): Promise<{ readonly file: string; readonly text: string }[]> {
  const texts = []
  // The check of the whole config reports files that can't be read.
  for (const path of await yamlFiles(resolve(folder), () => undefined)) {
    const bytes = await readFile(path).catch(() => undefined)
    if (bytes && isUtf8(bytes)) texts.push({ file: relative(resolve(folder), path), text: bytes.toString('utf8') })
  }
  return texts
}

/** Why a file can't be written. Undefined: it can. */
async function unwritable(folder: string, file: string): Promise<string | undefined> {
  if (file === mainFile) return `${mainFile} is not edited here; edit the file`
  const found = await lstat(join(resolve(folder), file)).catch(() => undefined)
  if (!found) return undefined
  if (!found.isFile()) return `${file} is a link; edit the file that it leads to`
  return found.size > mostBytes ? `${file} is larger than 1 MiB; edit the file` : undefined
}

export async function gatheredIn(folder: string, env: Environment): Promise<Gathered> {
  const faults: ConfigFault[] = []
  const { sources, complete } = await readFolder(resolve(folder), env, faults)
  return gather(sources, faults, complete)
}

export const managedOf = (rights: EditorRights, config: Gathered): Managed | undefined =>
  rights.kind === 'all' ? undefined : managedBy(config, rights.workflows)

/** Whether a prompt names this sound file, in an object that the person may edit. */
export async function isNamed({ folder, rights, env }: EditTask, file: string): Promise<boolean> {
  const config = await gatheredIn(folder, env)
  const managed = managedOf(rights, config)
  const mayHear = ({ value, path: [list] }: PlacedPrompt['entry']): boolean => {
    if (!managed) return true
    const of = list === 'workflows' ? 'workflow' : list === 'queues' ? 'queue' : undefined
    const { name } = value as { readonly name?: unknown }
    return of !== undefined && typeof name === 'string' && managed.refusal(of, name) === undefined
  }
  return promptsOf(config).some(({ entry, prompt }) => prompt !== 'builtin:default' && prompt.file === file && mayHear(entry))
}
