import assert from 'node:assert/strict'
import { countedMs, FirstSeconds, mostUnproven } from '../../../src/media/rtp/first-seconds.js'

describe('streams to hosts that have not shown that they want sound', () => {
  let first: FirstSeconds
  beforeEach(() => (first = new FirstSeconds()))
  const takes = (host: string, source: string | undefined, now = 0): boolean => first.take({ host, source }, now) !== undefined
  const hostOf = (number: number): string => `198.51.100.${number}`

  it('are four for each host, whoever describes it', () => {
    for (let taken = 0; taken < mostUnproven.toHost; taken += 1) assert(takes('192.0.2.1', hostOf(taken)))
    assert(!takes('192.0.2.1', hostOf(99)))
    assert(takes('192.0.2.2', hostOf(99)))
  })

  it('are sixteen for each source of descriptions, whatever hosts they name', () => {
    for (let taken = 0; taken < mostUnproven.fromSource; taken += 1) assert(takes(hostOf(taken), '192.0.2.1'))
    assert(!takes(hostOf(99), '192.0.2.1'))
    assert(takes(hostOf(99), '192.0.2.2'))
    assert(takes(hostOf(98), undefined))
  })

  it('count an IPv6 /48 as one', () => {
    for (let taken = 1; taken <= mostUnproven.toHost; taken += 1) assert(takes(`2001:db8:1:${taken}::1`, undefined))
    assert(!takes('2001:db8:1:ffff::1', undefined))
    assert(takes('2001:db8:2::1', undefined))
  })

  it('count for a minute after their time, and no longer once a packet came', () => {
    const [proven] = Array.from({ length: mostUnproven.toHost }, () => first.take({ host: '192.0.2.1', source: undefined }, 0))
    assert(!takes('192.0.2.1', undefined, countedMs - 1))
    proven?.prove()
    proven?.prove()
    assert(takes('192.0.2.1', undefined, countedMs - 1))
    assert(!takes('192.0.2.1', undefined, countedMs - 1))
    assert(takes('192.0.2.1', undefined, countedMs))
  })

  it('have a bound for all hosts together', () => {
    let taken = 0
    for (let host = 0; host < 5000; host += 1) if (takes(`10.0.${host >> 8}.${host & 255}`, undefined)) taken += 1
    assert.equal(taken, 4096)
    assert(takes('10.1.0.1', undefined, countedMs))
  })
})
