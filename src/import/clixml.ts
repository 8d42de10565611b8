import { fault, ok, type Result } from '../foundation/result.js'
import { xmlParser } from '../foundation/xml.js'
import { deepest, mostValues, occursMoreThan, type Tree } from './tree.js'

/** Reads the XML in which PowerShell writes objects (CLIXML, as `Export-Clixml` makes it). */

const namespace = 'http://schemas.microsoft.com/powershell/2004/04'

// Entities are decoded here, only those of XML itself.
const parser = xmlParser(2 * deepest, { keepsSpace: true })

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly children: readonly unknown[]
}

/** The objects of a file, in its order. Lists at the top are opened. */
export function readClixml(bytes: Buffer): Result<readonly Tree[]> {
  const text = decoded(bytes)
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return fault('declares a document type, which PowerShell never does')
  if (!text.includes(namespace)) return fault('is not written by PowerShell: its namespace is missing')
  // A value has two tags, and some values have more tags beside them, such as TN. Three a value are enough.
  if (occursMoreThan(text, '<', 3 * mostValues)) return fault('has too many values')
  let nodes: unknown
  try {
    // The check comes first, because the parser alone accepts truncated documents. Its successor is a package of its own.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    nodes = parser.parse(text, true)
  } catch (error) {
    // The parser reports faults only by throwing, such as tags that are nested too deeply.
    return fault(`is not XML: ${error instanceof Error ? error.message.slice(0, 200) : ''}`)
  }
  const root = elementsOf(nodes).find(({ name }) => name === 'Objs')
  if (!root) return fault('holds no objects')
  return new Objects().read(root)
}

/** UTF-8, or UTF-16 as the byte order mark or the first bytes say. */
function decoded(bytes: Buffer): string {
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

const numbers: ReadonlySet<string> = new Set(['I16', 'I32', 'I64', 'U16', 'U32', 'U64', 'By', 'SB', 'Db', 'Sg', 'D'])
/** Names of types, and tables. Exports of Response Groups have no tables. */
const ignored: ReadonlySet<string> = new Set(['TN', 'TNRef', 'DCT'])
const lists: ReadonlySet<string> = new Set(['LST', 'IE', 'QUE', 'STK'])

/** The parts of an `Obj` element. */
interface ObjectParts {
  readonly properties: Map<string, Tree>
  list: Tree[] | undefined
  words: string | undefined
  own: Tree | undefined
}

/** The objects of one file, including those that others refer to. */
class Objects {
  /** Only objects that are read to their end. A reference from inside an object to itself finds nothing, so there are no rings. */
  readonly #byId = new Map<string, Tree>()
  /** How many values each object has. An object that others refer to counts at each reference. */
  readonly #sizes = new Map<Tree, number>()

  read(root: Element): Result<readonly Tree[]> {
    const objects = elementsOf(root.children).map(element => this.#value(element))
    const size = objects.reduce<number>((sum, each) => sum + this.#sizeOf(each), 0)
    if (size > mostValues) return fault('has too many values, or refers to the same ones again and again')
    return ok(objects.flatMap(each => (Array.isArray(each) ? (each as readonly Tree[]) : [each])))
  }

  #value(element: Element): Tree {
    const { name } = element
    if (name === 'Obj') return this.#object(element)
    if (name === 'Ref') return this.#byId.get(String(element.attributes['RefId'])) ?? null
    if (name === 'Nil') return null
    const text = unescaped(textIn(element.children))
    if (name === 'B') return text.trim().toLowerCase() === 'true'
    if (!numbers.has(name)) return text
    const number = Number(text)
    return Number.isFinite(number) ? number : null
  }

  #object({ attributes, children }: Element): Tree {
    const parts: ObjectParts = { properties: new Map(), list: undefined, words: undefined, own: undefined }
    for (const element of elementsOf(children)) this.#take(parts, element)
    const { properties, list, words, own } = parts
    // An enumeration has its name as ToString and its number as a value. The name is what Carillon reads.
    const value: Tree = list ?? (properties.size > 0 ? properties : (words ?? own ?? null))
    this.#measure(value)
    const id = attributes['RefId']
    if (typeof id === 'string') this.#byId.set(id, value)
    return value
  }

  #take(parts: ObjectParts, element: Element): void {
    const { name, children } = element
    if (name === 'Props' || name === 'MS') this.#fill(parts.properties, element)
    else if (lists.has(name)) parts.list = elementsOf(children).map(each => this.#value(each))
    else if (name === 'ToString') parts.words = unescaped(textIn(children))
    else if (!ignored.has(name)) parts.own = this.#value(element)
  }

  #fill(properties: Map<string, Tree>, { children }: Element): void {
    for (const element of elementsOf(children)) {
      const name = element.attributes['N']
      if (typeof name === 'string') properties.set(unescaped(name).toLowerCase(), this.#value(element))
    }
  }

  #measure(value: Tree): void {
    if (typeof value !== 'object' || value === null) return
    const inside = Array.isArray(value) ? (value as readonly Tree[]) : [...(value as ReadonlyMap<string, Tree>).values()]
    this.#sizes.set(
      value,
      inside.reduce<number>((sum, each) => sum + this.#sizeOf(each), 1),
    )
  }

  #sizeOf = (value: Tree): number => (typeof value === 'object' && value !== null ? (this.#sizes.get(value) ?? 1) : 1)
}

/** The parser's output is a list of blocks. Each has one key, the element's name. Its attributes are beside it under `:@`. */
function elementsOf(nodes: unknown): Element[] {
  if (!Array.isArray(nodes)) return []
  return nodes.flatMap((node: unknown) => {
    if (!isRecord(node)) return []
    const name = Object.keys(node).find(key => key !== ':@' && key !== '#text')
    if (name === undefined) return []
    const [children, attributes] = [node[name], node[':@']]
    return [{ name, attributes: isRecord(attributes) ? attributes : {}, children: Array.isArray(children) ? children : [] }]
  })
}

const textIn = (nodes: readonly unknown[]): string =>
  nodes.map(node => (isRecord(node) && typeof node['#text'] === 'string' ? node['#text'] : '')).join('')

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Resolves the entities of XML, and then the escapes of PowerShell such as `_x000A_` (MS-PSRP §2.2.5.3.2). */
const unescaped = (text: string): string =>
  text
    .replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,4}));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    })
    .replace(/_x([0-9a-f]{4})_/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)))
