import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('../../../docs/decisions/', import.meta.url)

describe('docs/decisions/README.md', () => {
  it('lists each decision once', () => {
    const listed = [...readFileSync(new URL('README.md', folder), 'utf8').matchAll(/^\| \[\d+\]\(([^)]+)\)/gm)]
    const pages = readdirSync(folder).filter(name => /^\d/.test(name))
    assert.deepEqual(listed.map(([, page]) => page).sort(), pages.sort())
  })
})
