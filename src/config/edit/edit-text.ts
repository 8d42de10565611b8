import { isDeepStrictEqual } from 'node:util'
import { isMap, isSeq, parseDocument, type Document, type Node } from 'yaml'
import { agentUri } from '../../routing/world/ids.js'
import { entrySchemas } from '../schema.js'
import { endOf, isNode, startOf } from './places.js'
import { block } from './rendering.js'
import { rewritten, type Parsed } from './rewrite.js'

/** The kinds of objects that can be edited, each with the key of its list and the field that names an object. */
export const editKinds = {
  workflow: { list: 'workflows', id: 'name' },
  queue: { list: 'queues', id: 'name' },
  group: { list: 'groups', id: 'name' },
  agent: { list: 'agents', id: 'uri' },
  holidays: { list: 'holidays', id: 'name' },
} as const

export type EditKind = keyof typeof editKinds
export const editKindNames = ['workflow', 'queue', 'group', 'agent', 'holidays'] as const satisfies readonly EditKind[]
export type Fields = Readonly<Record<string, unknown>>

/** An edit of one object of the config. It can't change the name of the object. */
export type ConfigEdit =
  | {
      readonly kind: 'change'
      readonly of: EditKind
      readonly name: string
      /** The new values of fields, in the form that YAML gives them. */
      readonly set: Fields
      /** Fields to remove, so that their defaults take effect. */
      readonly unset: readonly string[]
    }
  | { readonly kind: 'add'; readonly of: EditKind; readonly name: string; readonly fields: Fields }
  | { readonly kind: 'remove'; readonly of: EditKind; readonly name: string }

/** An object as its file has it, without the hidden fields. */
interface FoundObject {
  readonly fields: Fields
  /** Fields that are neither shown nor changed: secrets, and values from the environment. */
  readonly hidden: readonly string[]
}

/**
 * Why an edit can't be made:
 * - absent: there is no such object. exists: there is one already.
 * - hidden: the edit concerns a field that is not shown. unknown: it concerns a field that this kind does not have.
 * - form: the file is written in a form in which this change can't be made alone, for example because others share the value by an anchor.
 */
export type NoEdit =
  { readonly kind: 'absent' | 'exists' | 'form' } | { readonly kind: 'hidden' | 'unknown'; readonly field: string }

type EditedText = { readonly kind: 'edited'; readonly text: string } | NoEdit

const secretFields: ReadonlySet<string> = new Set(['password'])

/** The object with this name. Undefined: the text does not have it, or the text can't be parsed. */
export function objectIn(text: string, of: EditKind, name: string): FoundObject | undefined {
  const parsed = parse(text)
  const found = parsed && find(parsed, of, name)
  if (!found) return undefined
  const hidden = Object.keys(found.fields).filter(field => isHidden(field, found.fields[field]))
  return { fields: without(found.fields, hidden), hidden }
}

/** The names of the objects of each kind, in the order of the file. */
export function namesIn(text: string): { readonly of: EditKind; readonly name: string }[] {
  const parsed = parse(text)
  if (!parsed) return []
  return (Object.keys(editKinds) as EditKind[]).flatMap(of =>
    listOf(parsed, of).flatMap(({ name }) => (name === undefined ? [] : [{ of, name }])),
  )
}

/** The text of a file after an edit. Everything else in it stays as it is. */
export function editedText(text: string, edit: ConfigEdit): EditedText {
  const parsed = parse(text)
  if (!parsed || (parsed.document.contents !== null && !isMap(parsed.document.contents))) return { kind: 'form' }
  const found = find(parsed, edit.of, edit.name)
  switch (edit.kind) {
    case 'change':
      return found ? change(parsed, found, edit) : { kind: 'absent' }
    case 'add':
      return found ? { kind: 'exists' } : add(parsed, edit.of, edit.fields)
    case 'remove':
      return found ? remove(parsed, found, edit.of) : { kind: 'absent' }
  }
}

