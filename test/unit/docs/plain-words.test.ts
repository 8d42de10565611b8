import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Words that docs/style.md §7 replaces: learners of English do not know them. */
const replaced =
  /\b(anew|whomever|whoever|whom|thereof|therein|thereby|thereupon|wherein|whereby|whereupon|hitherto|henceforth|hence|whence|lest|albeit|befalls?|shall|nought|nobody's affair)\b/i

/** Files that name these words in order to forbid them, and files that are made from others. */
const exempt = ['docs/style.md', 'test/unit/docs/plain-words.test.ts', 'docs/reference/']

const filesOf = (folder: string, form: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => form.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
    .map(name => join(folder, name))

const files = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...filesOf('docs', /\.md$/),
  ...['src', 'console/src', 'test', 'scripts'].flatMap(folder => filesOf(folder, /\.(tsx?|js|sh)$/)),
].filter(file => !exempt.some(each => file.startsWith(each)))

describe('the documentation and the code', () => {
  it('use no word that docs/style.md replaces', () => {
    assert.ok(files.length > 800, 'the folders are still where they were')
    const used = files.flatMap(file =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => {
          // `systemctl kill --kill-whom` is a name, not a word.
          const word = replaced.exec(line.replaceAll('--kill-whom', ''))?.[0]
          return word === undefined ? [] : [`${file}:${index + 1}: ${word}`]
        }),
    )
    assert.deepEqual(used, [])
  })
})
