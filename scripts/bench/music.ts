import { setTimeout as measured } from 'node:timers/promises'
import type { BenchOptions } from './options.js'
import { listenerScenario } from './scenarios.js'
import { Stand } from './stand.js'
import { usageOf } from './usage.js'

const callers = 2000
const seconds = 60
const settling = 5_000

/** 2,000 callers wait with music for a minute: their cost, and whether they get all of it. */
export async function measureMusic(options: BenchOptions): Promise<string[]> {
  const stand = await Stand.open({ agents: 50, groups: 1, nobodySignsIn: true, music: true }, options)
  const before = usageOf(stand.server.pid).rssKiB
  const scenario = listenerScenario(seconds * 1000 + 60_000)
  const all = await stand.call({ rate: 100, calls: callers, most: callers, timeout: 300 }, scenario)
  await stand.server.waiting(callers, 60_000)
  await measured(settling)
  const seen = async () => ({
    cpuMs: usageOf(stand.server.pid).cpuMs,
    sent: await stand.server.metric('carillon_media_packets_sent_total'),
    late: await stand.server.metric('carillon_media_late_ticks_total'),
    at: performance.now(),
  })
  const from = await seen()
  await measured(seconds * 1000)
  const to = await seen()
  const each = (usageOf(stand.server.pid).rssKiB - before) / callers
  const still = await stand.server.metric('carillon_queue_waiting_calls')
  await all.kill()
  await stand.close()
  const ms = to.at - from.at
  return [
    `${callers} callers wait with music, ${seconds} s; ${still} still wait at its end:`,
    `  ${(((to.cpuMs - from.cpuMs) / ms) * 100).toFixed(0)} % of a core; ${(((to.sent - from.sent) * 1000) / ms).toFixed(0)} of ${callers * 50} packets/s; ` +
      `${to.late - from.late} late ticks of ${Math.round(ms / 10)}; ${each.toFixed(1)} kB of RSS each`,
  ]
}
