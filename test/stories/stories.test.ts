import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { retell } from './story.js'

const folder = new URL('.', import.meta.url)

describe('stories', () => {
  for (const file of readdirSync(folder).filter(name => name.endsWith('.story')))
    it(file.replace('.story', '').replaceAll('-', ' '), () => {
      const told = readFileSync(new URL(file, folder), 'utf8')
      assert.equal(retell(told), told, `${file}: if the new output is right, run: tsx scripts/stories.ts --rewrite`)
    })
})
