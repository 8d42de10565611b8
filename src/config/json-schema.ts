import { z } from 'zod'
import { entrySchemas, sectionsSchema } from './schema.js'

/**
 * The JSON Schemas for editors, by file name: carillon.schema.json for the sections, one for each list, and one for users and tokens
 * together. Carillon itself accepts every key in every file.
 */
export function jsonSchemas(): ReadonlyMap<string, string> {
  const schemas = new Map<string, z.ZodType>([['carillon', sectionsSchema]])
  const { users, tokens, ...lists } = entrySchemas
  for (const [key, entry] of Object.entries(lists)) schemas.set(key, z.strictObject({ [key]: z.array(entry) }))
  schemas.set('users', z.strictObject({ users: z.array(users).optional(), tokens: z.array(tokens).optional() }))
  // The schemas describe the input: what a file may say before defaults and transforms.
  const textOf = (name: string, schema: z.ZodType): string => {
    const { $schema, ...keys } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
    const head = { $schema, $id: `urn:carillon:schema:${name}`, title: `Carillon: ${name}.yaml` }
    // A file with only comments has the value null.
    const type = name === 'carillon' ? 'object' : ['object', 'null']
    return `${JSON.stringify({ ...head, ...keys, type }, undefined, 2)}\n`
  }
  return new Map([...schemas].map(([name, schema]) => [`${name}.schema.json`, textOf(name, schema)]))
}
