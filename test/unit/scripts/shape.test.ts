import assert from 'node:assert/strict'
import { largeClasses, largeOptions, parse, unusedExports } from '../../../scripts/shape.js'

const sourcesOf = (files: Readonly<Record<string, string>>) => parse(new Map(Object.entries(files)))
const numbered = (count: number, form: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => form(n)).join('\n')
const fields = (count: number): string => numbered(count, n => `  #field${n} = ${n}`)
const members = (count: number): string => numbered(count, n => `  readonly member${n}: number`)

describe('the check of sizes', () => {
  it('counts the fields of a class with those that its constructor declares, but not static ones', () => {
    const large = largeClasses(
      sourcesOf({
        'src/a.ts': `class Ten {\n${fields(9)}\n  static readonly most = 1\n  get all() { return 1 }\n  constructor(private readonly x: number, y: number) {}\n}`,
        'src/b.ts': `class Eleven {\n${fields(9)}\n  constructor(private readonly x: number, readonly y: number) {}\n}`,
      }),
    )
    assert.deepEqual(large, [{ file: 'src/b.ts', line: 1, name: 'Eleven', what: '11 fields, of 10' }])
  })

  it('counts options by their name, or because a constructor is given them', () => {
    const large = largeOptions(
      sourcesOf({
        'src/a.ts': `export interface RoomOptions {\n${members(9)}\n}\nexport interface Small extends Pick<RoomOptions, 'member1' | 'member2'> {\n${members(8)}\n}`,
        'src/b.ts': `import type { Small as Given } from './a.js'\nexport interface Terms {\n${members(9)}\n}\nclass Room { constructor(given: Given, private readonly terms: Terms) {} }`,
        'src/c.ts': `export type DoorParts = { readonly one: 1 } & Port\nexport interface Port {\n${numbered(9, n => `  do${n}(): void`)}\n}\nclass Door { constructor(port: Port) {} }`,
      }),
    )
    assert.deepEqual(
      large.map(({ file, name, what }) => [file, name, what]),
      [
        ['src/a.ts', 'RoomOptions', '9 options, of 8'],
        ['src/b.ts', 'Terms', '9 options, of 8'],
        ['src/c.ts', 'DoorParts', '10 options, of 8'],
      ],
    )
  })
})

describe('the check of exports', () => {
  const isOurs = (path: string): boolean => path.startsWith('src/')
  const unused = (files: Readonly<Record<string, string>>): string[] =>
    unusedExports(sourcesOf(files), isOurs).map(({ file, name }) => `${file} ${name}`)

  it('finds those that no other file imports, and those that a face exports again for nobody', () => {
    const found = unused({
      'src/room.ts': 'export const one = 1, two = 2\nexport function three() {}\nexport interface Four {}\nexport class Five {}',
      'src/face.ts': "export { one, two } from './room.js'\nexport * from './late.js'",
      'src/late.ts': 'export const six = 6\nexport const seven = 7',
      'test/room.test.ts':
        "import { one, six } from '../src/face.js'\nimport { three as three3, type Four } from '../src/room.js'\nexport const mine = 1",
    })
    assert.deepEqual(found, ['src/room.ts Five', 'src/face.ts two', 'src/late.ts seven'])
  })

  it('takes a file that is imported as a whole as used', () => {
    assert.deepEqual(
      unused({
        'src/a.ts': 'export const one = 1',
        'src/b.ts': 'export const two = 2',
        'src/c.ts': "import * as a from './a.js'\nvoid import('./b.js')",
      }),
      [],
    )
  })
})
