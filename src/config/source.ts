import { isDeeper } from '../foundation/deeper.js'
import { messageOf } from '../foundation/errors.js'
import { isUtf8 } from 'node:buffer'
import {
  Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml'
import { mostFaults, type ConfigFault } from './faults.js'

interface Position {
  readonly line: number
  readonly column: number
}

export type Path = readonly PropertyKey[]
export type Environment = Readonly<Record<string, string | undefined>>

/** One YAML file. It knows the place of each value. */
export interface SourceFile {
  /** Relative to the config folder. */
  readonly file: string
  /** The content of the file as plain values. Undefined: the file is empty. */
  readonly value: unknown
  /** The place of the value or key at this path. If it is absent, the place where it should be. */
  position(path: Path, part?: 'key' | 'value'): Position
  /** The value at this path as the file writes it. Undefined: it is not a single word. */
  written(path: Path): string | undefined
  /**
   * The value at this path as the file writes it, such as `${NAME}`, if it came from the environment and must not be shown. Undefined: it
   * may be shown.
   */
  secret(path: Path): string | undefined
}

interface ReadSource {
  /** Absent: the file can't be parsed. */
  readonly source?: SourceFile
  readonly faults: readonly ConfigFault[]
}

/** Stands for a file that does not exist, so that missing keys have a place. */
export const absentSource = (file: string): SourceFile => ({
  file,
  value: undefined,
  position: () => ({ line: 1, column: 1 }),
  written: () => undefined,
  secret: () => undefined,
})

/** Reads YAML 1.2 in UTF-8 and replaces `${NAME}` in values from the environment. */
export function readSource(file: string, bytes: Buffer, env: Environment): ReadSource {
  const text = bytes.toString('utf8')
  const unreadable = unreadableAt(bytes, text)
  if (unreadable) return { faults: [{ file, ...unreadable }] }
  const lines = new LineCounter()
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const faultAt = (offset: number, message: string): ConfigFault => ({ file, ...at(offset), message })
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
    const complaints = [...document.errors, ...document.warnings].slice(0, mostFaults)
    if (complaints.length > 0)
      return { faults: complaints.map(({ pos, message, code }) => faultAt(pos[0], inOurWords(code, message))) }
    const strayed = unresolvedAlias(document)
    if (strayed)
      return {
        faults: [
          faultAt(
            strayed.range?.[0] ?? 0,
            'there is no anchor of this name before this; put a text that begins with * in quotes',
          ),
        ],
      }
    const secrets = new Map<Node, string>()
    const faults = fillIn(document, env, secrets, faultAt)
    return { source: yamlSource(file, document, at, secrets), faults }
  } catch (error) {
    // The yaml package throws for input that would exhaust memory or stack: aliases that multiply, or thousands of nested lists.
    const why = messageOf(error)
    return { faults: [faultAt(0, `this file is too deep or its aliases too many to be read (${why})`)] }
  }
}

/**
 * Finds problems that a YAML parser accepts. A full disk or an unfinished save may leave an empty file, which must not mean that there are
 * no agents. Other encodings would change names.
 */
function unreadableAt(bytes: Buffer, text: string): (Position & { readonly message: string }) | undefined {
  if (text.trim() === '') return { line: 1, column: 1, message: 'this file is empty; remove it, or begin it with a comment' }
  if (isUtf8(bytes)) return undefined
  const before = text.slice(0, text.indexOf('\uFFFD')).split('\n')
  const column = (before.at(-1) ?? '').length + 1
  return { line: before.length, column, message: 'this file is not UTF-8; save it in that encoding' }
}

/**
 * The messages of the yaml package for common mistakes, in our words. None repeats the text of the file, because it may be a password
 * without quotes.
 */
function inOurWords(code: string, message: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'this key occurs twice in its block; remove one'
    case 'TAB_AS_INDENT':
      return 'YAML is indented by spaces, not by tabs'
    case 'MULTIPLE_DOCS':
      return "a file holds one document; '---' may not begin another"
    case 'TAG_RESOLVE_FAILED':
      return 'there is no such YAML tag; put a text that begins with ! in quotes'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'not YAML: a text with a colon at its end or before a space needs quotes'
    case 'BAD_DQ_ESCAPE':
      return 'not YAML: this backslash begins no known escape; use single quotes'
    default:
      return `not YAML: ${message.replace(/: .*$/s, '')}`
  }
}

