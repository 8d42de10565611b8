import { fault, ok, type Result } from '../foundation/result.js'
import { xmlParser } from '../foundation/xml.js'
import { deepest, mostValues, occursMoreThan } from './tree.js'

/** Reads XML of an export. No document type is accepted, and no entities are expanded but those of XML itself (`withoutEntities`). */

const parser = xmlParser(2 * deepest, { keepsSpace: true })

export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly children: readonly unknown[]
}

/** The elements at the top of a text. A fault is the rest of a sentence. */
export function readXml(text: string): Result<readonly Element[]> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return fault('declares a document type, which no export does')
  // A value has two tags, and some values have more tags beside them, such as TN. Three a value are enough.
  if (occursMoreThan(text, '<', 3 * mostValues)) return fault('has too many values')
  try {
    // The check comes first, because the parser alone accepts truncated documents. Its successor is a package of its own.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return ok(elementsOf(parser.parse(text, true)))
  } catch (error) {
    // The parser reports faults only by throwing, such as tags that are nested too deeply.
    return fault(`is not XML: ${error instanceof Error ? error.message.slice(0, 200) : ''}`)
  }
}

/** UTF-8, or UTF-16 as the byte order mark or the first bytes say. */
export function decoded(bytes: Buffer): string {
  const isLittle = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0x3c && bytes[1] === 0)
  const isBig = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[1] === 0x3c)
  if (isLittle) return bytes.toString('utf16le').replace(/^\uFEFF/, '')
  // `swap16` needs an even number of bytes.
  if (isBig)
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le')
      .replace(/^\uFEFF/, '')
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}

/** The parser's output is a list of blocks. Each has one key, the element's name. Its attributes are beside it under `:@`. */
export function elementsOf(nodes: unknown): Element[] {
  if (!Array.isArray(nodes)) return []
  return nodes.flatMap((node: unknown) => {
    if (!isRecord(node)) return []
    const name = Object.keys(node).find(key => key !== ':@' && key !== '#text')
    if (name === undefined) return []
    const [children, attributes] = [node[name], node[':@']]
    return [{ name, attributes: isRecord(attributes) ? attributes : {}, children: Array.isArray(children) ? children : [] }]
  })
}

/** The elements of a name in an element, at any depth. */
export const inside = (element: Element, name: string): readonly Element[] =>
  elementsOf(element.children).flatMap(child => [...(child.name === name ? [child] : []), ...inside(child, name)])

export const textIn = (nodes: readonly unknown[]): string =>
  nodes.map(node => (isRecord(node) && typeof node['#text'] === 'string' ? node['#text'] : '')).join('')

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Resolves the entities of XML. */
export const withoutEntities = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