/**
 * Finds the field that contains a place of the text, as keys and positions from the object on. Undefined: the place is not in this object.
 * The text is read once for all places, because a config may have many faults.
 */
export function fieldsBy(text: string, of: EditKind, name: string): (line: number, column: number) => string | undefined {
  const parsed = parse(text)
  const found = parsed && find(parsed, of, name)
  if (!found) return () => undefined
  const lines = text.split('\n')
  return (line, column) => {
    const offset = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, column - 1)
    return fieldAt(text, found, offset)
  }
}

function fieldAt(text: string, found: Found, offset: number): string | undefined {
  if (offset < startOf(found.node) || offset > endOf(text, found.node)) return undefined
  const path: (string | number)[] = []
  for (let node: Node | undefined = found.node; node !== undefined;) {
    const inside: readonly [string | number, Node, Node | undefined] | undefined = partAt(text, node, offset)
    if (inside) path.push(inside[0])
    node = inside?.[2]
  }
  return path.join('.')
}

function partAt(text: string, node: Node, offset: number): readonly [string | number, Node, Node | undefined] | undefined {
  if (isSeq(node)) {
    const index = node.items.findIndex(item => isNode(item) && offset >= startOf(item) && offset <= endOf(text, item))
    const item = node.items[index]
    return isNode(item) ? [index, item, item] : undefined
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find(
    ({ key, value }) => isNode(key) && offset >= startOf(key) && offset <= endOf(text, isNode(value) ? value : key),
  )
  if (!pair || !isNode(pair.key)) return undefined
  const isInKey = offset < startOf(pair.key) + (pair.key.range ? pair.key.range[1] - pair.key.range[0] : 0)
  return [pair.key.toString(), pair.key, !isInKey && isNode(pair.value) ? pair.value : undefined]
}

interface Found {
  readonly index: number
  readonly node: Node
  readonly fields: Fields
}

/**
 * Parses a text. Undefined: the text is not YAML, or its aliases are missing or expand too much. The check of the whole config says what is
 * wrong.
 */
function parse(text: string): Parsed | undefined {
  const document = parseDocument(text, { logLevel: 'error', prettyErrors: false })
  if (document.errors.length > 0) return undefined
  try {
    document.toJS({ maxAliasCount: 100 })
  } catch {
    return undefined // The yaml package throws a ReferenceError for such aliases, and a RangeError for thousands of nested lists.
  }
  return { text, document, eol: text.includes('\r\n') ? '\r\n' : '\n' }
}

/** The entries of a list, with their names. */
function listOf({ document }: Parsed, of: EditKind): { readonly node: Node; readonly name: string | undefined }[] {
  const { list, id } = editKinds[of]
  const node: unknown = isMap(document.contents) ? document.contents.get(list, true) : undefined
  if (!isSeq(node)) return []
  return node.items.filter(isNode).map(each => {
    const name: unknown = isMap(each) ? each.get(id) : undefined
    return { node: each, name: typeof name === 'string' ? nameOf(of, name) : undefined }
  })
}

/** The name in the form in which names are compared. The URIs of agents are normalised. */
export function nameOf(of: EditKind, name: string): string {
  const uri = of === 'agent' ? agentUri(name) : undefined
  return uri?.ok === true ? uri.value : name
}

function find(parsed: Parsed, of: EditKind, name: string): Found | undefined {
  const wanted = nameOf(of, name)
  const index = listOf(parsed, of).findIndex(each => each.name === wanted)
  const node = listOf(parsed, of)[index]?.node
  return node && { index, node, fields: node.toJS(parsed.document, { maxAliasCount: 100 }) as Fields }
}

function change(parsed: Parsed, found: Found, { of, set, unset }: Extract<ConfigEdit, { kind: 'change' }>): EditedText {
  const { id } = editKinds[of]
  const known = Object.keys(entrySchemas[editKinds[of].list].shape)
  const touched = [...Object.keys(set), ...unset]
  const hidden = touched.find(field => field === id || isHidden(field, found.fields[field]) || hasVariable(set[field]))
  if (hidden !== undefined) return { kind: 'hidden', field: hidden }
  const unknown = touched.find(field => !known.includes(field))
  if (unknown !== undefined) return { kind: 'unknown', field: unknown }
  const wanted = inOrder({ ...without(found.fields, unset), ...set }, found.fields, known)
  const { text } = parsed
  const next = text.slice(0, startOf(found.node)) + rewritten(parsed, found.node, wanted) + text.slice(endOf(text, found.node))
  return verified(parsed, next, of, list => list.map((each, index) => (index === found.index ? wanted : each)))
}

/** The wanted fields in the order of the file. A new field comes after the nearest field that precedes it in the schema. */
function inOrder(wanted: Fields, had: Fields, known: readonly string[]): Fields {
  const keys = Object.keys(had).filter(key => Object.hasOwn(wanted, key))
  for (const key of known) {
    if (keys.includes(key) || !Object.hasOwn(wanted, key)) continue
    const before = known.slice(0, known.indexOf(key)).findLast(each => keys.includes(each))
    keys.splice(before === undefined ? 0 : keys.indexOf(before) + 1, 0, key)
  }
  return Object.fromEntries(keys.map(key => [key, wanted[key]]))
}

function add(parsed: Parsed, of: EditKind, fields: Fields): EditedText {
  const known = Object.keys(entrySchemas[editKinds[of].list].shape)
  const unknown = Object.keys(fields).find(field => !known.includes(field))
  if (unknown !== undefined) return { kind: 'unknown', field: unknown }
  const hidden = Object.keys(fields).find(field => secretFields.has(field) || hasVariable(fields[field]))
  if (hidden !== undefined) return { kind: 'hidden', field: hidden }
  return withList(parsed, of, list => [...list, inOrder(fields, {}, known)])
}

const remove = (parsed: Parsed, found: Found, of: EditKind): EditedText =>
  withList(parsed, of, list => list.filter((_each, index) => index !== found.index))

function withList(parsed: Parsed, of: EditKind, changed: (list: readonly unknown[]) => readonly unknown[]): EditedText {
  const { text, document } = parsed
  const { list } = editKinds[of]
  const whole = wholeOf(document)
  const wanted = changed(entriesIn(whole, list))
  const node = document.contents
  const next =
    isNode(node) && Array.isArray(whole[list])
      ? text.slice(0, startOf(node)) + rewritten(parsed, node, { ...whole, [list]: wanted }) + text.slice(endOf(text, node))
      : withNewList(parsed, list, wanted)
  return verified(parsed, next, of, changed)
}

function withNewList({ text, eol }: Parsed, list: string, entries: readonly unknown[]): string {
  const lines = entries.map(entry => `  -${block(entry, undefined, 4, eol, 'dash')}`)
  return `${text}${text === '' || text.endsWith('\n') ? '' : eol}${[`${list}:`, ...lines].join(eol)}${eol}`
}

/** Returns the text if it has the wanted list and everything else is as before. */
function verified(
  before: Parsed,
  text: string,
  of: EditKind,
  changed: (list: readonly unknown[]) => readonly unknown[],
): EditedText {
  const { list } = editKinds[of]
  const after = parse(text)
  const whole = wholeOf(before.document)
  const wanted = { ...whole, [list]: changed(entriesIn(whole, list)) }
  return after && isDeepStrictEqual(wholeOf(after.document), wanted) ? { kind: 'edited', text } : { kind: 'form' }
}

const wholeOf = (document: Document): Fields => (document.toJS({ maxAliasCount: 100 }) ?? {}) as Fields

const entriesIn = (whole: Fields, list: string): readonly unknown[] => {
  const entries = whole[list]
  return Array.isArray(entries) ? entries : []
}

const isHidden = (field: string, value: unknown): boolean => secretFields.has(field) || hasVariable(value)

const hasVariable = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes('${')
    : typeof value === 'object' && value !== null && Object.values(value).some(hasVariable)

const without = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !names.includes(key)))
