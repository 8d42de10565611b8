import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as measured } from 'node:timers/promises'
import { Sipp } from '../../test/wire/harness/sipp.js'
import { countsOf, percentiles, responseTimes } from './figures.js'
import type { BenchOptions } from './options.js'
import { workflowList } from './scenarios.js'
import { callersOf, Stand, startPhones, talkMs } from './stand.js'
import { usageOf } from './usage.js'

export const rateHeads = [
  'calls/s',
  'done/s',
  'calls',
  'failed',
  'sent again: callers',
  'server',
  'ring ms p50/p95/p99',
  'answer ms p50/p95/p99',
  'server CPU ms/call',
  'drachtio CPU ms/call',
  'SIPp CPU ms/call',
  'RSS MiB',
]

/** 40 groups, like a site with many teams. Each call finds a free agent as long as there are enough. */
const groups = 40
const warmUpRate = 200
/** Seconds at both ends of a run that are not counted, because the first calls are not answered yet. */
const edge = 3

/** One row of the table: this many calls a second for this long. */
export async function measureRate(rate: number, options: BenchOptions): Promise<string[]> {
  const stand = await Stand.open({ agents: options.agents, groups }, options)
  const warmUp = await stand.call({ rate: warmUpRate, calls: options.warmUp, most: 2000, timeout: 120 })
  await warmUp.end

  const ask = { rate, calls: rate * options.seconds, most: rate * 6, timeout: options.seconds + 40 }
  const before = await retransmissions(stand)
  const callers = await stand.call(ask)
  const seen = async () => ({
    server: usageOf(stand.server.pid),
    drachtio: options.drachtio ? usageOf(options.drachtio.pid).cpuMs : 0,
    sipp: usageOf(callers.pid).cpuMs + usageOf(stand.phones.pid).cpuMs,
    calls: await stand.server.metric('carillon_calls_total'),
    at: performance.now(),
  })
  await measured(edge * 1000)
  const from = await seen()
  await measured(Math.max(1, options.seconds - 2 * edge) * 1000)
  const to = await seen()
  await callers.end
  const counts = await countsOf(stand.statistics())
  const times = await responseTimes(stand.folder, callers.pid)
  const again = (await retransmissions(stand)) - before
  await stand.close()

  const calls = to.calls - from.calls
  return [
    String(rate),
    ((calls * 1000) / (to.at - from.at)).toFixed(0),
    String(counts.successful),
    String(counts.failed),
    String(counts.retransmissions),
    String(again),
    percentiles(times.get('1')),
    percentiles(times.get('2')),
    ((to.server.cpuMs - from.server.cpuMs) / calls).toFixed(3),
    options.drachtio ? ((to.drachtio - from.drachtio) / calls).toFixed(3) : '-',
    ((to.sipp - from.sipp) / calls).toFixed(3),
    (to.server.rssKiB / 1024).toFixed(0),
  ]
}

/** The same callers and agents without a server between them: the share of SIPp and the machine in the figures. */
export async function measureBare(rate: number, options: BenchOptions): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const phones = await startPhones(folder)
  const [list, statistics] = [join(folder, 'workflows.csv'), join(folder, 'statistics.csv')]
  await writeFile(list, workflowList(groups))
  const ask = { rate, calls: rate * options.seconds, most: rate * 6, timeout: options.seconds + 40 }
  const to = `127.0.0.1:${phones.port}`
  const began = performance.now()
  const callers = await Sipp.start({ name: 'callers', folder, to, ...callersOf(ask, list, statistics) })
  await callers.end
  const spent = performance.now() - began - talkMs
  const counts = await countsOf(statistics)
  const times = await responseTimes(folder, callers.pid)
  await phones.kill()
  await rm(folder, { recursive: true, force: true })
  const measuredPart = [percentiles(times.get('1')), percentiles(times.get('2'))]
  const done = ((counts.successful * 1000) / spent).toFixed(0)
  const { successful, failed, retransmissions: again } = counts
  return [`${rate}, SIPp alone`, done, ...[successful, failed, again].map(String), '-', ...measuredPart, '-', '-', '-', '-']
}

function retransmissions(stand: Stand): Promise<number> {
  return stand.server.metric('carillon_sip_retransmissions_total', { direction: 'out' })
}
