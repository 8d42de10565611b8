import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { jsonSchemas } from '../../../src/config/json-schema.js'
import { presenceSourceWords } from '../../../src/config/settings.js'
import { routes } from '../../../src/http/routes.js'
import { routingMethodNames } from '../../../src/routing/world/words.js'

const root = new URL('../../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

const keysIn = ({ properties, items }: Schema): string[] => [
  ...(items ? keysIn(items) : []),
  ...Object.entries(properties ?? {}).flatMap(([key, schema]) => [key, ...keysIn(schema)]),
]

describe('docs/extending.md', () => {
  it('names files and folders that exist', () => {
    const paths = [...read('docs/extending.md').matchAll(/`((?:src|console|test|docs)\/[\w./-]+)`/g)].map(([, path = '']) => path)
    assert.ok(paths.length > 50, 'the page still names its files in backticks')
    assert.deepEqual(
      paths.filter(path => !existsSync(new URL(path, root))),
      [],
    )
  })
})

describe('steps of docs/extending.md that the compiler can’t check', () => {
  it('have a row in docs/response-group.md and a story for each routing method', () => {
    const specification = read('docs/response-group.md')
    const stories = readdirSync(new URL('test/stories/', root))
      .filter(name => name.endsWith('.story'))
      .map(name => read(`test/stories/${name}`))
    for (const method of routingMethodNames) {
      assert.ok(specification.includes(`\n| ${method} |`), `docs/response-group.md §2 has no row for ${method}`)
      assert.ok(
        stories.some(story => new RegExp(`^config groups/\\S+ ${method}\\b`, 'm').test(story)),
        `no story has a group with ${method}`,
      )
    }
  })

  it('name each config key in docs/contract.md', () => {
    const contract = read('docs/contract.md')
    const keys = [...jsonSchemas().values()].flatMap(text => keysIn(JSON.parse(text) as Schema))
    assert.ok(keys.length > 100)
    assert.deepEqual(
      [...new Set(keys)].filter(key => !new RegExp(`\\b${key}\\b`).test(contract)),
      [],
    )
  })

  it('name each route in docs/contract.md', () => {
    const contract = read('docs/contract.md')
    const paths = new Set(routes.map(({ url }) => url.replaceAll(/:(\w+)/g, '{$1}')))
    assert.deepEqual(
      [...paths].filter(path => !contract.includes(path)),
      [],
    )
  })

  it('name each presence source in docs/presence.md', () => {
    const page = read('docs/presence.md')
    assert.deepEqual(
      presenceSourceWords.filter(source => !page.includes(`\`${source}\``)),
      [],
    )
  })

  it('serve and test each page of the console', () => {
    const pages = [...read('console/src/app.tsx').matchAll(/\{ key: '\w+', path: '(\/\w+)', icon/g)].map(([, path = '']) => path)
    assert.ok(pages.length >= 5, 'the console still lists its pages in this form')
    const [served, tested] = [read('src/http/console.ts'), read('test/console/harness/site.ts')]
    assert.deepEqual(
      pages.filter(path => !served.includes(`'${path}'`)),
      [],
      'src/http/console.ts',
    )
    assert.deepEqual(
      pages.filter(path => !tested.includes(`path: '${path}'`)),
      [],
      'test/console/harness/site.ts',
    )
  })
})
