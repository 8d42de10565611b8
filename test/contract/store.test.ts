import assert from 'node:assert/strict'
import { copyFile, lstat, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { readRedisUrl } from '../../src/config/redis-url.js'
import { systemClock, wallNow } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { wallTime, millis } from '../../src/foundation/time.js'
import type { AgentUri, CallId, GroupName } from '../../src/routing/world/ids.js'
import { MemoryStore } from '../../src/store/memory.js'
import type { AuditFilter, Run, Store } from '../../src/store/port.js'
import { copyStore, restoreStore } from '../../src/store/sqlite-copy.js'
import { migrations } from '../../src/store/sqlite-migrations.js'
import { RedisStore } from '../../src/store/redis/store.js'
import { SqliteStore } from '../../src/store/sqlite.js'
import { FakeClock } from '../fakes/clock.js'
import { RedisServer } from '../wire/harness/redis.js'

const alice = 'sip:alice@example.com' as AgentUri
const bob = 'sip:bob@example.com' as AgentUri
const support = 'support' as GroupName
const sales = 'sales' as GroupName
const at = wallTime(1_700_000_000_000)

const nothing = { signIns: [], pointers: [], liveCalls: [], registrations: [], choices: [], agents: [] }

interface Subject {
  readonly name: string
  readonly make: (folder: string) => Store
}
const subjects: Subject[] = [
  { name: 'memory', make: () => new MemoryStore() },
  {
    name: 'sqlite',
    make: folder => new SqliteStore({ file: join(folder, 'data', 'carillon.db'), clock: systemClock, log: silentLog }),
  },
  { name: 'redis', make: folder => redisStore(folder) },
]

let redis: RedisServer
let redisFolder: string
before(async () => {
  redisFolder = await mkdtemp(join(tmpdir(), 'carillon-redis-'))
  redis = await RedisServer.start(redisFolder)
})
after(async () => {
  await redis.kill()
  await rm(redisFolder, { recursive: true })
})

/** A store whose keys begin with the name of the folder. */
function redisStore(folder: string, more: Partial<ConstructorParameters<typeof RedisStore>[0]> = {}): RedisStore {
  const read = readRedisUrl(redis.url(basename(folder)))
  assert.ok(read.ok)
  return new RedisStore({
    place: read.value,
    shown: 'redis',
    owner: { kind: 'alone', folder },
    clock: systemClock,
    log: silentLog,
    ...more,
  })
}

for (const { name, make } of subjects) {
  describe(`store contract: ${name}`, () => {
    let folder: string
    let store: Store
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'carillon-store-'))
      store = make(folder)
    })
    afterEach(async () => {
      await store.close()
      await rm(folder, { recursive: true })
    })

    it('starts empty and healthy', async () => {
      assert.deepEqual(await store.load(), nothing)
      assert.equal(store.healthy(), true)
    })

    it('keeps the audit log: latest first, by user, agent and time, page by page', async () => {
      await store.load()
      const at = systemClock.now()
      const entry = (n: number, who: string, agent?: AgentUri) => ({
        ...{ at: wallTime(at + n), who, kind: 'user' as const, from: '192.0.2.1', what: `did "it's" ${n}`, done: n !== 2 },
        ...(agent && { agent, group: support }),
        ...(n === 2 && { because: 'this needs more' }),
      })
      const made = [entry(1, 'ann', alice), entry(2, "o'hara", bob), entry(3, 'ann')]
      for (const each of made) store.saveAudit(each)
      const read = async (filter: Partial<AuditFilter>) => {
        const { items: entries } = await store.audit({ limit: 10, ...filter })
        return entries.map(({ id: _id, ...rest }) => rest)
      }
      assert.deepEqual(await read({}), [made[2], made[1], made[0]])
      assert.deepEqual(await read({ who: "o'hara" }), [made[1]])
      assert.deepEqual(await read({ agent: alice }), [made[0]])
      assert.deepEqual(await read({ agents: [alice, bob] }), [made[1], made[0]])
      assert.deepEqual(await read({ agents: [] }), [])
      for (const text of ['needs MORE', "O'Hara", `"it's" 2`]) assert.deepEqual(await read({ text }), [made[1]], text)
      // The names of the fields are no part of an entry.
      for (const text of ['because', '%', '192.0.2.1']) assert.deepEqual(await read({ text }), [], text)
      assert.deepEqual(await read({ from: wallTime(at + 2), to: wallTime(at + 3) }), [made[1]])
      const {
        items: [, second],
      } = await store.audit({ limit: 2 })
      assert.deepEqual(await read({ before: second?.id ?? 0 }), [made[0]])
    })

    it('keeps sign-ins for each agent and group, with their time', async () => {
      await store.load()
      store.saveSignIn({ agent: alice, group: support, at })
      store.saveSignIn({ agent: alice, group: sales, at })
      store.saveSignIn({ agent: bob, group: support, at })
      await store.flush()
      const { signIns } = await store.load()
      assert.deepEqual(
        new Set(signIns.map(({ agent, group, at }) => `${agent} ${group} ${at}`)),
        new Set([`${alice} ${support} ${at}`, `${alice} ${sales} ${at}`, `${bob} ${support} ${at}`]),
      )
    })

    it('keeps a sign-in until the sign-out', async () => {
      await store.load()
      store.saveSignIn({ agent: alice, group: support, at })
      store.saveSignIn({ agent: bob, group: support, at })
      await store.flush()
      store.deleteSignIn(alice, support)
      await store.flush()
      assert.deepEqual((await store.load()).signIns, [{ agent: bob, group: support, at }])
    })

    it('keeps the order of writes to one key, whether they are written together or separately', async () => {
      await store.load()
      store.saveSignIn({ agent: alice, group: support, at })
      store.deleteSignIn(alice, support)
      store.deleteSignIn(bob, support)
      store.saveSignIn({ agent: bob, group: support, at })
      await store.flush()
      assert.deepEqual((await store.load()).signIns, [{ agent: bob, group: support, at }])
      store.deleteSignIn(bob, support)
      store.saveSignIn({ agent: bob, group: support, at: wallTime(at + 1) })
      await store.flush()
      assert.deepEqual((await store.load()).signIns, [{ agent: bob, group: support, at: at + 1 }])
    })

    it('keeps only the latest pointer of each group', async () => {
      await store.load()
      store.savePointer({ group: support, agent: alice })
      store.savePointer({ group: sales, agent: alice })
      store.savePointer({ group: support, agent: bob })
      await store.flush()
      const { pointers } = await store.load()
      assert.deepEqual(
        new Set(pointers.map(({ group, agent }) => `${group} ${agent}`)),
        new Set([`${support} ${bob}`, `${sales} ${alice}`]),
      )
    })

    it('keeps names with any characters unchanged', async () => {
      await store.load()
      const group = `L'équipe "1"; DROP TABLE sign_ins; -- 日本` as GroupName
      const agent = `sip:o'neil@example.com` as AgentUri
      store.saveSignIn({ agent, group, at })
      store.savePointer({ group, agent })
      await store.flush()
      // Redis also tells when it was written last.
      assert.deepEqual(
        { ...(await store.load()), wroteAt: 'any' },
        {
          wroteAt: 'any',
          signIns: [{ agent, group, at }],
          pointers: [{ group, agent }],
          liveCalls: [],
          registrations: [],
          choices: [],
          agents: [],
        },
      )
    })

    it('returns from a write at once, and writes without being asked', async () => {
      await store.load()
      store.saveSignIn({ agent: alice, group: support, at })
      for (let tries = 0; tries < 200; tries++) {
        if ((await store.load()).signIns.length === 1) return
      }
      assert.fail('the sign-in was never written')
    })

    it('accepts calls in progress, whether it stores them or not', async () => {
      const call = 'c-1' as CallId
      await store.load()
      store.saveLiveCall(call, '{}')
      store.deleteLiveCall('c-2' as CallId)
      await store.flush()
      assert.deepEqual((await store.load()).liveCalls, store.keepsLiveCalls ? [{ call, state: '{}' }] : [])
    })

    it('reports when a sign-in is stored, even while others are being written', async () => {
      await store.load()
      store.saveSignIn({ agent: bob, group: support, at })
      const flushed = store.flush()
      store.saveSignIn({ agent: alice, group: support, at })
      assert.deepEqual(await Promise.all([store.kept(), store.kept()]), [true, true])
      assert.equal((await store.load()).signIns.length, 2)
      await flushed
    })

    it('two concurrent flushes both end after everything is written', async () => {
      await store.load()
      store.saveSignIn({ agent: alice, group: support, at })
      const first = store.flush()
      store.savePointer({ group: support, agent: bob })
      await Promise.all([first, store.flush()])
      const { signIns, pointers } = await store.load()
      assert.equal(signIns.length + pointers.length, 2)
    })

    it('a flush with nothing to write and a second close are harmless', async () => {
      await store.flush()
      await store.close()
      await store.close()
    })
  })
}

