import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'

const root = new URL('../../../', import.meta.url)

describe('docs/extending.md', () => {
  it('names files and folders that exist', () => {
    const page = readFileSync(new URL('docs/extending.md', root), 'utf8')
    const paths = [...page.matchAll(/`((?:src|console|test|docs)\/[\w./-]+)`/g)].map(([, path = '']) => path)
    assert.ok(paths.length > 30, 'the page still names its files in backticks')
    assert.deepEqual(
      paths.filter(path => !existsSync(new URL(path, root))),
      [],
    )
  })
})
