import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { readRedisUrl } from '../../src/config/redis-url.js'
import { systemClock, wallNow } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { millis, wallTime } from '../../src/foundation/time.js'
import type { AgentUri, CallId, GroupName } from '../../src/routing/world/ids.js'
import type { CallRecord } from '../../src/store/port.js'
import { RedisConnection, type RedisPlace } from '../../src/store/redis/connection.js'
import { RedisStore } from '../../src/store/redis/store.js'
import { eventually } from '../wire/harness/eventually.js'
import { freePort } from '../wire/harness/ports.js'
import { RedisServer } from '../wire/harness/redis.js'

const alice = 'sip:alice@example.com' as AgentUri
const bob = 'sip:bob@example.com' as AgentUri
const support = 'support' as GroupName
const sales = 'sales' as GroupName
const at = wallTime(1_700_000_000_000)
const call = (id: string): CallId => id as CallId
const record = (id: string): CallRecord =>
  ({
    ...{
      call: id,
      workflow: 'support',
      caller: 'sip:ann@example.com',
      arrivedAt: wallNow(systemClock),
      endedAt: wallNow(systemClock),
    },
    ...{ talked: 0, waits: [], offers: [], answers: [], outcome: 'abandoned' },
  }) as unknown as CallRecord
const entry = (what: string) => ({
  at: wallNow(systemClock),
  who: 'ann',
  kind: 'user' as const,
  from: '192.0.2.1',
  what,
  done: true,
})

