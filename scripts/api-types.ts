/** TypeScript types of the HTTP API's documents, generated from docs/openapi.json. The console knows nothing else of the server. */
export function apiTypes(api: { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } }): string {
  const types = Object.entries(api.components.schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema, '')}\n`)
  return [head, ...types].join('\n')
}

const head =
  '/* Made by `npm run schema` from the schemas of the HTTP API. Edit those instead. */\n/* eslint-disable max-lines */\n'

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly required?: readonly string[]
  readonly description?: string
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.replace(/^.*\//, '')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(' | ')
  if (schema.anyOf) return schema.anyOf.map(each => typeOf(each, indent)).join(' | ')
  if (typeof schema.type === 'object') return schema.type.map(type => typeOf({ ...schema, type }, indent)).join(' | ')
  switch (schema.type) {
    case 'array':
      return `readonly (${typeOf(schema.items ?? {}, indent)})[]`
    case 'object':
      return schema.properties
        ? blockOf(schema, indent)
        : `Readonly<Record<string, ${typeOf(schema.additionalProperties ?? {}, indent)}>>`
    case 'integer':
      return 'number'
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return schema.type
    default:
      return 'unknown'
  }
}

function blockOf({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `
  const lines = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description === undefined ? '' : `${inner}/** ${schema.description} */\n`
    return `${comment}${inner}readonly ${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema, inner)}`
  })
  return `{\n${lines.join('\n')}\n${indent}}`
}
