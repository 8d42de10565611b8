import assert from 'node:assert/strict'
import { countedMs, FirstSeconds, mostUnproven } from '../../../src/media/rtp/first-seconds.js'

describe('streams to hosts that have not shown that they want sound', () => {
  let first: FirstSeconds
  beforeEach(() => (first = new FirstSeconds()))
  const takes = (host: string, source: string | undefined, now = 0): boolean => first.take({ host, source }, now) !== undefined
  const hostOf = (number: number): string => `198.51.100.${number}`

  it('are limited to four for each host, from all authors together', () => {
    for (let taken = 0; taken < mostUnproven.toHost; taken += 1) assert(takes('192.0.2.1', hostOf(taken)))
    assert(!takes('192.0.2.1', hostOf(99)))
    assert(takes('192.0.2.2', hostOf(99)))
  })

  it('are limited to sixteen for each author, to all hosts together', () => {
    for (let taken = 0; taken < mostUnproven.fromSource; taken += 1) assert(takes(hostOf(taken), '192.0.2.1'))
    assert(!takes(hostOf(99), '192.0.2.1'))
    assert(takes(hostOf(99), '192.0.2.2'))
    assert(takes(hostOf(98), undefined))
  })

  it('count an IPv6 /48 as one host', () => {
    for (let taken = 1; taken <= mostUnproven.toHost; taken += 1) assert(takes(`2001:db8:1:${taken}::1`, undefined))
    assert(!takes('2001:db8:1:ffff::1', undefined))
    assert(takes('2001:db8:2::1', undefined))
  })

  it('count for another minute after their first seconds, but not once a packet came', () => {
    const [proven] = Array.from({ length: mostUnproven.toHost }, () => first.take({ host: '192.0.2.1', source: undefined }, 0))
    assert(!takes('192.0.2.1', undefined, countedMs - 1))
    proven?.prove()
    proven?.prove()
    assert(takes('192.0.2.1', undefined, countedMs - 1))
    assert(!takes('192.0.2.1', undefined, countedMs - 1))
    assert(takes('192.0.2.1', undefined, countedMs))
  })

  it('have a limit for all hosts together', () => {
    let taken = 0
    for (let host = 0; host < 5000; host += 1) if (takes(`10.0.${host >> 8}.${host & 255}`, undefined)) taken += 1
    assert.equal(taken, 4096)
    assert(takes('10.1.0.1', undefined, countedMs))
  })
})
