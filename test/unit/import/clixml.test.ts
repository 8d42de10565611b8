import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readClixml } from '../../../src/import/clixml.js'
import type { Tree } from '../../../src/import/tree.js'
import { clixml, Enumeration, guid, span, utf16, type Value } from '../../fakes/lync-export.js'

const namespace = 'xmlns="http://schemas.microsoft.com/powershell/2004/04"'
const objs = (inside: string): Buffer => Buffer.from(`<Objs Version="1.1.0.1" ${namespace}>${inside}</Objs>`)

/** A tree as plain values. */
function plain(tree: Tree): unknown {
  if (Array.isArray(tree)) return (tree as readonly Tree[]).map(plain)
  return tree instanceof Map
    ? Object.fromEntries([...(tree as ReadonlyMap<string, Tree>)].map(([key, each]) => [key, plain(each)]))
    : tree
}

function read(bytes: Buffer): unknown {
  const outcome = readClixml(bytes)
  return outcome.ok ? outcome.value.map(plain) : outcome.fault
}

describe('reading the XML of PowerShell', () => {
  it('reads every kind of value', () => {
    const shared = { Name: 'once' }
    const objects: Value[] = [
      {
        Text: 'a & <b> "c"',
        Lines: 'one\r\ntwo_x000A_',
        Number: 7,
        Flag: true,
        Nothing: null,
        Id: guid('08b3ffec-0000-0000-0000-000000000001'),
        Span: span(570),
        Method: new Enumeration('LongestIdle'),
        List: [1, 'two', shared],
        Again: shared,
        Empty: [],
      },
    ]
    const expected = [
      {
        text: 'a & <b> "c"',
        lines: 'one\r\ntwo_x000A_',
        number: 7,
        flag: true,
        nothing: null,
        id: '08b3ffec-0000-0000-0000-000000000001',
        span: 'PT9H30M',
        method: 'LongestIdle',
        list: [1, 'two', { name: 'once' }],
        again: { name: 'once' },
        empty: [],
      },
    ]
    assert.deepEqual(read(Buffer.from(clixml(objects))), expected)
    assert.deepEqual(read(utf16(clixml(objects))), expected)
    assert.deepEqual(read(Buffer.from(utf16(clixml(objects))).swap16()), expected)
    assert.deepEqual(read(utf16(clixml(objects)).subarray(2)), expected, 'without a byte order mark')
  })

  it('opens a list at the top, as Export-Clixml writes it', () => {
    assert.deepEqual(read(Buffer.from(clixml([[{ A: 1 }, { B: 2 }]]))), [{ a: 1 }, { b: 2 }])
  })

  it('reads what a random tree of values says', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 })
    const { tree } = fc.letrec<{ tree: Value }>(tie => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        text,
        fc.integer({ min: -40_000, max: 40_000 }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,8}$/), tie('tree'), { minKeys: 1, maxKeys: 4 }),
      ),
    }))
    const lower = (value: Value): unknown => {
      if (Array.isArray(value)) return (value as readonly Value[]).map(lower)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value as Readonly<Record<string, Value>>).map(([key, each]) => [key.toLowerCase(), lower(each)]),
      )
    }
    fc.assert(
      fc.property(tree, fc.boolean(), (value, wide) => {
        const text = clixml([{ value }])
        assert.deepEqual(read(wide ? utf16(text) : Buffer.from(text)), [lower({ value })])
      }),
      { numRuns: 50 },
    )
  })

  for (const [what, bytes, why] of [
    ['text that is not XML', objs('<Obj>'), /^is not XML: /],
    ['other XML', Buffer.from('<html/>'), /^is not written by PowerShell/],
    [
      'a document type',
      Buffer.from(`<!DOCTYPE x [<!ENTITY a "aaaa">]><Objs ${namespace}><S>&a;</S></Objs>`),
      /^declares a document type/,
    ],
    ['tags nested too deeply', objs('<Obj><LST>'.repeat(3_000) + '</LST></Obj>'.repeat(3_000)), /^is not XML: /],
    ['no objects', Buffer.from(`<Other ${namespace}/>`), /^holds no objects$/],
    ['nothing', Buffer.alloc(0), /^is not written by PowerShell/],
  ] as const)
    it(`refuses ${what}`, () => assert.match(String(read(bytes)), why))

  it('refuses references that multiply, without making the values', () => {
    const level = (id: number): string => `<Obj RefId="${id}"><LST>${`<Ref RefId="${id - 1}"/>`.repeat(10)}</LST></Obj>`
    const bomb = `<Obj RefId="0"><LST><S>a</S></LST></Obj>${Array.from({ length: 40 }, (_, index) => level(index + 1)).join('')}`
    assert.match(String(read(objs(bomb))), /^has too many values/)
  })

  it('refuses more tags than any export has, before it parses them', () => {
    assert.equal(read(objs('<S/>'.repeat(1_600_000))), 'has too many values')
  })

  it('cuts a ring of references', () => {
    assert.deepEqual(
      read(objs('<Obj RefId="1"><Props><S N="Name">a</S><Ref N="Self" RefId="1"/><Ref N="Lost" RefId="7"/></Props></Obj>')),
      [{ name: 'a', self: null, lost: null }],
    )
  })

  it('does not expand entities other than those of XML', () => {
    assert.deepEqual(read(objs('<S>&amp;&#65;&#x42;&unknown;&#x110000;_x0043_</S>')), ['&AB&unknown;&#x110000;C'])
  })

  it('never throws, whatever the bytes are', () => {
    const valid = Buffer.from(clixml([{ Name: 'a', List: [1, { B: null }] }]))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 12 }), changes => {
        const bytes = Buffer.from(valid)
        for (const [at, byte] of changes) bytes[at] = byte
        readClixml(bytes)
      }),
    )
  })
})
