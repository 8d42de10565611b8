import { fault, ok, type Result } from '../foundation/result.js'
import { mostValues, type Tree } from './tree.js'
import { decoded, elementsOf, readXml, textIn, withoutEntities, type Element } from './xml.js'

/** Reads the XML in which PowerShell writes objects (CLIXML, as `Export-Clixml` makes it). */

const namespace = 'http://schemas.microsoft.com/powershell/2004/04'

/** The objects of a file, in its order. Lists at the top are opened. */
export function readClixml(bytes: Buffer): Result<readonly Tree[]> {
  const text = decoded(bytes)
  if (!text.includes(namespace)) return fault('is not written by PowerShell: its namespace is missing')
  const elements = readXml(text)
  if (!elements.ok) return elements
  const root = elements.value.find(({ name }) => name === 'Objs')
  if (!root) return fault('holds no objects')
  return new Objects().read(root)
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

/** Resolves the entities of XML, and then the escapes of PowerShell such as `_x000A_` (MS-PSRP §2.2.5.3.2). */
const unescaped = (text: string): string =>
  withoutEntities(text).replace(/_x([0-9a-f]{4})_/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)))
