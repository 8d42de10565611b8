import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { entrySchemas, sectionsSchema } from '../../../src/config/schema.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const sections: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>(Object.entries(sectionsSchema.shape))
const lists: ReadonlyMap<string, z.ZodType> = new Map(
  Object.entries(entrySchemas).map(([key, entry]): [string, z.ZodType] => [key, z.array(entry)]),
)
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
]

/** The YAML of a page, block by block, with the line where it begins. */
const blocksOf = (text: string) =>
  [...text.matchAll(/^([ ]*)```yaml\n([\s\S]*?)^[ ]*```/gm)].map(match => ({
    line: text.slice(0, match.index).split('\n').length + 1,
    yaml: (match[2] ?? '').replaceAll(new RegExp(`^${match[1] ?? ''}`, 'gm'), ''),
  }))

/** The faults of an example. It shows a part of a file, so required keys may be missing, and `…` or a variable replaces a secret. */
function faultsOf(yaml: string): string[] {
  const [document] = parseAllDocuments(yaml)
  if (!document || document.errors.length > 0) return (document?.errors ?? []).map(({ message }) => message)
  const value: unknown = document.toJS()
  if (Array.isArray(value)) return value.flatMap(entry => entryFaults(entry))
  const blocks = z.record(z.string(), z.unknown()).safeParse(value)
  if (!blocks.success) return ['neither a list nor keys']
  const keys = Object.keys(blocks.data)
  if (keys.some(key => ['scrape_configs', 'rule_files', 'services'].includes(key))) return []
  return keys.flatMap(key => {
    const schema = (Array.isArray(blocks.data[key]) ? lists.get(key) : undefined) ?? sections.get(key)
    return schema ? issuesOf(schema, blocks.data[key], key) : [`${key} is no key of the config`]
  })
}

/** A single entry stands for one of a list, such as an agent. */
const entryFaults = (entry: unknown): string[] => {
  const tried = Object.values(entrySchemas).map(schema => issuesOf(schema, entry, 'entry'))
  return tried.some(faults => faults.length === 0) ? [] : (tried[0] ?? [])
}

function issuesOf(schema: z.ZodType, value: unknown, key: string): string[] {
  const { error } = schema.safeParse(value, { reportInput: true })
  return (error?.issues ?? [])
    .filter(issue => typeof issue.input !== 'string' || !/…|\$\{\w+\}/.test(issue.input))
    .filter(issue => !(issue.code === 'invalid_type' && issue.input === undefined))
    .map(issue => `${[key, ...issue.path].join('.')}: ${issue.message}`)
}

describe('the config examples in the documentation', () => {
  for (const page of pages)
    it(`are valid in ${page}`, () => {
      const faults = blocksOf(readFileSync(join(root, page), 'utf8')).flatMap(({ line, yaml }) =>
        faultsOf(yaml).map(fault => `${page}:${line}: ${fault}`),
      )
      assert.deepEqual(faults, [])
    })
})
