import { mkdirSync, writeFileSync } from 'node:fs'
import { referenceFiles } from './reference-files.js'

/** `npm run docs`: writes the pages of docs/reference/. */
const root = new URL('../', import.meta.url)
mkdirSync(new URL('docs/reference/', root), { recursive: true })
for (const [name, text] of referenceFiles()) writeFileSync(new URL(name, root), text)
