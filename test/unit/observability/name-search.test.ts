import assert from 'node:assert/strict'
import fc from 'fast-check'
import { NameSearch } from '../../../src/observability/name-search.js'

const replaced = (names: readonly string[], text: string): string =>
  new NameSearch(names.map(name => [name, `<${name.length}>`] as const)).replaced(text)

describe('the search for many names in a text', () => {
  it('replaces each name wherever it occurs, also within a word', () => {
    assert.equal(replaced(['abc', 'xy'], 'abc-xabcy xy xxy'), '<3>-x<3>y <2> x<2>')
    assert.equal(replaced([], 'abc'), 'abc')
    assert.equal(replaced(['', 'a'], ''), '')
  })

  it('replaces the longest of several names that end at the same place, and none that overlaps it', () => {
    assert.equal(replaced(['abc', 'abcdef'], 'abcdef abc abcde'), '<6> <3> <3>de')
    assert.equal(replaced(['def', 'abcdef'], 'abcdef def'), '<6> <3>')
    assert.equal(replaced(['abcd', 'cdef'], 'abcdef'), 'ab<4>')
  })

  it('finds a name whose beginning another name has in its middle', () => {
    assert.equal(replaced(['aabab', 'abac'], 'aababac'), 'aab<4>')
    assert.equal(replaced(['she', 'hers', 'he'], 'ushers'), 'us<4>')
  })

  it('leaves no name in the text', () => {
    const word = fc.stringMatching(/^[ab]{1,6}$/)
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.stringMatching(/^[abc]{0,60}$/), (names, text) => {
        const search = new NameSearch(names.map(name => [name, '#'] as const))
        const shown = search.replaced(text)
        for (const name of names) assert.equal(shown.includes(name), false, `${name} in ${shown}`)
      }),
    )
  })

  // A search that begins again at each character takes minutes for these, and this test would time out.
  it('reads a hostile text once, however many names it has', () => {
    const names = Array.from({ length: 500 }, (_, count) => `${'a'.repeat(60)}${count}`)
    assert.equal(replaced(names, 'a'.repeat(512 * 1024)).length, 512 * 1024)
  })
})
