import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { readRedisUrl } from '../../src/config/redis-url.js'
import { silentLog } from '../../src/foundation/log.js'
import { wallTime, millis } from '../../src/foundation/time.js'
import type { CallId } from '../../src/routing/world/ids.js'
import { fits, latestFirst } from '../../src/store/filter.js'
import { MemoryStore } from '../../src/store/memory.js'
import type { CallRecord, RecordFilter, Store } from '../../src/store/port.js'
import { RedisStore } from '../../src/store/redis/store.js'
import { SqliteStore } from '../../src/store/sqlite.js'
import { selectOf } from '../../src/store/sqlite-records.js'
import { FakeClock } from '../fakes/clock.js'
import { RedisServer } from '../wire/harness/redis.js'

const day = 86_400_000

function record(call: string, arrivedAt: number, more: Partial<Record<keyof CallRecord, unknown>> = {}): CallRecord {
  const made = {
    ...{ call, workflow: 'support', caller: "sip:o'hara@example.com", callerName: 'Ann "A" Ö' },
    ...{
      arrivedAt,
      endedAt: arrivedAt + 5_000,
      talked: 0,
      waits: [],
      offers: [],
      answers: [],
      outcome: 'abandoned',
      status: 487,
    },
    ...more,
  }
  return made as unknown as CallRecord
}

const talk = (agent: string, from: number): Record<string, unknown> => ({ agent, side: 'agent', from, to: from + 1_000 })

const names = fc.constantFrom('support', 'sales', "o'hara|x")
const records = fc
  .uniqueArray(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 12 })), { selector: ([id]) => id, maxLength: 15 })
  .chain(ids =>
    fc.tuple(
      ...ids.map(([id, at]) =>
        fc
          .record({
            workflow: names,
            agent: fc.option(names),
            talkers: fc.array(names, { maxLength: 3 }),
            queue: names,
            caller: names,
            outbound: fc.constantFrom(undefined, true),
            forwardedTo: fc.constantFrom(undefined, 'sip:0123@pbx'),
          })
          .map(fields => ({ id, at, ...fields })),
      ),
    ),
  )
const filters = fc.record(
  {
    from: fc.integer({ min: 0, max: 12 }),
    to: fc.integer({ min: 0, max: 13 }),
    workflow: names,
    agent: names,
    queue: names,
    caller: fc.constantFrom('O', "'h", 'sales', 'Ö', '%', '0123'),
    outcome: fc.constantFrom('abandoned', 'answered'),
    direction: fc.constantFrom('inbound' as const, 'outbound' as const),
  },
  { requiredKeys: [] },
)

const subjects: readonly { readonly name: string; readonly make: (folder: string, clock: FakeClock) => Store }[] = [
  { name: 'memory', make: () => new MemoryStore() },
  {
    name: 'sqlite',
    make: (folder, clock) =>
      new SqliteStore({ file: join(folder, 'carillon.db'), keepRecords: millis(30 * day), clock, log: silentLog }),
  },
  {
    name: 'redis',
    make: (folder, clock) => {
      const read = readRedisUrl(redis.url(basename(folder)))
      assert.ok(read.ok)
      return new RedisStore({
        place: read.value,
        shown: 'redis',
        owner: { kind: 'alone', folder },
        keepRecords: millis(30 * day),
        clock,
        log: silentLog,
      })
    },
  },
]

let redis: RedisServer
let redisFolder: string
before(async () => {
  redisFolder = await mkdtemp(join(tmpdir(), 'carillon-redis-'))
  redis = await RedisServer.start(redisFolder, '--appendonly', 'no')
})
after(async () => {
  await redis.kill()
  await rm(redisFolder, { recursive: true })
})

