import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { folderKnots } from '../../../scripts/knots.js'
import { parse } from '../../../scripts/shape.js'

const knots = (files: Readonly<Record<string, string>>) => folderKnots(parse(new Map(Object.entries(files))))
const namesOf = (files: Readonly<Record<string, string>>): string[] => knots(files).map(({ name }) => name)
const root = resolve(import.meta.dirname, '../../..')

describe('the check of folder knots', () => {
  it('finds a file and a folder that import each other, without any cycle of files', () => {
    const found = knots({
      'src/house/door.ts': "import { two } from './hall/two.js'",
      'src/house/hall/one.ts': "\nimport type { Door } from '../door.js'",
      'src/house/hall/two.ts': '',
    })
    assert.deepEqual(found, [
      {
        file: 'src/house/door.ts',
        line: 1,
        name: 'src/house: door.ts, hall/',
        what: 'they import each other: src/house/door.ts:1 imports hall/; src/house/hall/one.ts:2 imports door.ts',
      },
    ])
  })

  it('finds a ring of three folders, once, in the folder that holds them', () => {
    const found = namesOf({
      'src/a/one.ts': "export * from '../b/deep/one.js'",
      'src/b/deep/one.ts': "import * as c from '../../c/one.js'",
      'src/c/one.ts': 'const late = () => import("../a/two.js")',
      'src/a/two.ts': '',
    })
    assert.deepEqual(found, ['src: a/, b/, c/'])
  })

  it('finds two separate knots of one folder', () => {
    const found = namesOf({
      'src/a/one.ts': "import '../b/two.js'",
      'src/b/one.ts': "import '../a/two.js'",
      'src/c/one.ts': "import '../d/two.js'\nimport '../a/two.js'",
      'src/d/one.ts': "import '../c/two.js'",
      ...Object.fromEntries(['a', 'b', 'c', 'd'].map(folder => [`src/${folder}/two.ts`, ''])),
    })
    assert.deepEqual(found, ['src: a/, b/', 'src: c/, d/'])
  })

  it('accepts folders that import each other in one direction only, and files that import from their own folder', () => {
    const found = namesOf({
      'src/a/one.ts': "import '../b/one.js'\nimport './two.js'",
      'src/a/two.ts': "import '../c/one.js'",
      'src/b/one.ts': "import '../c/one.js'",
      'src/c/one.ts': '',
    })
    assert.deepEqual(found, [])
  })

  it('finds one in the real sources as soon as a floor imports from a file above it', () => {
    const paths = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'))
    const real = Object.fromEntries(paths.map(path => [`src/${path}`, readFileSync(join(root, 'src', path), 'utf8')]))
    assert.deepEqual(namesOf(real), [])
    const upward = "import { refusalOf } from '../screening.js'\n"
    const low = 'src/sip/message/parse.ts'
    assert.deepEqual(namesOf({ ...real, [low]: `${upward}${real[low] ?? ''}` }).length, 1)
  })
})
