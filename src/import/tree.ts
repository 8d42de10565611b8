import { fault, ok, type Result } from '../foundation/result.js'

/**
 * A value of an export, from XML or JSON. Names of properties are in lower case, because exports differ in case. A tree has no rings, but one
 * value may be at several places.
 */
export type Tree = string | number | boolean | null | readonly Tree[] | ReadonlyMap<string, Tree>

/** In levels of values. An export of a question inside a question inside a question has about forty. */
export const deepest = 200
/**
 * In values, where a value that is at several places counts at each of them. An export with a thousand workflows has some 200,000. The limit ends
 * exports whose references multiply.
 */
export const mostValues = 500_000

/** Whether these characters together occur more than `most` times in a text. Counting is cheap, and parsing takes far more memory than text. */
export function occursMoreThan(text: string, characters: string, most: number): boolean {
  let count = 0
  for (const character of characters)
    for (let at = text.indexOf(character); at >= 0 && count <= most; at = text.indexOf(character, at + 1)) count += 1
  return count > most
}

/** Reads JSON. `ConvertTo-Json` of PowerShell may write a byte order mark. */
export function readJson(text: string): Result<Tree> {
  if (occursMoreThan(text, '[{,', 3 * mostValues)) return fault('has too many values')
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return fault('is not JSON')
  }
  const count = { left: mostValues }
  const tree = treeOf(value, deepest, count)
  return tree === undefined ? fault('is nested too deeply, or has too many values') : ok(tree)
}

function treeOf(value: unknown, levels: number, count: { left: number }): Tree | undefined {
  count.left -= 1
  if (levels === 0 || count.left < 0) return undefined
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'object' || value === null) return null
  const entries: [string, Tree][] = []
  for (const [name, each] of Object.entries(value)) {
    const entry = treeOf(each, levels - 1, count)
    if (entry === undefined) return undefined
    entries.push([name.toLowerCase(), entry])
  }
  return Array.isArray(value) ? entries.map(([, entry]) => entry) : new Map(entries)
}

/** The first of these properties that is there and not null. */
export function property(tree: Tree | undefined, ...names: readonly string[]): Tree | undefined {
  if (!(tree instanceof Map)) return undefined
  const properties: ReadonlyMap<string, Tree> = tree
  for (const name of names) {
    const found = properties.get(name.toLowerCase())
    if (found !== undefined && found !== null) return found
  }
  return undefined
}

/** The text of a value: of a string, a number, a truth value, a URI or an enumeration. Undefined: there is none, or it is empty. */
export function textOf(tree: Tree | undefined): string | undefined {
  const inner = property(tree, 'OriginalString', 'AbsoluteUri', 'Value') ?? tree
  const text = typeof inner === 'string' || typeof inner === 'number' || typeof inner === 'boolean' ? String(inner).trim() : ''
  return text === '' ? undefined : text
}

export function numberOf(tree: Tree | undefined): number | undefined {
  const text = textOf(tree)
  const number = text === undefined ? NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}

/** True or false. Undefined: the value is neither. */
export function flagOf(tree: Tree | undefined): boolean | undefined {
  const text = textOf(tree)?.toLowerCase()
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : undefined
}

/** The entries of a list. `ConvertTo-Json` writes a list as a block with `value` and `Count`, or its only entry without a list. */
export function listOf(tree: Tree | undefined): readonly Tree[] {
  if (Array.isArray(tree)) return tree as readonly Tree[]
  const inner = property(tree, 'value')
  if (Array.isArray(inner)) return inner as readonly Tree[]
  return tree === undefined || tree === null || tree === '' ? [] : [tree]
}

const guidForm = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi

/** The identity by which objects refer to each other, in lower case: the last GUID of the InstanceId or of the text, or else the whole text. */
export function identityOf(tree: Tree | undefined): string | undefined {
  const instance = property(tree, 'InstanceId')
  const text = textOf(property(instance, 'Guid') ?? instance) ?? textOf(property(tree, 'NonNormalized')) ?? textOf(tree)
  return text?.match(guidForm)?.at(-1)?.toLowerCase() ?? text?.toLowerCase()
}

const isoSpan = /^P(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:[\d.]{1,20}S)?)?$/
const clockSpan = /^(?:(\d{1,5})\.)?(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d{1,9})?)?$/

/** A span in whole minutes, rounded down: `PT9H30M`, `09:30:00`, `1.00:00:00`, or a TimeSpan as JSON. */
export function minutesOf(tree: Tree | undefined): number | undefined {
  const total = numberOf(property(tree, 'TotalMinutes'))
  if (total !== undefined) return Math.floor(total)
  const ticks = numberOf(property(tree, 'Ticks'))
  if (ticks !== undefined) return Math.floor(ticks / 600_000_000)
  const text = textOf(tree) ?? ''
  const [iso, clock] = [isoSpan.exec(text), clockSpan.exec(text)]
  const parts = iso ?? clock
  if (!parts || text === 'P') return undefined
  const [days = 0, hours = 0, minutes = 0] = parts.slice(1).map(part => Number((part as string | undefined) ?? 0))
  return (days * 24 + hours) * 60 + minutes
}

const isoMoment = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?/
const jsonMoment = /^\/Date\((-?\d{1,17})/

/** A moment by the wall clock, such as `2026-12-24T13:00`. Undefined: the value is not a moment that can be read. */
export function momentOf(tree: Tree | undefined): string | undefined {
  const words = textOf(property(tree, 'DateTime'))
  // `DateTime` is the moment by the wall clock, in the language of PowerShell. The milliseconds of `/Date(…)/` depend on the machine's time zone.
  const spoken = words === undefined ? NaN : Date.parse(`${words} UTC`)
  if (!Number.isNaN(spoken)) return inUtc(spoken)
  const text = textOf(tree) ?? ''
  const [, date, time = '00:00'] = isoMoment.exec(text) ?? []
  if (date !== undefined) return `${date}T${time}`
  const [, millis] = jsonMoment.exec(text) ?? []
  return millis === undefined ? undefined : inUtc(Number(millis))
}

function inUtc(millis: number): string | undefined {
  const date = new Date(millis)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 16)
}
