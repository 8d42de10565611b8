import Database from 'libsql'
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readLiveState } from '../../src/calls/live/stored.js'
import { replayJournal } from '../../src/calls/replay.js'
import { silentLog } from '../../src/foundation/log.js'
import { instant, millis, wallTime } from '../../src/foundation/time.js'
import { recordDocument } from '../../src/http/records.js'
import { recordSchema } from '../../src/http/documents.js'
import { Report } from '../../src/observability/report.js'
import { Stories } from '../../src/observability/stories.js'
import type { AgentUri, CallId, GroupName, WorkflowName } from '../../src/routing/index.js'
import { SqliteStore } from '../../src/store/sqlite.js'
import { FakeClock } from '../fakes/clock.js'

const recorded = (name: string): Promise<string> => readFile(new URL(`../data/release-0.1.0/${name}`, import.meta.url), 'utf8')
const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(name => `sip:${name}@example.com`)

describe('data of release 0.1.0', () => {
  it('have a journal that replays to the same decisions', async () => {
    const report = await replayJournal((await recorded('journal.jsonl')).trimEnd().split('\n'))
    assert.deepEqual([report.events, report.calls, report.notes], [24, 4, []])
    assert.equal(report.firstDifference, undefined)
    assert.equal(report.damage, undefined)
  })

  describe('a store of release 0.1.0', () => {
    let folder: string
    let store: SqliteStore
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'carillon-release-'))
      const file = join(folder, 'carillon.db')
      const old = new Database(file)
      old.exec(`PRAGMA journal_mode = WAL; ${await recorded('store.sql')}`)
      old.close()
      store = new SqliteStore({ file, clock: new FakeClock(), log: silentLog })
    })
    afterEach(async () => {
      await store.close()
      await rm(folder, { recursive: true })
    })

    it('contains sign-ins, pointers, choices, registrations and the waiting call', async () => {
      const kept = await store.load()
      assert.equal(store.healthy(), true)
      assert.deepEqual(kept.signIns, [{ agent: carol, group: 'second-line', at: 1_795_991_013_019 }])
      assert.deepEqual(kept.pointers, [{ group: 'sales', agent: bob }])
      assert.deepEqual(
        kept.choices.map(({ agent, state }) => [agent, (JSON.parse(state) as { state: string }).state]),
        [[carol, 'away']],
      )
      assert.deepEqual([kept.registrations, kept.agents], [[], []])
      const [call] = kept.liveCalls
      const state = readLiveState(call?.state ?? '')
      assert.equal(state?.legs.kind, 'answered')
      assert.deepEqual(state?.core.stands.kind, 'waiting')
    })

    it('contains records that are found by agent, time and in reports, and the API shows them', async () => {
      await store.load()
      const found = async (filter: object): Promise<(string | undefined)[]> =>
        (await store.records({ limit: 10, ...filter })).items.map(({ workflow }) => workflow)
      assert.deepEqual(await found({}), ['second-line', 'support', 'sales'])
      assert.deepEqual(await found({ agent: alice }), ['support'])
      assert.deepEqual(await found({ agent: bob, to: wallTime(1_795_991_006_000) }), ['sales'])
      assert.deepEqual(await found({ sipCallId: '1-5948@127.0.0.1' }), [], '0.1.0 did not keep Call-IDs')
      const { items: records } = await store.records({ limit: 10 })
      const everything = { withDialogNames: true, withSupervisors: true }
      for (const record of records) assert.ok(recordSchema.safeParse(recordDocument(record, everything)).success, record.call)
      const [left] = records
      assert.equal(left && recordDocument(left, everything).cause, 'callerHungUp')
      const report = new Report('agent', 'all', 'UTC')
      for (const record of records) report.add(record)
      assert.deepEqual(
        report.rows().map(({ name, answered, minutesPerAgent }) => [name, answered, minutesPerAgent]),
        [
          [alice, 1, 0],
          [bob, 1, 0],
        ],
      )
      assert.equal((await store.audit({ limit: 10 })).items.length, 2)
    })
  })
  it('contains a call that talks during the upgrade: the talk began when it was joined', () => {
    const call = 'c1' as CallId
    const who = { agent: alice as AgentUri, group: 'support' as GroupName }
    const stories = new Stories()
    stories.restore([
      { kind: 'callArrived', call, workflow: 'support' as WorkflowName, at: instant(1_000) },
      { kind: 'callConnected', call, ...who, waited: millis(500), at: instant(1_500) },
    ])
    const leg = { kind: 'agentLeg', call, agent: who.agent, side: 'agent' } as const
    stories.read({ ...leg, state: 'talks', at: instant(9_000) })
    stories.read({ ...leg, state: 'over', at: instant(12_000) })
    stories.read({ ...leg, state: 'talks', at: instant(13_000) })
    const talks = stories.of(call, instant(14_000))?.talks.map(({ from, to }) => [from, to])
    assert.deepEqual(talks, [
      [1_500, 12_000],
      [13_000, undefined],
    ])
  })
})
