import { z } from 'zod'
import { didYouMean, mostFaults, type ConfigFault } from './faults.js'
import { laterWords } from './fields.js'
import type { Path, SourceFile } from './source.js'

/** A value with its place in the config. */
export interface Placed<T> {
  readonly value: T
  readonly source: SourceFile
  readonly path: Path
}

/** A fault at a place of the config. `path` starts at the entry. */
export function faultAt(entry: Placed<unknown>, path: Path, message: string, part: 'key' | 'value' = 'value'): ConfigFault {
  const { source } = entry
  return { file: source.file, ...source.position([...entry.path, ...path], part), message }
}

/** The `file:line:column` of a value, for messages that name a second place. */
export function placeOf(entry: Placed<unknown>, path: Path = []): string {
  const { line, column } = entry.source.position([...entry.path, ...path])
  return `${entry.source.file}:${line}:${column}`
}

/** Checks a raw value. Undefined: it has faults, which were added with their places. */
export function checkAgainst<S extends z.ZodType>(
  schema: S,
  raw: Placed<unknown>,
  faults: ConfigFault[],
): z.output<S> | undefined {
  const outcome = schema.safeParse(raw.value)
  if (outcome.success) return outcome.data
  for (const issue of telling(outcome.error.issues)) {
    if (faults.length >= mostFaults) break
    faults.push(...complaints(schema, raw, issue))
  }
  return undefined
}

/** Leaves out faults that follow from a misspelt key, such as the missing key with the right spelling. */
function telling(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const misspelt = new Set(issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => JSON.stringify(path)))
  return issues.filter(({ code, path }) => code !== 'custom' || !misspelt.has(JSON.stringify(path)))
}

/** Turns one issue of zod into faults: one per unknown key, those of the best-fitting branch for a union, otherwise one. */
function complaints(schema: z.core.$ZodType, raw: Placed<unknown>, issue: z.core.$ZodIssue): ConfigFault[] {
  const found = valueAt(raw.value, issue.path)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, mostFaults).map(key => unknownKey(schemaAt(schema, issue.path, raw.value), raw, issue.path, key))
  if (issue.code === 'invalid_union') {
    const branch = fittingBranch(issue.errors, found)
    if (branch)
      return telling(branch).flatMap(inner => complaints(schema, raw, { ...inner, path: [...issue.path, ...inner.path] }))
  }
  const key = issue.path.at(-1)
  if (found === undefined && typeof key === 'string' && issue.code !== 'custom') return [missingKey(schema, raw, issue.path, key)]
  return [plainComplaint(schema, raw, issue, found)]
}

function plainComplaint(schema: z.core.$ZodType, raw: Placed<unknown>, issue: z.core.$ZodIssue, found: unknown): ConfigFault {
  const place: Placed<unknown> = { ...raw, path: [...raw.path, ...issue.path] }
  if (issue.code === 'invalid_key') {
    const [expected, meant] = withoutSuggestion(issue.issues[0]?.message ?? issue.message)
    return faultAt(place, [], `${expected}, found ${shown(issue.path.at(-1))}${meant}`, 'key')
  }
  const part = issue.code === 'custom' && issue.params?.['part'] === 'key' ? 'key' : 'value'
  const expectedBy = schemaAt(schema, issue.path, raw.value)
  const [expected, meant] = withoutSuggestion(expectation(expectedBy, issue, place, found))
  return faultAt(place, [], `${expected}${foundSuffix(expectedBy, place, issue, found)}${meant}`, part)
}

function unknownKey(block: z.core.$ZodType | undefined, raw: Placed<unknown>, path: Path, key: string): ConfigFault {
  const later = block && laterWordOf(block, key)
  const known = block instanceof z.ZodObject ? Object.keys(block.shape) : []
  const message =
    later === undefined
      ? `unknown key '${key}'${didYouMean(key, known) || `; expected one of ${known.join(', ')}`}`
      : `'${key}' is not supported yet (${later}); remove it`
  return faultAt(raw, [...path, key], message, 'key')
}

/** The feature to which a word belongs that is not built yet. Uses `hasOwn`, because an admin may write `constructor`. */
function laterWordOf(schema: z.core.$ZodType, word: string): string | undefined {
  const words = laterWords.get(schema)
  return words && Object.hasOwn(words, word) ? words[word] : undefined
}

function missingKey(schema: z.core.$ZodType, raw: Placed<unknown>, path: Path, key: string): ConfigFault {
  const missing = schemaAt(schema, path, raw.value)
  const meaning = missing && z.globalRegistry.get(missing)?.description
  return faultAt(raw, path.slice(0, -1), `'${key}' is missing${meaning === undefined ? '' : `: ${meaning}`}`)
}

/** The branch of a union for the kind of value that was found: its issues lie inside the value, or concern a word. */
function fittingBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
  found: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  const isWord = typeof found !== 'object'
  const ofAnotherKind = ({ path, code }: z.core.$ZodIssue): boolean =>
    path.length === 0 && (code === 'invalid_type' || (code === 'invalid_value' && !isWord))
  return branches.find(issues => !issues.some(ofAnotherKind)) ?? branches[0]
}