describe('the store in Redis', () => {
  let folder: string
  let redis: RedisServer
  let lines: string[]
  const open: RedisStore[] = []
  const log = {
    ...silentLog,
    error: (message: string) => void lines.push(`error ${message}`),
    warn: (message: string) => void lines.push(`warn ${message}`),
    info: (message: string) => void lines.push(`info ${message}`),
  }
  const begin = async (...options: readonly string[]): Promise<void> => {
    redis = await RedisServer.start(folder, ...options)
  }
  function placeOf(more = ''): RedisPlace {
    const read = readRedisUrl(`${redis.url()}${more}`)
    assert.ok(read.ok)
    return read.value
  }
  function make(own = folder, place = placeOf()): RedisStore {
    const store = new RedisStore({
      place,
      shown: 'redis://here',
      owner: { kind: 'alone', folder: own },
      clock: systemClock,
      log,
      run: { version: '1', beganAt: at },
    })
    open.push(store)
    return store
  }
  /** Another connection to the same keys. */
  async function beside<T>(use: (connection: RedisConnection) => Promise<T>): Promise<T> {
    const connection = new RedisConnection(placeOf(), () => undefined)
    await connection.open(systemClock)
    try {
      return await use(connection)
    } finally {
      connection.close()
    }
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-redis-'))
    lines = []
  })
  afterEach(async () => {
    redis.goOn()
    for (const store of open.splice(0)) await store.close()
    await redis.kill()
    await rm(folder, { recursive: true })
  })

  it('keeps everything over a restart of the server, and says how the last run ended', async () => {
    await begin()
    const first = make()
    await first.load()
    first.saveSignIn({ agent: alice, group: support, at })
    first.savePointer({ group: support, agent: bob })
    first.saveLiveCall(call('c-1'), '{"a":1}')
    first.saveLiveCall(call('c-2'), '{}')
    first.saveRegistrations(alice, 'there')
    first.saveChoice(bob, 'busy')
    first.saveAgent(alice, 'idle')
    await first.flush()
    first.deleteLiveCall(call('c-2'))
    first.endRun()
    await first.close()
    const { lastRun, wroteAt, ...kept } = await make().load()
    assert.deepEqual(kept, {
      signIns: [{ agent: alice, group: support, at }],
      pointers: [{ group: support, agent: bob }],
      liveCalls: [{ call: 'c-1', state: '{"a":1}' }],
      registrations: [{ address: alice, state: 'there' }],
      choices: [{ agent: bob, state: 'busy' }],
      agents: [{ agent: alice, state: 'idle' }],
    })
    assert.equal(lastRun?.version, '1')
    assert.ok(lastRun.endedAt !== undefined && wroteAt !== undefined)
  })

  it('writes what changed while Redis did not answer: in order, each thing once, and without waiting', async () => {
    await begin()
    const store = make()
    await store.load()
    store.saveLiveCall(call('ends'), '{}')
    store.saveAudit(entry('first'))
    await store.flush()
    redis.pause()
    store.saveAudit(entry('second'))
    store.saveSignIn({ agent: alice, group: support, at })
    await eventually('the store is unhealthy', () => !store.healthy())
    store.deleteSignIn(alice, support)
    store.saveSignIn({ agent: bob, group: sales, at })
    store.deleteLiveCall(call('ends'))
    store.saveLiveCall(call('came and went'), '{}')
    store.deleteLiveCall(call('came and went'))
    store.saveRecord(record('ends'))
    store.saveAudit(entry('third'))
    redis.goOn()
    await eventually('the store works again', () => store.healthy())
    await store.flush()
    const { signIns, liveCalls } = await store.load()
    assert.deepEqual(signIns, [{ agent: bob, group: sales, at }])
    assert.deepEqual(liveCalls, [])
    const { items } = await store.audit({ limit: 10 })
    assert.deepEqual(
      items.map(({ id, what }) => `${id} ${what}`),
      ['3 third', '2 second', '1 first'],
    )
    assert.equal((await store.records({ limit: 10 })).items.length, 1)
    assert.match(lines[0] ?? '', /^error store redis:\/\/here is not written: changes would be lost by a restart/)
    assert.match(lines.at(-1) ?? '', /^info store redis:\/\/here works again/)
    assert.equal(lines.length, 2)
  })

  it('writes what changed while Redis was down', async () => {
    await begin()
    const store = make()
    await store.load()
    store.saveSignIn({ agent: alice, group: support, at })
    await store.flush()
    await redis.kill()
    store.saveSignIn({ agent: bob, group: support, at })
    assert.equal(await store.kept(), false)
    await redis.start()
    await eventually('the store works again', () => store.healthy())
    await store.flush()
    assert.equal((await store.load()).signIns.length, 2)
  })

  it('writes everything again into a Redis that has lost its data', async () => {
    await begin('--appendonly', 'no')
    const store = make()
    await store.load()
    store.saveSignIn({ agent: alice, group: support, at })
    store.saveLiveCall(call('c-1'), '{}')
    store.saveAudit(entry('first'))
    await store.flush()
    await redis.kill()
    await redis.start()
    store.saveLiveCall(call('c-2'), '{}')
    await eventually('both calls are there', async () => store.healthy() && (await store.load()).liveCalls.length === 2)
    assert.deepEqual((await store.load()).signIns, [{ agent: alice, group: support, at }])
    store.saveAudit(entry('second'))
    assert.deepEqual(
      (await store.audit({ limit: 10 })).items.map(({ id }) => id),
      [2],
    )
    assert.match(lines.join('\n'), /^warn store redis:\/\/here has lost its latest writes/m)
  })

  it('writes everything again into a Redis that went back to an older state', async () => {
    await begin()
    const store = make()
    await store.load()
    store.saveLiveCall(call('over'), '{}')
    await store.flush()
    const old = await beside(connection => connection.ask(['HGET', connection.key('leader'), 'batch']))
    store.deleteLiveCall(call('over'))
    store.saveSignIn({ agent: alice, group: support, at })
    await store.flush()
    await beside(async connection => {
      await connection.ask(['HSET', connection.key('leader'), 'batch', Number(old)])
      await connection.ask(['HSET', connection.key('calls'), 'over', '{}'])
      await connection.ask(['DEL', connection.key('sign-ins')])
    })
    store.savePointer({ group: support, agent: alice })
    await eventually('everything is written', async () => {
      const kept = await store.load()
      return kept.liveCalls.length === 0 && kept.signIns.length === 1 && kept.pointers.length === 1
    })
  })

  it('does not write once another server has claimed the keys', async () => {
    await begin()
    const store = make()
    await store.load()
    await beside(connection => connection.ask(['HINCRBY', connection.key('leader'), 'token', 1]))
    store.saveSignIn({ agent: alice, group: support, at })
    assert.equal(await store.kept(), false)
    assert.match(lines.at(-1) ?? '', /another Carillon has taken over these keys/)
    assert.deepEqual(await beside(connection => connection.ask(['HKEYS', connection.key('sign-ins')])), [])
  })

  it('refuses keys that a live server uses, and gives them free when that one closes', async () => {
    await begin()
    const first = make()
    await first.load()
    const other = await mkdtemp(join(tmpdir(), 'carillon-redis-'))
    try {
      await assert.rejects(make(other).load(), /^StoreInUse: store redis:\/\/here is in use by another Carillon \(.+\)/)
      await assert.rejects(make().load(), /^StoreInUse/, 'a second server with the same folder')
      await first.close()
      await make(other).load()
    } finally {
      for (const store of open.splice(0)) await store.close()
      await rm(other, { recursive: true })
    }
  })

  it('starts at once after a kill on the same machine', async () => {
    await begin()
    await beside(async connection => {
      const { hostname } = await import('node:os')
      await connection.ask(['SET', connection.key('lease'), `${hostname()} ${folder}`, 'PX', 60_000])
    })
    await make().load()
  })

  it('refuses keys of a newer Carillon', async () => {
    await begin()
    await beside(connection => connection.ask(['HSET', connection.key('leader'), 'format', 2]))
    await assert.rejects(make().load(), /^StoreTooNew: .*its format is 2/)
  })

  it('shares one key for marks of passwords among its servers', async () => {
    await begin()
    const store = make()
    await store.load()
    const key = await store.sharedKey(Buffer.alloc(32, 1))
    assert.deepEqual(key, Buffer.alloc(32, 1))
    assert.deepEqual(await store.sharedKey(Buffer.alloc(32, 2)), key)
  })

  it('keeps only as many records as the config says, the latest', async () => {
    await begin('--appendonly', 'no')
    const store = make(folder, { ...placeOf(), mostRecords: 3 })
    await store.load()
    for (let n = 0; n < 10; n += 1) {
      store.saveRecord({ ...record(`c-${n}`), arrivedAt: wallTime(wallNow(systemClock) + n) })
      await store.flush()
    }
    const { items } = await store.records({ limit: 10 })
    assert.deepEqual(
      items.map(({ call }) => call),
      ['c-9', 'c-8', 'c-7'],
    )
    assert.equal(await beside(connection => connection.ask(['HLEN', connection.key('records')])), 3)
  })

  it('deletes records and entries of the audit log that are too old', async () => {
    await begin('--appendonly', 'no')
    const owner = { kind: 'alone', folder } as const
    const own = { place: placeOf(), shown: 'redis', owner, clock: systemClock, log }
    const store = new RedisStore({ ...own, keepRecords: millis(1_000), keepAudit: millis(1_000) })
    open.push(store)
    await store.load()
    store.saveRecord({ ...record('old'), arrivedAt: at })
    store.saveAudit({ ...entry('old'), at })
    await store.flush()
    store.saveRecord(record('new'))
    store.saveAudit(entry('new'))
    await store.flush()
    assert.deepEqual(
      (await store.records({ limit: 10 })).items.map(record => record.call),
      ['new'],
    )
    assert.deepEqual(
      (await store.audit({ limit: 10 })).items.map(({ what }) => what),
      ['new'],
    )
  })

  it('says that it was not read, without the password', async () => {
    await begin('--requirepass', 'right')
    const place = { ...placeOf(), secrets: { password: 'wrong-secret' } }
    const store = make(folder, place)
    await store.load()
    assert.equal(store.healthy(), false)
    assert.match(lines[0] ?? '', /^error store redis:\/\/here was not read: .*WRONGPASS/)
    await assert.rejects(store.records({ limit: 1 }), (error: Error) => !inspect(error).includes('secret'))
    assert.ok(!lines.join().includes('secret'))
    const right = make(folder, { ...placeOf(), secrets: { password: 'right' } })
    await right.load()
    assert.equal(right.healthy(), true)
  })

  it('says that Redis is not there', async () => {
    await begin()
    await redis.kill()
    const store = make()
    await store.load()
    assert.match(lines[0] ?? '', /ECONNREFUSED/)
  })
})

