import { format, resolveConfig } from 'prettier'
import { openApi } from '../src/http/openapi.js'
import { apiTypes } from './api-types.js'

/** The files that are generated from the HTTP API, by path. */
export async function apiFiles(): Promise<ReadonlyMap<string, string>> {
  const api = openApi() as Parameters<typeof apiTypes>[0]
  const config = await resolveConfig(new URL('../package.json', import.meta.url))
  const types = await format(apiTypes(api), { ...config, parser: 'typescript' })
  const document = await format(JSON.stringify(api), { ...config, parser: 'json' })
  return new Map([
    ['docs/openapi.json', document],
    ['console/src/api-types.ts', types],
  ])
}
