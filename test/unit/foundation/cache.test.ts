import assert from 'node:assert/strict'
import { Cache } from '../../../src/foundation/cache.js'
import { seconds } from '../../../src/foundation/time.js'
import { FakeClock } from '../../fakes/clock.js'

describe('a cache', () => {
  let clock: FakeClock
  let cache: Cache<string>
  beforeEach(() => {
    clock = new FakeClock()
    cache = new Cache({ name: 'dns', clock, size: 3, staleFor: seconds(100) })
  })

  const counts = ({ entries, hits, misses, evictions }: Cache<string>): readonly number[] => [entries, hits, misses, evictions]

  it('answers until the lifetime of an entry is over', () => {
    cache.set('a', 'A', seconds(5))
    clock.pass(4_999)
    assert.equal(cache.get('a'), 'A')
    clock.pass(1)
    assert.equal(cache.get('a'), undefined)
    assert.equal(cache.get('b'), undefined)
    assert.deepEqual(counts(cache), [1, 1, 2, 0])
  })

  it('keeps the lifetime of an entry when somebody sets the wall clock', () => {
    cache.set('a', 'A', seconds(5))
    clock.turn(-3_600_000)
    clock.pass(5_000)
    assert.equal(cache.get('a'), undefined)
    cache.set('a', 'A', seconds(5))
    clock.turn(7_200_000)
    assert.equal(cache.get('a'), 'A')
  })

  it('still returns an expired entry if an old answer is accepted, and this does not count as a lookup', () => {
    cache.set('a', 'A', seconds(5))
    clock.pass(60_000)
    assert.equal(cache.stale('a'), 'A')
    assert.equal(cache.stale('b'), undefined)
    assert.deepEqual(counts(cache), [1, 0, 0, 0])
    clock.pass(45_000)
    assert.equal(cache.stale('a'), undefined, 'it expired 100 s ago')
  })

  it('replaces the oldest entry when it is full, and counts that', () => {
    for (const key of ['3', '1', '2']) cache.set(key, key, seconds(5))
    cache.set('3', 'again', seconds(5))
    cache.set('4', '4', seconds(5))
    assert.deepEqual(
      ['1', '2', '3', '4'].map(key => cache.get(key)),
      [undefined, '2', 'again', '4'],
    )
    assert.deepEqual(counts(cache), [3, 3, 1, 1])
  })

  it('removes entries that are too old for any use before it removes others', () => {
    cache.set('a', 'A', seconds(500))
    cache.set('b', 'B', seconds(5))
    cache.set('c', 'C', seconds(5))
    clock.pass(105_000)
    cache.set('d', 'D', seconds(5))
    assert.deepEqual(counts(cache), [2, 0, 0, 0])
    assert.equal(cache.get('a'), 'A')
    assert.equal(cache.stale('b'), undefined)
  })

  it('forgets the entries that it is told to', () => {
    for (const key of ['a', 'b', 'c']) cache.set(key, key, seconds(5))
    cache.forget(value => value !== 'b')
    assert.deepEqual(counts(cache), [1, 0, 0, 0])
    assert.equal(cache.get('b'), 'b')
  })

  it('takes any text as a key', () => {
    for (const key of ['__proto__', 'constructor', '']) {
      assert.equal(cache.get(key), undefined)
      cache.set(key, key, seconds(5))
      assert.equal(cache.get(key), key)
    }
  })
})