describe('store contract: what SQLite adds', () => {
  let folder: string
  let file: string
  let lines: string[]
  const log = {
    ...silentLog,
    error: (message: string) => void lines.push(`error ${message}`),
    warn: (message: string) => void lines.push(`warn ${message}`),
    info: (message: string) => void lines.push(`info ${message}`),
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-store-'))
    file = join(folder, 'carillon.db')
    lines = []
  })
  afterEach(() => rm(folder, { recursive: true }))
  const open = (run?: Run) =>
    new SqliteStore({ ...{ file, clock: systemClock, log, lockTimeout: millis(20) }, ...(run && { run }) })

  it('keeps sign-ins and pointers across restarts', async () => {
    const first = open()
    await first.load()
    first.saveSignIn({ agent: alice, group: support, at })
    first.savePointer({ group: support, agent: bob })
    await first.close()
    const second = open()
    assert.deepEqual(await second.load(), {
      signIns: [{ agent: alice, group: support, at }],
      pointers: [{ group: support, agent: bob }],
      liveCalls: [],
      registrations: [],
      choices: [],
      agents: [],
    })
    await second.close()
  })

  describe('calls in progress', () => {
    const [one, two] = ['c-1', 'c-2'] as CallId[] as [CallId, CallId]
    let clock: FakeClock
    const hold = () => new SqliteStore({ file, clock, log })
    /** The state that the next process reads. */
    async function left(): Promise<readonly string[]> {
      const next = hold()
      const { liveCalls } = await next.load()
      await next.close()
      return liveCalls.map(({ call, state }) => `${call} ${state}`).sort()
    }
    beforeEach(() => (clock = new FakeClock()))

    it('are restored in their last state, until they end', async () => {
      const store = hold()
      await store.load()
      store.saveLiveCall(one, `{"it's":"\\n"}`)
      store.saveLiveCall(two, '{"first":1}')
      await store.flush()
      store.saveLiveCall(two, '{"second":2}')
      await store.close()
      assert.deepEqual(await left(), [`c-1 {"it's":"\\n"}`, 'c-2 {"second":2}'])
      const next = hold()
      await next.load()
      next.deleteLiveCall(one)
      next.deleteLiveCall(two)
      next.saveLiveCall(two, '{"third":3}')
      await next.close()
      assert.deepEqual(await left(), ['c-2 {"third":3}'])
    })

    it('and registrations, choices and agents are restored, until they are deleted', async () => {
      const store = hold()
      await store.load()
      store.saveRegistrations(alice, `it's here`)
      store.saveRegistrations(bob, 'there')
      store.saveChoice(alice, 'away')
      store.saveChoice(bob, 'busy')
      store.saveAgent(alice, 'idle')
      store.saveAgent(bob, 'idle')
      await store.flush()
      store.saveRegistrations(bob, undefined)
      store.saveChoice(alice, undefined)
      store.saveAgent(bob, undefined)
      await store.close()
      const next = hold()
      const { registrations, choices, agents } = await next.load()
      assert.deepEqual(registrations, [{ address: alice, state: `it's here` }])
      assert.deepEqual(choices, [{ agent: bob, state: 'busy' }])
      assert.deepEqual(agents, [{ agent: alice, state: 'idle' }])
      await next.close()
    })

    it('that end before or during their write leave nothing', async () => {
      const store = hold()
      await store.load()
      store.saveLiveCall(one, '{}')
      const written = store.flush()
      store.saveLiveCall(two, '{}')
      store.deleteLiveCall(two)
      store.deleteLiveCall(one)
      await written
      await store.close()
      assert.deepEqual(await left(), [])
    })

    it('are written in batches when there are many, and without being asked', async () => {
      const store = hold()
      await store.load()
      for (let call = 0; call < 450; call += 1) store.saveLiveCall(`many-${call}` as CallId, '{}')
      clock.pass(1)
      await store.close()
      assert.equal((await left()).length, 450)
    })
  })

  it('with a file that was truncated to nothing it starts empty, and says so', async () => {
    await writeFile(file, '')
    const store = open()
    assert.deepEqual(await store.load(), nothing)
    assert.deepEqual(lines, [`warn store ${file} is empty: its earlier content is lost, and it starts empty`])
    assert.equal(store.healthy(), true)
    await store.close()
  })

  it('with a damaged file it starts empty and unhealthy, says so once, and does not change the file', async () => {
    await writeFile(file, 'no database at all'.repeat(100))
    const store = open()
    assert.deepEqual(await store.load(), nothing)
    assert.equal(store.healthy(), false)
    store.saveSignIn({ agent: alice, group: support, at })
    await store.flush()
    await store.flush()
    await store.close()
    assert.equal(store.healthy(), false)
    assert.equal(lines.length, 1)
    assert.match(
      lines[0] ?? '',
      /^error store .*carillon\.db was not read: formal agents must sign in again, and earlier calls are lost \(.*not a database/,
    )
    assert.deepEqual(await readdir(folder), ['carillon.db', 'carillon.db.lock'])
  })

  it('with a locked file it is unhealthy, and writes when the lock is gone', async () => {
    const store = open()
    const other = open()
    await store.load()
    const { default: Database } = await import('libsql')
    const locker = new Database(file)
    locker.exec('BEGIN EXCLUSIVE')
    store.saveSignIn({ agent: alice, group: support, at })
    await store.flush()
    assert.equal(store.healthy(), false)
    assert.match(lines.join('\n'), /^error store .* is not written: .* \(database is locked\)$/)
    locker.exec('COMMIT')
    locker.close()
    await store.flush()
    assert.equal(store.healthy(), true)
    assert.match(lines.at(-1) ?? '', /^info store .* works again/)
    await store.close()
    assert.equal((await other.load()).signIns.length, 1)
    await other.close()
  })

  it('refuses to share its file with another server, and releases it when closed', async () => {
    const first = open()
    await first.load()
    const second = open()
    await assert.rejects(second.load(), /^StoreInUse: store .*carillon\.db is in use by another Carillon/)
    await first.close()
    assert.deepEqual(await second.load(), nothing)
    await second.close()
  })

  it('reports that a sign-in is not stored while the file cannot be written', async () => {
    await writeFile(file, 'no database at all'.repeat(100))
    const store = open()
    await store.load()
    store.saveSignIn({ agent: alice, group: support, at })
    assert.equal(await store.kept(), false)
    await store.close()
  })

  it('is unhealthy while a write waits for more than 2 s', async () => {
    const clock = new FakeClock()
    const store = new SqliteStore({ file, clock, log, lockTimeout: millis(5_000) })
    await store.load()
    const { default: Database } = await import('libsql')
    const locker = new Database(file)
    locker.exec('BEGIN EXCLUSIVE')
    store.saveSignIn({ agent: alice, group: support, at })
    const kept = store.kept()
    clock.pass(1_999)
    assert.equal(store.healthy(), true)
    clock.pass(1)
    assert.equal(store.healthy(), false)
    locker.exec('COMMIT')
    locker.close()
    assert.equal(await kept, true)
    assert.equal(store.healthy(), true)
    assert.match(lines.join('\n'), /^error store .* is not written: .*more than 2 s\)\ninfo store .* works again/)
    await store.close()
  })

  it('recreates a file that was deleted, with all sign-ins and pointers', async () => {
    const clock = new FakeClock()
    const data = join(folder, 'data')
    const store = new SqliteStore({ file: join(data, 'carillon.db'), clock, log })
    await store.load()
    store.saveSignIn({ agent: alice, group: support, at })
    store.saveSignIn({ agent: bob, group: support, at })
    store.deleteSignIn(bob, support)
    store.savePointer({ group: support, agent: bob })
    await store.flush()
    await rm(data, { recursive: true })
    clock.pass(10_000)
    while (lines.length < 2) await nextTurn()
    assert.match(
      lines.join('\n'),
      /^error store .* lost its records.*deleted, replaced or cut to nothing while in use\)\ninfo store .* works again/,
    )
    const second = new SqliteStore({ file: join(data, 'carillon.db'), clock, log })
    await assert.rejects(second.load(), /in use by another Carillon/)
    await second.close()
    assert.deepEqual(await store.load(), {
      signIns: [{ agent: alice, group: support, at }],
      pointers: [{ group: support, agent: bob }],
      liveCalls: [],
      registrations: [],
      choices: [],
      agents: [],
    })
    await store.close()
  })

  it('has all data in the one file when it is closed, so that a copy is complete', async () => {
    const store = open()
    await store.load()
    store.saveSignIn({ agent: alice, group: support, at })
    await store.flush()
    await store.records({ limit: 1 })
    await store.close()
    const ahead = await stat(`${file}-wal`).catch(() => undefined)
    assert.equal(ahead?.size ?? 0, 0)
    await copyFile(file, join(folder, 'copy.db'))
    const copy = new SqliteStore({ file: join(folder, 'copy.db'), clock: systemClock, log })
    assert.deepEqual((await copy.load()).signIns, [{ agent: alice, group: support, at }])
    await copy.close()
  })

  it('starts empty at once when its file was truncated, even if the process had it open before', async () => {
    const first = open()
    await first.load()
    first.saveSignIn({ agent: alice, group: support, at })
    await first.flush()
    await first.records({ limit: 1 })
    await first.close()
    await truncate(file)
    const second = open()
    assert.deepEqual(await second.load(), nothing)
    assert.equal(second.healthy(), true)
    second.saveSignIn({ agent: bob, group: support, at })
    await second.flush()
    assert.deepEqual((await second.load()).signIns, [{ agent: bob, group: support, at }])
    await second.close()
    assert.deepEqual(lines, [`warn store ${file} is empty: its earlier content is lost, and it starts empty`])
  })

  it('recreates a file that is truncated while it is open, at the target of its link, with all sign-ins', async () => {
    const clock = new FakeClock()
    const target = join(folder, 'volume.db')
    await writeFile(target, '')
    await symlink(target, file)
    const store = new SqliteStore({ file, clock, log })
    await store.load()
    store.saveSignIn({ agent: alice, group: support, at })
    await store.flush()
    lines.length = 0
    await truncate(target)
    clock.pass(10_000)
    while (lines.length < 3) await nextTurn()
    assert.match(lines.join('\n'), /^warn store .* is empty: .*\nerror store .* lost its records.*\ninfo store .* works again/)
    assert.deepEqual((await store.load()).signIns, [{ agent: alice, group: support, at }])
    await store.close()
    assert.ok((await stat(target)).size > 0)
    assert.ok((await lstat(file)).isSymbolicLink())
  })

  it('writes all sign-ins to the recreated file when a write failed before the truncation was noticed', async () => {
    const clock = new FakeClock()
    const store = new SqliteStore({ file, clock, log, lockTimeout: millis(20) })
    await store.load()
    store.saveSignIn({ agent: alice, group: support, at })
    await store.flush()
    const { default: Database } = await import('libsql')
    const locker = new Database(file)
    locker.exec('BEGIN EXCLUSIVE')
    store.saveSignIn({ agent: bob, group: support, at })
    await store.flush()
    assert.equal(store.healthy(), false)
    locker.exec('COMMIT')
    locker.close()
    await truncate(file)
    await store.flush()
    assert.equal(store.healthy(), true)
    const { signIns } = await store.load()
    assert.deepEqual(new Set(signIns.map(({ agent }) => agent)), new Set([alice, bob]))
    await store.close()
  })

  it('refuses a file of a newer version and says so', async () => {
    const { default: Database } = await import('libsql')
    const newer = new Database(file)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    await assert.rejects(open().load(), {
      name: 'StoreTooNew',
      message: `store ${file} was written by a newer Carillon (its schema is 99, this version knows ${migrations.length}). Install that version again, or put back the backup from before the upgrade with \`carillon restore\``,
    })
  })

  it('names the version that wrote a newer file', async () => {
    const { default: Database } = await import('libsql')
    const last = open({ version: '7.8.9', beganAt: at })
    await last.load()
    await last.close()
    const newer = new Database(file)
    newer.exec('PRAGMA user_version = 99')
    newer.close()
    await assert.rejects(open().load(), /was written by Carillon 7\.8\.9 .* Install 7\.8\.9 again, or put back the backup/)
  })

  it('tells of the last run, and whether it ended by itself', async () => {
    const [first, second, third] = ['1.0.0', '1.0.1', '1.0.2'].map(version => open({ version, beganAt: at }))
    assert.equal((await first?.load())?.lastRun, undefined)
    first?.endRun()
    await first?.close()
    const { endedAt, ...run } = (await second?.load())?.lastRun ?? {}
    assert.deepEqual([run, typeof endedAt], [{ version: '1.0.0', beganAt: at }, 'number'])
    await second?.close()
    assert.deepEqual((await third?.load())?.lastRun, { version: '1.0.1', beganAt: at, endedAt: undefined })
    await third?.close()
  })

  it('copies a run that goes on as one that ended', async () => {
    const running = open({ version: '1.0.0', beganAt: at })
    await running.load()
    await running.flush()
    const copy = `${file}.copy`
    await copyStore(file, copy)
    await running.close()
    await restoreStore(copy, file)
    const next = open()
    assert.notEqual((await next.load()).lastRun?.endedAt, undefined)
    await next.close()
  })

  it('keeps writes while the file is unusable until it can be written', async () => {
    await writeFile(file, 'no database at all'.repeat(100))
    const store = open()
    await store.load()
    store.saveSignIn({ agent: alice, group: support, at })
    store.saveSignIn({ agent: bob, group: support, at })
    store.deleteSignIn(bob, support)
    await store.flush()
    await rm(file)
    await store.flush()
    assert.equal(store.healthy(), true)
    assert.deepEqual((await store.load()).signIns, [{ agent: alice, group: support, at }])
    await store.close()
  })
})

describe('the audit log of the SQLite store', () => {
  it('survives a restart, until it is too old', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-store-'))
    const clock = new FakeClock()
    const open = () =>
      new SqliteStore({ file: join(folder, 'carillon.db'), clock, log: silentLog, keepAudit: millis(86_400_000) })
    const entry = (what: string) => ({ at: wallNow(clock), who: 'ann', kind: 'user' as const, from: '::1', what, done: true })
    const first = open()
    first.saveAudit(entry('first'))
    await first.close()
    const second = open()
    assert.deepEqual(
      (await second.audit({ limit: 10 })).items.map(({ what }) => what),
      ['first'],
    )
    clock.pass(86_400_001)
    second.saveAudit(entry('second'))
    assert.deepEqual(
      (await second.audit({ limit: 10 })).items.map(({ what }) => what),
      ['second'],
    )
    await second.close()
    await rm(folder, { recursive: true })
  })
})
