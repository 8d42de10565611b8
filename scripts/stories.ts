import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { retell } from '../test/stories/story.js'

/** `tsx scripts/stories.ts [--rewrite]`: lists the stories that fail. With --rewrite it rewrites them, for review as a diff. */
const rewrite = process.argv.includes('--rewrite')
const folder = new URL('../test/stories/', import.meta.url)
for (const file of readdirSync(folder).filter(name => name.endsWith('.story'))) {
  const place = new URL(file, folder)
  const told = readFileSync(place, 'utf8')
  const retold = retell(told)
  if (retold === told) continue
  console.log(`${file} ${rewrite ? 'rewritten' : 'differs'}`)
  if (rewrite) writeFileSync(place, retold)
  else process.exitCode = 1
}
