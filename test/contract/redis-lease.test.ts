import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRedisUrl } from '../../src/config/redis-url.js'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { millis } from '../../src/foundation/time.js'
import type { AgentUri, GroupName } from '../../src/routing/world/ids.js'
import { RedisLease } from '../../src/store/redis/lease.js'
import { RedisStore } from '../../src/store/redis/store.js'
import { eventually } from '../wire/harness/eventually.js'
import { RedisServer } from '../wire/harness/redis.js'

const look = (server?: string) => ({ kind: 'look', server }) as const
const renew = (token: number) => ({ kind: 'renew', token }) as const

describe('The lease in Redis', () => {
  let folder: string
  let redis: RedisServer
  const leases: RedisLease[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-lease-'))
    redis = await RedisServer.start(folder, '--appendonly', 'no')
  })
  afterEach(async () => {
    for (const lease of leases.splice(0)) lease.close()
    await redis.kill()
    await rm(folder, { recursive: true })
  })

  function place() {
    const read = readRedisUrl(redis.url())
    assert.ok(read.ok)
    return read.value
  }
  async function open(node: string, span = 10_000): Promise<RedisLease> {
    const lease = new RedisLease(place(), { node, span: millis(span), clock: systemClock })
    leases.push(lease)
    await lease.open()
    return lease
  }

  it('is given by a known Redis to the first who asks, and is renewed only for that node and token', async () => {
    const [a, b] = [await open('a'), await open('b')]
    const seen = await a.ask(look())
    assert.deepEqual(seen, { kind: 'theirs', server: seen.server, leader: undefined, others: [] })
    assert.equal((await a.ask(look('another'))).kind, 'theirs', 'not from a Redis that is new to us')
    const mine = await a.ask(look(seen.server))
    const { latest } = mine
    const since = latest?.since
    assert.ok(since !== undefined && Math.abs(since - Date.now()) < 60_000)
    assert.deepEqual(mine, { kind: 'ours', server: seen.server, token: 1, others: [], latest: { since, token: 1 } })
    assert.deepEqual(await b.ask(look(seen.server)), { kind: 'theirs', server: seen.server, leader: 'a', others: ['a'], latest })
    assert.equal((await a.ask(renew(1))).kind, 'ours')
    assert.equal((await b.ask(renew(1))).kind, 'theirs')
    assert.equal((await a.ask(renew(2))).kind, 'theirs')
  })

  it('ends by itself or is given back, and the next one has a larger token', async () => {
    const [a, b] = [await open('a', 1_000), await open('b', 10_000)]
    const { server } = await a.ask(look())
    await a.ask(look(server))
    const taken = await eventually('the lease has ended', async () => {
      const answer = await b.ask(look(server))
      return answer.kind === 'ours' ? answer : undefined
    })
    assert.equal(taken.token, 2)
    const { latest } = taken
    assert.deepEqual(await a.ask(renew(1)), { kind: 'theirs', server, leader: 'b', others: ['b'], latest })
    await b.leave(2)
    const { others, latest: next } = await a.ask(look(server))
    assert.deepEqual([others, next?.token], [[], 3], 'b is not there any more')
  })

  it('lost by Redis is given to nobody who led before', async () => {
    const a = await open('a')
    const { server } = await a.ask(look())
    await a.ask(look(server))
    await redis.kill()
    await redis.start()
    const answer = await eventually('Redis is back', () => a.ask(renew(1)).catch(() => undefined))
    assert.equal(answer.kind, 'theirs')
    assert.notEqual(answer.server, server)
  })

  it('of another node makes Redis refuse the writes of the one before, which is told', async () => {
    const [a, b] = [await open('a', 1_000), await open('b')]
    const { server } = await a.ask(look())
    await a.ask(look(server))
    const lost: string[] = []
    const owner = { kind: 'node', name: 'a', token: 1, lost: (why: string) => void lost.push(why) } as const
    const store = new RedisStore({ place: place(), shown: 'here', owner, clock: systemClock, log: silentLog })
    await store.load()
    const signIn = { agent: 'sip:alice@example.com' as AgentUri, group: 'support' as GroupName, at: 1 as never }
    store.saveSignIn(signIn)
    assert.equal(await store.kept(), true)
    await eventually('b has the lease', async () => (await b.ask(look(server))).kind === 'ours')
    store.deleteSignIn(signIn.agent, signIn.group)
    assert.equal(await store.kept(), false)
    assert.match(lost[0] ?? '', /refuses the writes of this node \(stale\)/)
    assert.match(await redis.command('hkeys', '{test}:sign-ins'), /alice/)
    await store.close()
  })
})
