import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, isSeq, type Document, type Node, type YAMLMap, type YAMLSeq } from 'yaml'
import { columnOf, endOf, endOfItem, isAbsent, isBlockText, itemsOf, startOf, type Item } from './places.js'
import { block, inline, styleOf, type Style } from './rendering.js'

/** A parsed YAML text. */
export interface Parsed {
  readonly text: string
  readonly document: Document
  /** The line break of the text. */
  readonly eol: string
}

/** An item of the new text: an old item with the value that it will have, or a new item. */
type Wanted = { readonly old: number; readonly value: unknown } | { readonly key: string | undefined; readonly value: unknown }

/**
 * The text of a node with another value. Only the parts that differ are written. Everything else stays as it is in the file: comments,
 * order, quotes, indentation, anchors. Code that calls this must parse the result and compare it, because a file may have a form that this
 * function does not know (decision 088).
 */
export function rewritten(parsed: Parsed, node: Node, wanted: unknown): string {
  const { text } = parsed
  if (isDeepStrictEqual(valueOf(parsed, node), wanted)) return text.slice(startOf(node), endOf(text, node))
  if (!isKept(node, wanted)) return inline(wanted, styleOf(node))
  const items = isMap(node)
    ? keysOf(node, wanted as Readonly<Record<string, unknown>>)
    : entriesOf(parsed, node, wanted as readonly unknown[])
  return node.flow === true ? flow(parsed, node, items) : lines(parsed, node, items)
}

/** Whether `rewritten` can keep parts of the node. */
const isKept = (node: Node, wanted: unknown): node is YAMLMap | YAMLSeq =>
  (isMap(node) && node.items.length > 0 && isBlock(wanted) && Object.keys(wanted).length > 0) ||
  (isSeq(node) && node.items.length > 0 && Array.isArray(wanted) && wanted.length > 0)

const isBlock = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const valueOf = ({ document }: Parsed, node: Node | undefined): unknown =>
  node === undefined ? null : (node.toJS(document, { maxAliasCount: 100 }) as unknown)

/** The keys of the new mapping. Those that stay have the order of the file. A new key follows the key that precedes it in `wanted`. */
function keysOf(node: YAMLMap, wanted: Readonly<Record<string, unknown>>): Wanted[] {
  const names = node.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''))
  const order = names.flatMap((name, old) => (Object.hasOwn(wanted, name) ? [{ name, old }] : []))
  const placed: { readonly name: string; readonly old?: number }[] = [...order]
  let before: string | undefined
  for (const name of Object.keys(wanted)) {
    if (!names.includes(name)) placed.splice(placed.findIndex(each => each.name === before) + 1, 0, { name })
    before = name
  }
  return placed.map(({ name, old }) =>
    old === undefined ? { key: inline(name, undefined), value: wanted[name] } : { old, value: wanted[name] },
  )
}

/** The fields that identify an entry of a list when its other values change. */
const identities = ['digit', 'uri', 'name'] as const

/** The entries of the new list. Entries with the same value are the same entry, and so are entries with the same name. */
function entriesOf(parsed: Parsed, node: YAMLSeq, wanted: readonly unknown[]): Wanted[] {
  const had = node.items.map((item, index) => ({ index, value: valueOf(parsed, item as Node) }))
  const [left, named] = [new Map<string, number[]>(), new Map<string, number[]>()]
  const note = (map: Map<string, number[]>, key: string, index: number): unknown => map.set(key, [...(map.get(key) ?? []), index])
  for (const { index, value } of had) note(left, JSON.stringify(value), index)
  const same = wanted.map(value => left.get(JSON.stringify(value))?.shift())
  const taken = new Set(same)
  for (const { index, value } of had) if (!taken.has(index)) note(named, identityOf(value), index)
  return wanted.map((value, at) => {
    const old = same[at] ?? (identityOf(value) === '' ? undefined : named.get(identityOf(value))?.shift())
    return old === undefined ? { key: undefined, value } : { old, value }
  })
}

function identityOf(value: unknown): string {
  if (!isBlock(value)) return ''
  const key = identities.find(each => value[each] !== undefined)
  return key === undefined ? '' : `${key} ${String(value[key])}`
}

/** The text of a node in braces or brackets. */
function flow(parsed: Parsed, node: YAMLMap | YAMLSeq, wanted: readonly Wanted[]): string {
  const { text } = parsed
  const items = itemsOf(text, node)
  const [first, last] = [items[0], items.at(-1)]
  if (!first || !last) return ''
  const style = styleOf(items.find(({ value }) => isScalar(value))?.value)
  const between = (index: number): string => text.slice(items[index - 1]?.end, items[index]?.start)
  const usual = items.length > 1 && !between(1).includes('#') ? between(1) : ', '
  const parts = wanted.map((each, at) => {
    const before = wanted[at - 1]
    const isNext = 'old' in each && before && 'old' in before && each.old === before.old + 1
    const separator = at === 0 ? '' : isNext ? between(each.old) : usual
    const old = 'old' in each ? items[each.old] : undefined
    return separator + (old ? changed(parsed, old, each.value, { isFlow: true }) : added(each, style))
  })
  return text.slice(startOf(node), first.start) + parts.join('') + text.slice(last.end, node.range?.[1])
}

