import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'

/** Where the parts of a YAML text begin and end. Offsets count UTF-16 code units. */

/** A key with its value in a mapping, or an item of a list. */
export interface Item {
  /** The offset of the key, or of the dash of a list in block style. */
  readonly start: number
  /** The end of the value. In block style it is the end of the line, so that it includes a comment there. */
  readonly end: number
  /** The key's text as the file has it. Undefined for an item of a list. */
  readonly key: string | undefined
  /** The value. Undefined: the file has no value here. */
  readonly value: Node | undefined
}

export const isNode = (value: unknown): value is Node => isMap(value) || isSeq(value) || isScalar(value) || isAlias(value)

export const startOf = (node: Node): number => node.range?.[0] ?? 0

/**
 * The offset at which a node ends. In block style this is the end of its last line, including a comment there. Comments on later lines are
 * outside.
 */
export function endOf(text: string, node: Node): number {
  const end = node.range?.[1] ?? 0
  if (isScalar(node)) return isBlockText(node) ? startOf(node) + text.slice(startOf(node), end).trimEnd().length : end
  if (isAlias(node) || node.flow === true) return end
  const last = itemsOf(text, node).at(-1)
  return last ? last.end : end
}

/** The offset at which the value of an item ends, without the comment behind it. */
export function endOfItem(text: string, { start, key, value }: Item): number {
  if (value && !isAbsent(value)) return endOf(text, value)
  return key === undefined ? start + 1 : text.indexOf(':', start + key.length) + 1
}

/** Whether a key has no value: `key:` with nothing after it. */
export const isAbsent = (node: Node): boolean => isScalar(node) && node.value === null && (node.source ?? '') === ''

/** Whether a node is a text that begins with `|` or `>` and continues on the lines below. */
export const isBlockText = (node: Node): boolean =>
  isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')

/** The keys of a mapping or the items of a list, in the order of the file. */
export function itemsOf(text: string, node: YAMLMap | YAMLSeq): Item[] {
  const isFlow = node.flow === true
  const bare = isMap(node) ? node.items.map(pair => keyed(text, pair)) : listed(text, node, isFlow)
  if (isFlow) return bare.map(item => ({ ...item, end: endOfItem(text, item) }))
  return bare.map(item => ({ ...item, end: endOfLine(text, endOfItem(text, item)) }))
}

function keyed(text: string, { key, value }: Pair): Item {
  const start = isNode(key) ? startOf(key) : 0
  return {
    start,
    end: start,
    key: isNode(key) ? text.slice(start, key.range?.[1] ?? start) : '',
    value: isNode(value) ? value : undefined,
  }
}

function listed(text: string, { items }: YAMLSeq, isFlow: boolean): Item[] {
  return items.filter(isNode).map(value => {
    const start = isFlow ? startOf(value) : text.lastIndexOf('-', startOf(value) - 1)
    return { start, end: start, key: undefined, value }
  })
}

/** The offset of the end of this line, without the line break. */
function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  if (end === -1) return text.length
  return text[end - 1] === '\r' ? end - 1 : end
}

/** The number of characters before this offset on its line. */
export const columnOf = (text: string, offset: number): number => offset - text.lastIndexOf('\n', offset - 1) - 1
