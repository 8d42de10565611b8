import { Document, isScalar, isSeq, type Node, type Scalar } from 'yaml'

/** Writes new values as YAML. */

/** In characters. The longest line for a list or a block of keys on one line, including its indentation. */
const longestLine = 120

/** The style of a text in the file, taken over from the value that is replaced or from a neighbour of a new value. */
export type Style = Scalar.Type | undefined

export const styleOf = (node: Node | undefined): Style =>
  isScalar(node) && typeof node.value === 'string' && node.type ? node.type : undefined

/** A value on one line, such as `{ say: 'Welcome.' }`. */
export function inline(value: unknown, style: Style): string {
  if (Array.isArray(value)) return `[${value.map(each => inline(each, style)).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, each]) => `${inline(key, undefined)}: ${inline(each, style)}`)
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
  }
  const isLong = typeof value === 'string' && value.includes('\n')
  // Written inside a list, because a text may need quotes there that it does not need alone.
  const text = written([value], isLong ? 'QUOTE_DOUBLE' : isBlockStyle(style) ? undefined : style, true)
  return text.replace(/^\[ (.*) \]$/s, '$1')
}

const isBlockStyle = (style: Style): boolean => style === 'BLOCK_LITERAL' || style === 'BLOCK_FOLDED'

/**
 * The text of a value after a key or a dash. `indent` is the number of spaces before its further lines. A value on several lines starts on
 * the same line after a dash, and on the next line after a key.
 */
export function block(value: unknown, style: Style, indent: number, eol: string, after: 'key' | 'dash'): string {
  const line = inline(value, style)
  const isLong = indent + line.length > longestLine
  if (typeof value === 'string') {
    if (!value.includes('\n') && !isBlockStyle(style)) return ` ${line}`
    return ` ${indented(written(value, isBlockStyle(style) ? style : 'BLOCK_LITERAL', false), indent, eol)}`
  }
  if (typeof value !== 'object' || value === null || !isLong || isPlainList(value)) return ` ${line}`
  const lines = indented(written(value, undefined, false), indent, eol)
  return after === 'dash' ? ` ${lines}` : `${eol}${' '.repeat(indent)}${lines}`
}

const isPlainList = (value: object): boolean => Array.isArray(value) && value.every(each => typeof each !== 'object')

function written(value: unknown, style: Style, isFlow: boolean): string {
  const document = new Document(value)
  const { contents } = document
  const scalar: unknown = isSeq(contents) && isFlow ? contents.items[0] : contents
  if (style && isScalar(scalar) && typeof scalar.value === 'string') scalar.type = style
  const text = document.toString({ lineWidth: 0, singleQuote: true, collectionStyle: isFlow ? 'flow' : 'any' })
  return text.replace(/\n$/, '')
}

/** Adds the indentation to each line except the first, which follows a key or a dash. */
const indented = (text: string, indent: number, eol: string): string =>
  text
    .split('\n')
    .map((line, index) => (index === 0 || line === '' ? line : `${' '.repeat(indent)}${line}`))
    .join(eol)
