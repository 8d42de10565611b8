import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { MemoryWatch, type MemoryReading } from '../../../src/app/memory.js'
import { silentLog } from '../../../src/foundation/log.js'
import { FakeClock } from '../../fakes/clock.js'
import { eventsOf, spiedLog } from '../../fakes/spies.js'

const mebibyte = 1024 * 1024
const empty: MemoryReading = { heap: 10, heapLimit: 200, rss: 100, rssLimit: 1_000 }

describe('the memory watch', () => {
  let clock: FakeClock
  let reading: MemoryReading
  let log: ReturnType<typeof spiedLog>
  let watch: MemoryWatch
  let unread: Error | undefined
  beforeEach(() => {
    unread = undefined
    clock = new FakeClock()
    reading = empty
    log = spiedLog()
    // Warnings and errors go into one list, because the order of the lines counts.
    watch = new MemoryWatch(clock, { ...log, warn: log.error }, () => {
      if (unread) throw unread
      return reading
    })
    watch.start()
  })

  const after = (seconds: number, now: Partial<MemoryReading>): boolean => {
    reading = { ...empty, ...now }
    clock.pass(seconds * 1_000)
    return watch.isLow
  }

  it('reports low memory when heap or process stay above 85 % of their limits for three seconds', () => {
    assert.equal(after(2, { heap: 175 }), false)
    assert.equal(after(1, { heap: 175 }), true)
    assert.equal(after(1, empty), false)
    assert.equal(after(3, { rss: 860 }), true)
    assert.deepEqual(eventsOf(log.error), ['memory.low', 'memory.enough', 'memory.low'])
  })

  it('ignores peaks that the garbage collector clears within three seconds', () => {
    for (let turn = 0; turn < 10; turn += 1) {
      assert.equal(after(2, { heap: 180 }), false)
      assert.equal(after(1, { heap: 60 }), false)
    }
  })

  it('reports low memory at once when the limit is near', () => {
    assert.equal(after(1, { heap: 190 }), true)
  })

  it('ends the report only below 75 %', () => {
    after(3, { heap: 180 })
    assert.equal(after(10, { heap: 160 }), true)
    assert.equal(after(1, { heap: 140 }), false)
  })

  it('keeps its last result while the system has no file descriptor for reading memory, and logs this once', () => {
    after(3, { heap: 180 })
    unread = new Error('EMFILE: too many open files, uv_resident_set_memory')
    clock.pass(10_000)
    assert.equal(watch.isLow, true)
    unread = undefined
    after(1, { heap: 10 })
    assert.equal(watch.isLow, false)
    assert.deepEqual(eventsOf(log.error), ['memory.low', 'memory.unread', 'memory.enough'])
  })

  it('reads the memory of this process', () => {
    const real = new MemoryWatch(clock, silentLog)
    real.start()
    clock.pass(1_000)
    assert.equal(real.isLow, process.memoryUsage.rss() > 1e6 * mebibyte)
    real.stop()
    watch.stop()
    assert.equal(clock.size, 0)
  })
})

describe('a heap that fills up', () => {
  for (const size of [110, 200])
    it(`of ${size} MB is reported before V8 ends the process, although part of its limit is reserved for new objects`, () => {
      const filler = new URL('heap-filler.ts', import.meta.url)
      const flags = [`--max-old-space-size=${size}`, '--import', 'tsx', fileURLToPath(filler)]
      const { status, stdout } = spawnSync(process.execPath, flags, { encoding: 'utf8' })
      assert.deepEqual([status, /^refused/.test(stdout)], [0, true])
    })
})
