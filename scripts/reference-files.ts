import { jsonSchemas } from '../src/config/json-schema.js'
import { openApi } from '../src/http/openapi.js'

/** The pages of docs/reference/, by path. They are generated from the schemas in the code, so they always match it. */
export function referenceFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/reference/config.md', configPage()],
    ['docs/reference/http.md', httpPage()],
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
    return `## ${name.replace('.schema.json', '.yaml')}\n\n| key | kind | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  const head =
    'Every key of the config. `[]` stands for each entry of a list. [contract.md](../contract.md) has examples and the keys that take effect at the next start.'
  return `# Reference: config\n\n${made}\n${head}\n\n${parts.join('\n')}`
}

function rowsOf({ properties, items, required = [] }: Schema, path: string): string[] {
  if (items) return rowsOf(items, `${path}[]`)
  return Object.entries(properties ?? {}).flatMap(([key, schema]) => {
    const name = path === '' ? key : `${path}.${key}`
    const given = schema.default === undefined || typeof schema.default === 'object' ? '' : `\`${shown(schema.default)}\``
    const standing = given === '' && required.includes(key) ? 'required' : given
    return [`| \`${name}\` | ${kindOf(schema)} | ${standing} | ${cell(schema.description ?? '')} |`, ...rowsOf(schema, name)]
  })
}

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
