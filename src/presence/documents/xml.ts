import { fault, ok, type Result } from '../../foundation/result.js'
import { xmlParser } from '../../foundation/xml.js'

/** An XML element with what presence documents need. The name has no namespace prefix, because every sender chooses its own. */
export interface XmlElement {
  readonly name: string
  /** Without prefixes. Entities are not expanded. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlElement[]
  /** The element's own text, trimmed. */
  readonly text: string
}

/** In characters. A longer document is refused. Those about an agent's phones and calls have a few kilobytes. */
const longestDocument = 65_536
/** In levels. RPID uses six. */
const deepest = 24

const parser = xmlParser(deepest)

/** The root element. Never throws. Text that is not XML, is too long or too deep, or declares a document type is a fault. */
export function readXml(text: string): Result<XmlElement> {
  if (text.length > longestDocument) return fault(`longer than ${longestDocument} characters`)
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return fault('declares a document type')
  const read = parsed(text)
  const root = read.ok ? elementsOf(read.value)[0] : undefined
  if (!read.ok) return read
  return root ? ok(root) : fault('holds no element')
}

/** All elements with that name, at any depth, in document order. */
export function descendants(within: XmlElement, name: string): XmlElement[] {
  return within.children.flatMap(child => [...(child.name === name ? [child] : []), ...descendants(child, name)])
}

export const childOf = (within: XmlElement, name: string): XmlElement | undefined =>
  within.children.find(child => child.name === name)

function parsed(text: string): Result<unknown> {
  try {
    // The check comes first, because the parser alone accepts truncated documents. Its successor is a package of its own.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return ok(parser.parse(text, true))
  } catch (error) {
    // The parser reports faults only by throwing.
    return fault(error instanceof Error ? error.message : 'not XML')
  }
}

/** The parser's output is a list of objects. Each has one key, the element's name. Its attributes are beside it under `:@`. */
function elementsOf(nodes: unknown): XmlElement[] {
  if (!Array.isArray(nodes)) return []
  return nodes.flatMap((node: unknown) => {
    if (!isRecord(node)) return []
    const name = Object.keys(node).find(key => key !== ':@' && key !== '#text')
    if (name === undefined) return []
    const inner = node[name]
    return [{ name, attributes: attributesOf(node[':@']), children: elementsOf(inner), text: textOf(inner) }]
  })
}

function attributesOf(named: unknown): ReadonlyMap<string, string> {
  if (!isRecord(named)) return new Map()
  return new Map(Object.entries(named).map(([name, value]) => [name, String(value)]))
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return ''
  const texts = nodes.map((node: unknown) => (isRecord(node) && typeof node['#text'] === 'string' ? node['#text'] : ''))
  return texts.join('').trim()
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null
