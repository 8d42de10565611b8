import { mkdirSync, writeFileSync } from 'node:fs'
import { jsonSchemas } from '../src/config/json-schema.js'
import { apiFiles } from './api-files.js'

/** `npm run schema`: writes config/schema/, which editors use to complete and check the config, the OpenAPI document, and the console's types. */
const root = new URL('../', import.meta.url)
mkdirSync(new URL('config/schema/', root), { recursive: true })
for (const [name, text] of jsonSchemas()) writeFileSync(new URL(`config/schema/${name}`, root), text)

for (const [name, text] of await apiFiles()) {
  mkdirSync(new URL('.', new URL(name, root)), { recursive: true })
  writeFileSync(new URL(name, root), text)
}