function added(each: Wanted, style: Style): string {
  const key = 'key' in each && each.key !== undefined ? `${each.key}: ` : ''
  return key + inline(each.value, key === '' ? style : undefined)
}

/** The text of a node in block style: one key or item per line. The lines between two items belong to the second one. */
function lines(parsed: Parsed, node: YAMLMap | YAMLSeq, wanted: readonly Wanted[]): string {
  const { text, eol } = parsed
  const items = itemsOf(text, node)
  const first = items[0]
  if (!first) return ''
  const indent = columnOf(text, first.start)
  const style = styleOf(items.find(({ value }) => isScalar(value))?.value)
  const kept = new Set(wanted.map(each => ('old' in each ? each.old : -1)))
  const above = (index: number): string => (index === 0 ? '' : text.slice(items[index - 1]?.end, items[index]?.start))
  const fresh = eol + ' '.repeat(indent)
  // Comments above a removed item, or above an item that is now the first one.
  let left = ''
  let next = 0
  const skipTo = (index: number): void => {
    for (; next < index; next += 1) if (!kept.has(next)) left += commentsOf(above(next), eol)
    next = Math.max(next, index + 1)
  }
  const parts = wanted.map((each, at) => {
    if ('old' in each) skipTo(each.old)
    const old = 'old' in each ? items[each.old] : undefined
    const own = 'old' in each && each.old > 0 ? above(each.old) : fresh
    if (at === 0) {
      if ('old' in each && each.old > 0) left += commentsOf(own, eol)
      return old ? changed(parsed, old, each.value, { isFlow: false, indent }) : newLine(each, style, indent, eol)
    }
    const before = left
    left = ''
    return before + own + (old ? changed(parsed, old, each.value, { isFlow: false, indent }) : newLine(each, style, indent, eol))
  })
  skipTo(items.length)
  return parts.join('') + left
}

function newLine(each: Wanted, style: Style, indent: number, eol: string): string {
  if ('key' in each && each.key !== undefined) return `${each.key}:${block(each.value, undefined, indent + 2, eol, 'key')}`
  return `-${block(each.value, style, indent + 2, eol, 'dash')}`
}

/** The lines with a comment between two items, each with the line break before it. */
const commentsOf = (between: string, eol: string): string =>
  between
    .split(eol)
    .filter(line => line.includes('#'))
    .map(line => eol + line)
    .join('')

type Around = { readonly isFlow: true } | { readonly isFlow: false; readonly indent: number }

/** The text of an item from its start to its end, with another value. */
function changed(parsed: Parsed, item: Item, wanted: unknown, around: Around): string {
  const { text } = parsed
  const { value, start, end } = item
  if (isDeepStrictEqual(valueOf(parsed, value), wanted)) return text.slice(start, end)
  const tail = text.slice(endOfItem(text, item), end)
  if (value && isKept(value, wanted)) return text.slice(start, startOf(value)) + rewritten(parsed, value, wanted) + tail
  const before = value && isOnLine(value) ? text.slice(start, startOf(value)) : undefined
  return around.isFlow ? inFlow(item, wanted, before) : onLines(parsed, item, wanted, { before, tail, indent: around.indent })
}

function inFlow({ key, value }: Item, wanted: unknown, before: string | undefined): string {
  return (before ?? (key === undefined ? '' : `${key}: `)) + inline(wanted, styleOf(value))
}

interface OnLines {
  /** The text before the value on its line. Undefined: the value is on lines of its own. */
  readonly before: string | undefined
  /** The comment behind the value. */
  readonly tail: string
  readonly indent: number
}

function onLines({ eol }: Parsed, { key, value }: Item, wanted: unknown, { before, tail, indent }: OnLines): string {
  const words = block(wanted, styleOf(value), indent + 2, eol, key === undefined ? 'dash' : 'key')
  if (words.includes(eol)) return (key === undefined ? '-' : `${key}:`) + words
  return (before === undefined ? `${key === undefined ? '-' : `${key}:`}${words}` : before + words.slice(1)) + tail
}

const isOnLine = (value: Node): boolean =>
  !isAbsent(value) && !isBlockText(value) && !((isMap(value) || isSeq(value)) && value.flow !== true)