for (const { name, make } of subjects) {
  describe(`records contract: ${name}`, () => {
    let folder: string
    let store: Store
    const clock = new FakeClock()
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'carillon-records-'))
      store = make(folder, clock)
      await store.load()
    })
    afterEach(async () => {
      await store.close()
      await rm(folder, { recursive: true })
    })

    it('keeps a record unchanged', async () => {
      const kept = record('a', clock.now(), {
        ...{ agent: 'sip:alice@example.com', group: 'support', joinedAt: clock.now(), outcome: 'answered', status: 200 },
        waits: [{ queue: 'support', from: clock.now(), waited: 3, outcome: 'answered' }],
        answers: [{ digit: '1', name: 'support' }],
      })
      store.saveRecord(kept)
      await store.flush()
      assert.deepEqual(await store.record('a' as CallId), kept)
      assert.equal(await store.record('b' as CallId), undefined)
    })

    it('returns a record at once, before it is written', async () => {
      store.saveRecord(record('a', clock.now()))
      assert.equal((await store.record('a' as CallId))?.call, 'a')
      store.saveRecord(record('b', clock.now()))
      assert.equal((await store.records({ limit: 10 })).items.length, 2)
    })

    it('returns as many records as requested, even from the same moment', async () => {
      for (let n = 0; n < 1_200; n += 1) store.saveRecord(record(`c${n}`, clock.now() + n))
      const pages = await Promise.all([1_000, 700, 1].map(limit => store.records({ limit })))
      assert.deepEqual(
        pages.map(({ items }) => items.length),
        [1_000, 700, 1],
      )
    })

    it('looks at a limited number of records in one read, says where to go on, and finds all in the end', async () => {
      for (let n = 0; n < 5_000; n += 1) {
        const rare = n === 10 ? { group: 'rare', queues: [] } : { group: 'support' }
        store.saveRecord(record(`c${n}`, clock.now() + n, { ...rare, agent: 'sip:alice@example.com' }))
      }
      await store.flush()
      for (const filter of [
        { group: 'rare' },
        { group: 'rare', agent: 'sip:alice@example.com' },
        { group: 'rare', workflows: ['support', 'a'] },
      ]) {
        const first = await store.records({ ...filter, limit: 10 })
        assert.deepEqual(first.items, [])
        const found: string[] = []
        let reads = 1
        for (let after = first.next; after; reads += 1) {
          const { items, next } = await store.records({ ...filter, after, limit: 10 })
          found.push(...items.map(({ call }) => call))
          after = next
        }
        assert.deepEqual(found, ['c10'])
        assert.ok(reads >= 3 && reads <= 6, `${reads} reads`)
      }
    })

    it('does not make a read for which nobody waits any more', async () => {
      store.saveRecord(record('a', clock.now()))
      const reader = { name: 'ann', gone: AbortSignal.abort() }
      await assert.rejects(store.records({ limit: 1 }, reader), /nobody waits/)
      await assert.rejects(store.record('a' as CallId, reader), /nobody waits/)
      await assert.rejects(store.audit({ limit: 1 }, reader), /nobody waits/)
      assert.equal((await store.records({ limit: 1 }, { name: 'ann' })).items.length, 1)
    })

    it('finds callers without regard to accents and case, and numbers without regard to their separators', async () => {
      store.saveRecord(record('a', clock.now(), { caller: 'sip:+33610203040@gw.example.com', callerName: 'Zoë Brûlé' }))
      store.saveRecord(record('b', clock.now() + 1, { caller: 'sip:zora@example.com', callerName: 'Zora' }))
      const found = async (caller: string): Promise<string> =>
        (await store.records({ caller, limit: 10 })).items.map(({ call }) => call).join('')
      for (const caller of ['zoe', 'ZOË', 'brule', 'Zoe B', '+33 6 10', '33(610)20-30', '+33.610.203.040'])
        assert.equal(await found(caller), 'a', caller)
      assert.equal(await found('zo'), 'ba')
      assert.equal(await found('zora 1'), '', 'a name keeps its spaces')
    })

    it('finds a call by the SIP Call-ID of any of its legs', async () => {
      store.saveRecord(record('a', clock.now(), { sipCallIds: ["it's@192.0.2.1", 'b1'] }))
      store.saveRecord(record('b', clock.now() + 1, { sipCallIds: ["it's@192.0.2.1"] }))
      store.saveRecord(record('c', clock.now() + 2))
      const found = async (sipCallId: string): Promise<string[]> =>
        (await store.records({ sipCallId, limit: 10 })).items.map(({ call }) => call)
      assert.deepEqual(await found("it's@192.0.2.1"), ['b', 'a'])
      assert.deepEqual(await found('b1'), ['a'])
      assert.deepEqual(await found('b'), [], 'a part of a Call-ID finds nothing')
    })

    it('finds the calls of an agent who answered, and of one who talked after a transfer', async () => {
      const at = clock.now()
      store.saveRecord(record('a', at, { agent: 'sip:alice@example.com', talks: [talk('sip:alice@example.com', at)] }))
      const both = [talk('sip:alice@example.com', at), talk("sip:o'hara@example.com", at + 1_000)]
      store.saveRecord(record('b', at + 1, { agent: 'sip:alice@example.com', talks: both }))
      store.saveRecord(record('c', at + 2, { agent: "sip:o'hara@example.com" }))
      store.saveRecord(record('d', at + 3, { talks: [{ ...talk("sip:o'hara@example.com", at), side: 'caller' }] }))
      const found = async (agent: string): Promise<string[]> =>
        (await store.records({ agent, limit: 10 })).items.map(({ call }) => call)
      assert.deepEqual(await found('sip:alice@example.com'), ['b', 'a'])
      assert.deepEqual(await found("sip:o'hara@example.com"), ['d', 'c', 'b'])
    })

    it('uses only the agents of the second version of a record that is saved twice', async () => {
      store.saveRecord(record('a', clock.now(), { agent: 'sip:alice@example.com' }))
      await store.flush()
      store.saveRecord(record('a', clock.now(), { agent: 'sip:bob@example.com' }))
      await store.flush()
      assert.deepEqual(await store.records({ agent: 'sip:alice@example.com', limit: 10 }), { items: [] })
      assert.equal((await store.records({ agent: 'sip:bob@example.com', limit: 10 })).items.length, 1)
    })

    it('returns the records that match all filters, latest first, page by page', async () => {
      await fc.assert(
        fc.asyncProperty(records, filters, fc.integer({ min: 1, max: 4 }), async (given, filter, limit) => {
          const own = await mkdtemp(join(folder, 'run-'))
          const fresh = make(own, clock)
          await fresh.load()
          const all = given.map(({ id, at, workflow, agent, talkers, queue, caller }) =>
            record(`c${id}`, clock.now() + at, {
              ...{ workflow, caller, waits: [{ queue, from: clock.now(), waited: 1, outcome: 'abandoned' }] },
              ...(agent !== null && { agent, outcome: 'answered' }),
              ...(talkers.length > 0 && { talks: talkers.map(talker => talk(talker, clock.now() + at)) }),
            }),
          )
          for (const each of all) fresh.saveRecord(each)
          await fresh.flush()
          const { from, to, ...rest } = filter
          const asked = {
            ...rest,
            ...(from !== undefined && { from: wallTime(clock.now() + from) }),
            ...(to !== undefined && { to: wallTime(clock.now() + to) }),
          } as Omit<RecordFilter, 'limit'>
          const found: CallRecord[] = []
          for (let after: RecordFilter['after'] | 'begin' = 'begin'; after;) {
            const page = await fresh.records({ ...asked, ...(after !== 'begin' && { after }), limit })
            found.push(...page.items)
            after = page.next
          }
          await fresh.close()
          const expected = all.filter(each => fits(each, { ...asked, limit })).sort(latestFirst)
          assert.deepEqual(
            found.map(({ call }) => call),
            expected.map(({ call }) => call),
          )
        }),
        { numRuns: name === 'memory' ? 200 : 40 },
      )
    })
  })
}