function unresolvedAlias(document: Document): Alias | undefined {
  let strayed: Alias | undefined
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return undefined
      strayed = alias
      return visit.BREAK
    },
  })
  return strayed
}

const variable = /\$\{([^}]*)\}?/g
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Replaces `${NAME}` in values. If the whole unquoted value then reads as a whole number or a truth value, it becomes one, as in YAML. */
function fillIn(
  document: Document,
  env: Environment,
  secrets: Map<Node, string>,
  faultAt: (offset: number, message: string) => ConfigFault,
): ConfigFault[] {
  const faults: ConfigFault[] = []
  visit(document, {
    Scalar(key, scalar) {
      const { value } = scalar
      if (key === 'key' || typeof value !== 'string' || !value.includes('${')) return
      secrets.set(scalar, value)
      const filled = value.replaceAll(variable, (whole, word: string) => {
        const found = whole.endsWith('}') && variableName.test(word) && Object.hasOwn(env, word) ? env[word] : undefined
        if (found === undefined && faults.length < mostFaults)
          faults.push(faultAt(scalar.range?.[0] ?? 0, missingVariable(whole, word)))
        return found ?? whole
      })
      scalar.value = scalar.type === 'PLAIN' ? plainValue(filled) : filled
    },
  })
  return faults
}

function missingVariable(whole: string, word: string): string {
  if (!whole.endsWith('}') || !variableName.test(word)) return 'expected the name of an environment variable such as ${NAME}'
  return `the environment variable ${word} is not set`
}

function plainValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^\d{1,15}$/.test(text) ? Number(text) : text
}

function yamlSource(
  file: string,
  document: Document,
  at: (offset: number) => Position,
  secrets: ReadonlyMap<Node, string>,
): SourceFile {
  const value = document.contents === null ? undefined : (document.toJS({ maxAliasCount: 100 }) as unknown)
  if (isDeeper(value, mostLevels)) throw new Error(`more than ${mostLevels} blocks and lists inside each other`)
  return {
    file,
    value,
    position(path, part = 'value') {
      const { key, value } = find(document, path)
      const node = part === 'key' || isEmpty(value) ? (key ?? value) : (value ?? key)
      return at(node?.range?.[0] ?? 0)
    },
    written(path) {
      const { value } = find(document, path)
      return isScalar(value) ? value.source : undefined
    },
    secret(path) {
      const { value } = find(document, path)
      return value ? secrets.get(value) : undefined
    },
  }
}

/** The most levels of values inside each other, far more than any question needs. An alias inside its own anchor would never end. */
const mostLevels = 200

interface Found {
  readonly key?: Node
  readonly value?: Node
}

/** The node at this path, or the nearest block around it. */
function find(document: Document, path: Path): Found {
  let found: Found = nodes(undefined, document.contents)
  for (const step of path) {
    const inside = child(resolved(document, found.value), step)
    if (!inside) break
    found = inside
  }
  return found
}

function child(node: Node | undefined, step: PropertyKey): Found | undefined {
  if (isMap(node)) {
    const pair: Pair | undefined = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
    return pair && nodes(pair.key, pair.value)
  }
  if (!isSeq(node)) return undefined
  const item = node.items[Number(step)]
  return item === undefined ? undefined : nodes(undefined, item)
}

const nodes = (key: unknown, value: unknown): Found => ({ ...(isNode(key) && { key }), ...(isNode(value) && { value }) })

const isNode = (value: unknown): value is Node => isMap(value) || isSeq(value) || isScalar(value) || isAlias(value)

const resolved = (document: Document, node: Node | undefined): Node | undefined => (isAlias(node) ? node.resolve(document) : node)

/** Whether a key has no value: `queue:` with nothing after it. A fault then points at the key. */
const isEmpty = (node: Node | undefined): node is Scalar => isScalar(node) && node.value === null && (node.source ?? '') === ''
