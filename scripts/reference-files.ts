import { Readable } from 'node:stream'
import { jsonSchemas } from '../src/config/json-schema.js'
import { waitsForStart } from '../src/config/restart-keys.js'
import { allCommands } from '../src/cli/commands.js'
import type { Option } from '../src/cli/command.js'
import { openApi } from '../src/http/openapi.js'
import { logEventsTable } from './reference-log.js'

/** The pages of docs/reference/, by path. They are generated from the schemas in the code, so they always match it. */
export function referenceFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/config.md', configPage()],
    ['docs/reference/http.md', httpPage()],
    ['docs/reference/commands.md', commandsPage()],
    ['docs/reference/log.md', logPage()],
  ])
}

const made = 'This page is made by `npm run docs`. Do not edit it.'

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

function configPage(): string {
  const parts = [...jsonSchemas()].map(([name, text]) => {
    const rows = rowsOf(JSON.parse(text) as Schema, '')
    return `## ${name.replace('.schema.json', '.yaml')}\n\n| key | kind | default | takes effect | meaning |\n|---|---|---|---|---|\n${rows.join('\n')}\n`
  })
  const head =
    'Every key of the config. `[]` stands for each entry of a list. [contract.md](../contract.md) has examples. `restart`: a change takes effect at the next start, and the server says so; `at once`: when the config is read.'
  return `# Reference: config\n\n${made}\n${head}\n\n${parts.join('\n')}`
}

function rowsOf({ properties, items, required = [] }: Schema, path: string): string[] {
  if (items) return rowsOf(items, `${path}[]`)
  return Object.entries(properties ?? {}).flatMap(([key, schema]) => {
    const name = path === '' ? key : `${path}.${key}`
    const given = schema.default === undefined || typeof schema.default === 'object' ? '' : `\`${shown(schema.default)}\``
    const standing = given === '' && required.includes(key) ? 'required' : given
    return [
      `| \`${name}\` | ${kindOf(schema)} | ${standing} | ${effectOf(name)} | ${cell(schema.description ?? '')} |`,
      ...rowsOf(schema, name),
    ]
  })
}

const effectOf = (key: string): string => (waitsForStart(key) ? 'restart' : 'at once')

function kindOf({ type, enum: words, examples }: Schema): string {
  if (words) return words.map(word => `\`${shown(word)}\``).join(', ')
  const example = examples?.[0] === undefined ? '' : `, such as \`${shown(examples[0])}\``
  return `${type ?? 'one of several'}${example}`
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

interface Operation {
  readonly summary: string
  readonly description: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
}

function httpPage(): string {
  const { paths } = openApi() as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary, description, parameters = [] }]) => {
      const query = parameters
        .filter(each => each.in === 'query')
        .map(({ name, required }) => `\`${name}\`${required ? ' (required)' : ''}`)
      return `| \`${method.toUpperCase()} ${path}\` | ${cell(summary)} | ${query.join(', ')} | ${cell(description)} |`
    }),
  )
  const head = 'Bodies and answers are in [openapi.json](../openapi.json).'
  return `# Reference: HTTP API\n\n${made}\n${head}\n\n| endpoint | does | query | rights |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

/** Nothing is run: only names, options and summaries are read. */
function commandsPage(): string {
  const never = (): never => {
    throw new Error('this page runs no command')
  }
  const commands = allCommands({ env: {}, serve: never, findSilences: never, copies: never, input: Readable.from([]) })
  const parts = commands.map(({ name, usage, summary, options }) => {
    const rows = Object.entries(options).map(
      ([option, { value, says }]: [string, Option]) =>
        `| \`--${option}${value === undefined ? '' : ` ${value}`}\` | ${cell(says)} |`,
    )
    const list = rows.length === 0 ? '' : `\n| option | does |\n|---|---|\n${rows.join('\n')}\n`
    return `## ${name}\n\n\`carillon ${name} ${usage}\`\n\n${cell(summary)}.\n${list}`
  })
  const head = 'Exit codes: 0 success, 1 an error that the command names, 2 wrong usage. Each command has `--help`.'
  return `# Reference: commands\n\n${made}\n${head}\n\n${parts.join('\n')}`
}

function logPage(): string {
  const head = [
    'Each line of the log is a JSON object with `at` (ISO 8601 in UTC), `level`, `msg` and, in most lines, `event` and the fields below. Lines of a call also have `callId` and `workflow`.',
    '`…` stands for what the server fills in. `carillon log-level` sets the level of an area while the server runs. Programs should look at `event` and fields, and never at `msg`: texts may change.',
    'At most 100 warnings of one event are logged in a minute; `log.sampled` tells how many more came.',
  ]
  return `# Reference: log events\n\n${made}\n${head.join('\n')}\n\n${logEventsTable()}`
}
