import { readdirSync, readFileSync } from 'node:fs'
import { jsonSchemas } from '../src/config/json-schema.js'
import { waitsForStart } from '../src/config/restart-keys.js'
import { version } from '../src/app/version.js'
import { cell } from './reference-cell.js'

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
}

/** A key of a schema with its path, such as `sip.proxies[].names`. */
interface Key {
  readonly path: string
  readonly schema: Schema
  readonly isRequired: boolean
}

/** The tables of docs/reference/config.md. */
export function configTables(): string {
  const parts = [...schemas()].map(([file, schema]) => {
    const rows = keysOf(schema, '').map(key => rowOf(key, file))
    return `## ${file}\n\n| key | kind | default | takes effect | since | meaning |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`
  })
  const head = [
    'Every key of the config. `[]` stands for each entry of a list. [contract.md](../contract.md) has examples.',
    '`restart`: a change takes effect at the next start, and the server says so; `at once`: when the config is read.',
    '"since" is the first version that has the key. An older one reports the key as unknown.',
  ]
  return `${head.join('\n')}\n\n${parts.join('\n')}`
}

/** The keys of all files, as `agents.yaml agents[].uri`, in order. A release keeps this list in scripts/config-keys/. */
export const allConfigKeys = (): string[] =>
  [...schemas()].flatMap(([file, schema]) => keysOf(schema, '').map(({ path }) => `${file} ${path}`))

function* schemas(): IterableIterator<readonly [file: string, schema: Schema]> {
  for (const [name, text] of jsonSchemas()) yield [name.replace('.schema.json', '.yaml'), JSON.parse(text) as Schema]
}

function keysOf({ properties, items, required = [] }: Schema, path: string): Key[] {
  if (items) return keysOf(items, `${path}[]`)
  return Object.entries(properties ?? {}).flatMap(([key, schema]) => {
    const name = path === '' ? key : `${path}.${key}`
    return [{ path: name, schema, isRequired: required.includes(key) }, ...keysOf(schema, name)]
  })
}

function rowOf({ path, schema, isRequired }: Key, file: string): string {
  const given = schema.default === undefined || typeof schema.default === 'object' ? '' : `\`${shown(schema.default)}\``
  const standing = given === '' && isRequired ? 'required' : given
  const since = sinceOf(`${file} ${path}`)
  return `| \`${path}\` | ${kindOf(schema)} | ${standing} | ${effectOf(path)} | ${since} | ${cell(schema.description ?? '')} |`
}

const folder = new URL('config-keys/', import.meta.url)

/** The keys of each release, the oldest first. */
const releases: readonly (readonly [version: string, keys: ReadonlySet<string>])[] = readdirSync(folder)
  .filter(name => name.endsWith('.txt'))
  .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  .map(name => [name.replace('.txt', ''), new Set(readFileSync(new URL(name, folder), 'utf8').split('\n'))])

/** The version without its patch: `0.1`. Keys of no release are of the next one, whose version package.json has. */
function sinceOf(key: string): string {
  const release = releases.find(([, keys]) => keys.has(key))?.[0]
  return (release ?? version).replace(/\.\d+$/, '')
}

const effectOf = (key: string): string => (waitsForStart(key) ? 'restart' : 'at once')

function kindOf({ type, enum: words, examples }: Schema): string {
  if (words) return words.map(word => `\`${shown(word)}\``).join(', ')
  const example = examples?.[0] === undefined ? '' : `, such as \`${shown(examples[0])}\``
  return `${type ?? 'one of several'}${example}`
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