describe('records in SQLite', () => {
  let folder: string
  const clock = new FakeClock()
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'carillon-records-'))))
  afterEach(() => rm(folder, { recursive: true }))

  it('that are too old are deleted faster than new ones come', async () => {
    const store = new SqliteStore({ file: join(folder, 'c.db'), keepRecords: millis(day), clock, log: silentLog })
    await store.load()
    for (let n = 0; n < 3_000; n += 1) store.saveRecord(record(`c${n}`, clock.now() + n))
    await store.flush()
    clock.pass(2 * day)
    for (let n = 0; n < 1_500; n += 1) store.saveRecord(record(`d${n}`, clock.now()))
    await store.flush()
    assert.equal((await store.records({ limit: 10_000 })).items.length, 1_500)
    await store.close()
  })

  it('are written in linear time, not quadratic', async () => {
    const store = new SqliteStore({ file: join(folder, 'c.db'), clock, log: silentLog })
    await store.load()
    const write = async (count: number, from: number): Promise<number> => {
      for (let n = from; n < from + count; n += 1) store.saveRecord(record(`c${n}`, clock.now() + n))
      const before = performance.now()
      await store.flush()
      return performance.now() - before
    }
    await write(1_000, 0)
    const few = await write(1_000, 1_000)
    const many = await write(8_000, 2_000)
    assert.ok(many < 20 * few + 500, `1,000 took ${few} ms and 8,000 took ${many} ms`)
    await store.close()
  })

  it('that are damaged are left out, and the others are returned', async () => {
    const options = { file: join(folder, 'c.db'), clock, log: silentLog }
    const store = new SqliteStore(options)
    await store.load()
    for (const call of ['a', 'b']) store.saveRecord(record(call, clock.now()))
    await store.close()
    const { default: Database } = await import('libsql')
    const editor = new Database(options.file)
    editor.exec(`UPDATE calls SET record = '{' WHERE call = 'a'`)
    editor.close()
    const again = new SqliteStore(options)
    assert.deepEqual(
      (await again.records({ limit: 10 })).items.map(({ call }) => call),
      ['b'],
    )
    await again.close()
  })

  it('are deleted when they are too old, and survive restarts until then', async () => {
    const options = { file: join(folder, 'carillon.db'), keepRecords: millis(30 * day), clock, log: silentLog }
    const first = new SqliteStore(options)
    await first.load()
    first.saveRecord(record('old', clock.now() - 31 * day))
    first.saveRecord(record('new', clock.now()))
    await first.flush()
    clock.pass(61_000)
    first.saveRecord(record('newer', clock.now()))
    await first.flush()
    await first.close()
    const second = new SqliteStore(options)
    await second.load()
    const { items: left } = await second.records({ limit: 10 })
    assert.deepEqual(
      left.map(({ call }) => call),
      ['newer', 'new'],
    )
    await second.close()
  })

  it('of an older store are kept, and later calls are found by their SIP Call-IDs', async () => {
    const options = { file: join(folder, 'carillon.db'), keepRecords: millis(30 * day), clock, log: silentLog }
    const first = new SqliteStore(options)
    await first.load()
    first.saveRecord(record('old', clock.now()))
    await first.close()
    const { default: Database } = await import('libsql')
    const older = new Database(options.file)
    older.exec(`DROP TRIGGER call_legs_come; DROP TRIGGER call_legs_go; DROP TABLE call_legs;
      DROP TRIGGER call_agents_come; DROP TRIGGER call_agents_go; DROP TABLE call_agents;
      CREATE INDEX calls_by_agent ON calls (agent, arrived_at); DROP TABLE run; PRAGMA user_version = 7`)
    older.close()
    const second = new SqliteStore(options)
    await second.load()
    assert.equal(second.healthy(), true)
    second.saveRecord(record('new', clock.now() + 1, { sipCallIds: ['in-1', 'out-1'] }))
    const found = async (filter: Partial<RecordFilter>): Promise<string[]> =>
      (await second.records({ limit: 10, ...filter })).items.map(({ call }) => call)
    assert.deepEqual(await found({}), ['new', 'old'])
    assert.deepEqual(await found({ sipCallId: 'out-1' }), ['new'])
    await second.close()
  })

  it('of an older store are found by every agent who talked, even beside a damaged one', async () => {
    const options = { file: join(folder, 'carillon.db'), clock, log: silentLog }
    const first = new SqliteStore(options)
    await first.load()
    first.saveRecord(record('a', clock.now(), { agent: 'alice' }))
    first.saveRecord(record('b', clock.now() + 1, { agent: 'alice', talks: [talk('alice', 1), talk('bob', 2)] }))
    first.saveRecord(record('damaged', clock.now() + 2, { agent: 'bob', talks: [talk('bob', 1)] }))
    await first.close()
    const { default: Database } = await import('libsql')
    const older = new Database(options.file)
    older.exec(`DROP TRIGGER call_agents_come; DROP TRIGGER call_agents_go; DROP TABLE call_agents;
      CREATE INDEX calls_by_agent ON calls (agent, arrived_at); DROP TABLE run;
      UPDATE calls SET record = '{"talks":' WHERE call = 'damaged'; PRAGMA user_version = 8`)
    older.close()
    const second = new SqliteStore({ ...options, keepRecords: millis(30 * day) })
    await second.load()
    assert.equal(second.healthy(), true)
    const found = async (agent: string): Promise<string[]> =>
      (await second.records({ agent, limit: 10 })).items.map(({ call }) => call)
    assert.deepEqual(await found('alice'), ['b', 'a'])
    assert.deepEqual(await found('bob'), ['b'])
    clock.pass(31 * day)
    for (const call of ['new', 'newer']) second.saveRecord(record(call, clock.now()))
    await second.flush()
    assert.equal(second.healthy(), true, 'a damaged row is deleted when it is old, too')
    assert.equal((await second.records({ limit: 10 })).items.length, 2)
    await second.close()
    const file = new Database(options.file)
    assert.deepEqual(file.prepare('SELECT call FROM call_agents').raw().all(), [])
    file.close()
  })

  it('are deleted together with their SIP Call-IDs', async () => {
    const options = { file: join(folder, 'carillon.db'), keepRecords: millis(30 * day), clock, log: silentLog }
    const store = new SqliteStore(options)
    await store.load()
    store.saveRecord(record('old', clock.now() - 31 * day, { sipCallIds: ['in-1'] }))
    await store.flush()
    clock.pass(61_000)
    store.saveRecord(record('new', clock.now(), { sipCallIds: ['in-2'] }))
    await store.flush()
    await store.close()
    const { default: Database } = await import('libsql')
    const file = new Database(options.file)
    assert.deepEqual(file.prepare('SELECT sip_call_id FROM call_legs').raw().all(), [['in-2']])
    file.close()
  })

  /** Opens the database of a closed store. */
  async function emptyFile() {
    const options = { file: join(folder, 'carillon.db'), clock, log: silentLog }
    const store = new SqliteStore(options)
    await store.load()
    await store.close()
    const { default: Database } = await import('libsql')
    return new Database(options.file)
  }

  /** SQLite's plan for finding the records. */
  function planOf(file: Awaited<ReturnType<typeof emptyFile>>, filter: RecordFilter): string {
    const { sql, values } = selectOf(filter)
    return JSON.stringify(file.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values))
  }

  it('are found by agent with an index that has their order', async () => {
    const file = await emptyFile()
    const plan = planOf(file, { agent: 'alice', from: wallTime(1), workflow: 'support', limit: 10 })
    assert.match(plan, /SEARCH call_agents USING PRIMARY KEY \(agent=\? AND arrived_at>\?\)/)
    assert.match(plan, /SEARCH calls USING PRIMARY KEY/)
    assert.doesNotMatch(plan, /TEMP B-TREE/)
    assert.doesNotMatch(planOf(file, { agent: 'alice', sipCallId: 'in-1', limit: 10 }), /SCAN call/)
    file.close()
  })

  it('are looked at in the order of an index, with any filter', async () => {
    const file = await emptyFile()
    const time = { from: wallTime(1), to: wallTime(9), after: { arrivedAt: wallTime(5), call: 'c' as CallId } }
    const ways: readonly Partial<RecordFilter>[] = [
      ...[{}, { workflow: 'support' }, { workflows: ['support', 'sales'] }, { workflows: ['support'], workflow: 'support' }],
      ...[{ agent: 'alice' }, { agent: 'alice', workflows: ['support'] }],
      { workflows: Array.from({ length: 200 }, (_, number) => `workflow ${number}`) },
    ]
    for (const way of ways)
      for (const more of [{}, { group: 'g' }, { queue: 'q', outcome: 'abandoned' }, { caller: 'Ann' }] as const) {
        const plan = planOf(file, { ...way, ...more, ...time, limit: 10 })
        assert.doesNotMatch(plan, /TEMP B-TREE|MATERIALIZE|SCAN call/, plan)
        assert.match(plan, /arrived_at,call\)<\(\?,\?\)/)
      }
    assert.doesNotMatch(planOf(file, { group: 'g', limit: 10 }), /TEMP B-TREE|MATERIALIZE|SCAN calls(?! USING)/)
    file.close()
  })

  it('are found by SIP Call-ID with an index', async () => {
    const file = await emptyFile()
    const plan = planOf(file, { sipCallId: 'in-1', limit: 10 })
    assert.match(plan, /SEARCH call_legs USING PRIMARY KEY/)
    assert.doesNotMatch(plan, /SCAN calls/)
    file.close()
  })
})
