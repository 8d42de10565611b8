import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../../src/foundation/log.js'
import { LiveKeeper } from '../../../src/calls/live-keeper.js'
import type { LiveState } from '../../../src/calls/live/stored.js'
import { millis, wallTime } from '../../../src/foundation/time.js'
import { callId } from '../../../src/routing/world/ids.js'
import type { CallRecord } from '../../../src/store/port.js'
import { SqliteStore } from '../../../src/store/sqlite.js'
import { FakeClock } from '../../fakes/clock.js'

/** Of SQLite's log, in bytes: the beginning, and one page with its head. */
const [logHead, pageInLog] = [32, 24 + 4096]
/** A call that talks has this size. A text of it is stored once, so there are many. */
const past = { texts: Array.from({ length: 60 }, (_each, at) => `${at} ${'x'.repeat(50)}`) }
const state = { version: 2, core: {}, past } as unknown as LiveState
/** 50 calls a second. Each rings for 100 ms and talks for 1 s. */
const [calls, every, ring, talk] = [300, 20, 100, 1_000]

const isCall = (call = -1): call is number => call >= 0 && call < calls
const idOf = (call: number) => callId(`call-${String(call).padStart(6, '0')}`)

function recordOf(call: number): CallRecord {
  const at = wallTime(call * every)
  const agent = `sip:agent${call % 400}@example.com`
  const made = {
    ...{
      call: idOf(call),
      workflow: `w${call % 40}`,
      caller: `sip:caller${call}@example.com`,
      arrivedAt: at,
      endedAt: at,
      agent,
    },
    ...{
      talked: millis(talk),
      waits: [],
      offers: [],
      answers: [],
      outcome: 'answered',
      sipCallIds: [`in-${call}`, `out.${call}`],
    },
    ...{ padding: 'x'.repeat(300) },
  }
  return made as unknown as CallRecord
}

describe('what a call writes into the store', () => {
  let folder: string
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'carillon-writes-'))))
  afterEach(() => rm(folder, { recursive: true }))

  it('is at most 3 pages at 50 calls a second, for its row while it talks and for its record', async () => {
    const clock = new FakeClock()
    const file = join(folder, 'carillon.db')
    const store = new SqliteStore({ file, clock, log: silentLog })
    await store.load()
    await store.flush()
    const keeper = new LiveKeeper({ store, clock, calls: () => [], state: () => state })
    const before = (await stat(`${file}-wal`)).size
    for (let at = 0; at < calls * every + 2 * talk; at += every) {
      const [arrived, joined, ended] = [at, at - ring, at - ring - talk].map(from => from / every)
      for (const call of [arrived, joined]) if (isCall(call)) keeper.changed(idOf(call))
      if (isCall(ended)) {
        store.deleteLiveCall(idOf(ended))
        store.saveRecord(recordOf(ended))
      }
      clock.pass(every)
      await store.kept()
    }
    const pages = ((await stat(`${file}-wal`)).size - Math.max(before, logHead)) / pageInLog / calls
    keeper.stop()
    await store.close()
    assert.ok(pages > 1 && pages <= 3, `${pages.toFixed(1)} pages`)
  })
})
