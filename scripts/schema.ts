import { mkdirSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { jsonSchemas } from '../src/config/json-schema.js'
import { openApi } from '../src/http/openapi.js'
import { apiTypes } from './api-types.js'

/** `npm run schema`: config/schema/, by which editors complete and check the config; the HTTP API as a document, and as types for the console. */
const root = new URL('../', import.meta.url)
mkdirSync(new URL('config/schema/', root), { recursive: true })
for (const [name, text] of jsonSchemas()) writeFileSync(new URL(`config/schema/${name}`, root), text)

for (const [name, text] of await apiFiles()) {
  mkdirSync(new URL('.', new URL(name, root)), { recursive: true })
  writeFileSync(new URL(name, root), text)
}

/** What is made of the HTTP API, by path. */
export async function apiFiles(): Promise<ReadonlyMap<string, string>> {
  const api = openApi() as Parameters<typeof apiTypes>[0]
  const config = await resolveConfig(new URL('package.json', root))
  const types = await format(apiTypes(api), { ...config, parser: 'typescript' })
  return new Map([
    ['docs/openapi.json', `${JSON.stringify(api, undefined, 2)}\n`],
    ['console/src/api-types.ts', types],
  ])
}