function expectation(
  schema: z.core.$ZodType | undefined,
  issue: z.core.$ZodIssue,
  place: Placed<unknown>,
  found: unknown,
): string {
  switch (issue.code) {
    case 'invalid_type':
      return formOfText(schema, issue, place, found) ?? `expected ${kinds[issue.expected] ?? issue.expected}${suchAs(schema)}`
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}${laterValue(schema, found)}`
    default:
      return issue.message
  }
}

/** How a list with one entry is written, for messages. Empty for other schemas. */
function suchAs(schema: z.core.$ZodType | undefined): string {
  const list = unwrapped(schema, [])
  const entry = list instanceof z.ZodArray ? examplesOf(list.element) : undefined
  return entry === undefined ? '' : ` such as [${entry}]`
}

/** The first example of the schema of a value. It belongs to the schema that reads the text. */
function examplesOf(schema: z.core.$ZodType): string | undefined {
  const examples: unknown = z.globalRegistry.get(schema)?.examples
  const first: unknown = Array.isArray(examples) ? examples[0] : undefined
  if (typeof first === 'string') return first
  return schema instanceof z.ZodPipe ? examplesOf(schema.in) : undefined
}

/**
 * For a number where text is expected: what the text must look like, unless it only lacks quotes. So an admin who writes `agentAlertTime:
 * 20` is told about `20s` at once, and not only after putting the number in quotes.
 */
function formOfText(
  schema: z.core.$ZodType | undefined,
  issue: z.core.$ZodIssue,
  place: Placed<unknown>,
  found: unknown,
): string | undefined {
  if (issue.code !== 'invalid_type' || issue.expected !== 'string' || typeof found !== 'number') return undefined
  const outcome = schema && z.safeParse(schema, written(place, found))
  return outcome?.error?.issues[0]?.message
}

/** Splits the expected value from the suggestion, because the found value is printed between them. */
function withoutSuggestion(message: string): readonly [string, string] {
  const at = message.indexOf('; did you mean ')
  return at === -1 ? [message, ''] : [message.slice(0, at), message.slice(at)]
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of keys',
}

function laterValue(schema: z.core.$ZodType | undefined, found: unknown): string {
  const later = schema && typeof found === 'string' ? laterWordOf(schema, found) : undefined
  return later === undefined ? '' : ` ('${String(found)}' is not supported yet: ${later})`
}

function foundSuffix(
  schema: z.core.$ZodType | undefined,
  place: Placed<unknown>,
  issue: z.core.$ZodIssue,
  found: unknown,
): string {
  if (issue.code === 'custom' && issue.params?.['whole'] === true) return ''
  // An admin may have put a plain password or token where its hash belongs. The value must not get into a log.
  if (secretKeys.has(place.path.at(-1))) return ''
  const secret = place.source.secret(place.path)
  if (secret !== undefined) return `, found what ${secret} holds`
  const near = issue.code === 'invalid_value' && typeof found === 'string' ? didYouMean(found, issue.values.map(String)) : ''
  const isNumber = issue.code === 'invalid_type' && issue.expected === 'string' && typeof found === 'number'
  const quotes = isNumber && formOfText(schema, issue, place, found) === undefined ? '; put it in quotes' : ''
  return `, found ${written(place, found)}${near}${quotes}`
}

const secretKeys: ReadonlySet<unknown> = new Set(['password', 'hash', 'clientSecret', 'secret'])

/**
 * A value for messages. A number appears as the file writes it, because YAML drops the plus of a telephone number and the zero of an area
 * code.
 */
const written = (place: Placed<unknown>, found: unknown): string =>
  (typeof found === 'number' ? place.source.written(place.path) : undefined) ?? shown(found)

/** The text without the password of a URL, and without what follows a secret key that lacks the space after its colon. */
const withoutSecrets = (text: string): string =>
  text
    .replace(/^(rediss?:).*$/s, '$1…')
    .replace(/(:\/\/)[^/@]*@/, '$1…@')
    .replace(/\b(password|hash|clientSecret|secret):.*$/s, '$1:…')

/** A value for messages, shortened if it is long. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    const text = withoutSecrets(value)
    return `'${text.length > 80 ? `${text.slice(0, 80)}…` : text}'`
  }
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  return typeof value === 'object' ? 'a block of keys' : JSON.stringify(value)
}

/** The value at a path inside plain values. Undefined: there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = Object.getOwnPropertyDescriptor(current, step)?.value
  }
  return current
}

/** The schema for this path of the value. For a union it is the branch that fits the value. */
function schemaAt(schema: z.core.$ZodType | undefined, path: Path, value: unknown): z.core.$ZodType | undefined {
  const bare = unwrapped(schema, value)
  const [step, ...rest] = path
  if (step === undefined) return bare
  // The keys belong to the value as it is written, before a transform.
  if (bare instanceof z.ZodPipe) return schemaAt(bare.in, path, value)
  if (bare instanceof z.ZodObject)
    return schemaAt(valueAt(bare.shape, [step]) as z.core.$ZodType | undefined, rest, valueAt(value, [step]))
  return bare instanceof z.ZodArray ? schemaAt(bare.element, rest, valueAt(value, [step])) : undefined
}

function unwrapped(schema: z.core.$ZodType | undefined, value: unknown): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault) return unwrapped(schema.unwrap(), value)
  // A schema that transforms its value after reading still has the keys of the value.
  if (schema instanceof z.ZodPipe && !(schema.in instanceof z.ZodString)) return unwrapped(schema.in, value)
  if (schema instanceof z.ZodUnion) {
    const options: readonly z.core.$ZodType[] = schema.options
    return unwrapped(
      options.find(option => kindOf(option) === (Array.isArray(value) ? 'list' : typeof value === 'object' ? 'block' : 'word')),
      value,
    )
  }
  return schema
}

const kindOf = (schema: z.core.$ZodType): 'list' | 'block' | 'word' =>
  schema instanceof z.ZodArray ? 'list' : schema instanceof z.ZodObject || schema instanceof z.ZodRecord ? 'block' : 'word'
