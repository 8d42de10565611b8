import { mkdirSync, writeFileSync } from 'node:fs'
import { jsonSchemas } from '../src/config/json-schema.js'

/** `npm run schema`: writes config/schema/, by which editors complete and check the config. */
const folder = new URL('../config/schema/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, text] of jsonSchemas()) writeFileSync(new URL(name, folder), text)
