import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { allConfigKeys } from './reference-config.js'
import { referenceFiles } from './reference-files.js'

/**
 * `npm run docs`: writes the pages of docs/reference/. `-- --release X.Y.Z` instead keeps the config keys of that release, for the column
 * "since".
 */
const root = new URL('../', import.meta.url)
const { release } = parseArgs({ options: { release: { type: 'string' } } }).values
if (release === undefined) {
  mkdirSync(new URL('docs/reference/', root), { recursive: true })
  for (const [name, text] of await referenceFiles()) writeFileSync(new URL(name, root), text)
} else writeFileSync(new URL(`scripts/config-keys/${release}.txt`, root), `${allConfigKeys().join('\n')}\n`)
