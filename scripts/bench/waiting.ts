import { setTimeout as measured } from 'node:timers/promises'
import type { BenchOptions } from './options.js'
import { Stand } from './stand.js'
import { usageOf } from './usage.js'

const waiting = 5000
/** Long enough for the garbage collector to remove what the arrivals left. */
const settling = 5_000

/** The memory of 5,000 callers who wait for an answer. */
export async function measureWaiting(options: BenchOptions): Promise<string[]> {
  const stand = await Stand.open({ agents: 50, groups: 1, nobodySignsIn: true }, options)
  // Some callers come and go first, so that the server's own growth is not counted as the calls'.
  const first = await stand.call({ rate: 500, calls: 1000, most: 1000, timeout: 60 })
  await stand.server.waiting(1000, 30_000)
  await first.kill()
  const before = usageOf(stand.server.pid).rssKiB
  const callers = await stand.call({ rate: 500, calls: waiting, most: waiting, timeout: 120 })
  await stand.server.waiting(waiting + 1000, 60_000)
  await measured(settling)
  const each = (usageOf(stand.server.pid).rssKiB - before) / waiting
  await callers.kill()
  await stand.close()
  return [`${waiting} more waiting calls: ${each.toFixed(1)} kB of RSS each`]
}
