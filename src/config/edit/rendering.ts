import { Document, isScalar, isSeq, type Node, type Scalar } from 'yaml'

/** Writes new values as YAML. */

/** A value on one line is at most this long, with its indentation. */
const longestLine = 120

/** How a value that is replaced, or one beside a new value, is written. */
export type Style = Scalar.Type | undefined

export const styleOf = (node: Node | undefined): Style =>
  isScalar(node) && typeof node.value === 'string' && node.type ? node.type : undefined

/** On one line, as in `{ say: 'Welcome.' }`. */
export function inline(value: unknown, style: Style): string {
  if (Array.isArray(value)) return `[${value.map(each => inline(each, style)).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, each]) => `${inline(key, undefined)}: ${inline(each, style)}`)
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`
  }
  const isLong = typeof value === 'string' && value.includes('\n')
  // In a list, because a text may need quotes there that it does not need alone.
  const text = written([value], isLong ? 'QUOTE_DOUBLE' : isBlockStyle(style) ? undefined : style, true)
  return text.replace(/^\[ (.*) \]$/s, '$1')
}

const isBlockStyle = (style: Style): boolean => style === 'BLOCK_LITERAL' || style === 'BLOCK_FOLDED'

/**
 * The text after a key or a dash. `indent` is the number of spaces before the lines that belong to it. `after` is what comes before
 * a value on the same line: nothing after a dash, a line break after a key.
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

/** Each line but the first gets the indentation, as the first follows a key or a dash. */
const indented = (text: string, indent: number, eol: string): string =>
  text
    .split('\n')
    .map((line, index) => (index === 0 || line === '' ? line : `${' '.repeat(indent)}${line}`))
    .join(eol)