describe('the store in a Redis Cluster and behind Sentinels', () => {
  let folder: string
  const servers: RedisServer[] = []
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'carillon-redis-'))))
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.kill()
    await rm(folder, { recursive: true })
  })

  async function keepsSignIns(url: string): Promise<void> {
    const read = readRedisUrl(url)
    assert.ok(read.ok)
    const make = () =>
      new RedisStore({ place: read.value, shown: 'here', owner: { kind: 'alone', folder }, clock: systemClock, log: silentLog })
    const first = make()
    await first.load()
    first.saveSignIn({ agent: alice, group: support, at })
    assert.equal(await first.kept(), true)
    first.saveRecord(record('c-1'))
    assert.equal((await first.records({ limit: 1 })).items.length, 1)
    await first.close()
    const second = make()
    assert.deepEqual((await second.load()).signIns, [{ agent: alice, group: support, at }])
    await second.close()
  }

  it('keeps sign-ins in a cluster', async () => {
    const bus = String(await freePort('127.0.0.1'))
    const asNode = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-port', bus]
    const node = await RedisServer.start(folder, ...asNode)
    servers.push(node)
    await node.command('cluster', 'addslotsrange', '0', '16383')
    await eventually('the cluster works', async () => (await node.command('cluster', 'info')).includes('cluster_state:ok'))
    await keepsSignIns(`redis://127.0.0.1:${node.port}?cluster&prefix=test`)
  })

  it('keeps sign-ins in the master that a Sentinel names', async () => {
    const master = await RedisServer.start(folder, '--requirepass', 'secret')
    const sentinel = await RedisServer.sentinel(folder, { name: 'main', port: master.port, password: 'secret' })
    servers.push(sentinel, master)
    await keepsSignIns(`redis://:secret@127.0.0.1:${sentinel.port}/0?sentinel=main&prefix=test`)
  })

  it('says that no Sentinel answers, and does not wait for ever', async () => {
    const lines: string[] = []
    const read = readRedisUrl('redis://127.0.0.1:9?sentinel=main')
    assert.ok(read.ok)
    const log = { ...silentLog, error: (message: string) => void lines.push(message) }
    const store = new RedisStore({ place: read.value, shown: 'here', owner: { kind: 'alone', folder }, clock: systemClock, log })
    await store.load()
    assert.match(lines[0] ?? '', /was not read: .*\((no answer within 5 s|.*Sentinel.*|.*sentinel.*)\)/)
    await store.close()
  }).timeout(10_000)
})
