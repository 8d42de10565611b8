import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as measured } from 'node:timers/promises'
import { metricOf } from '../../test/wire/harness/metrics.js'
import { drawCurve, type Point } from './curve.js'
import type { BenchOptions } from './options.js'
import { callerScenario } from './scenarios.js'
import { Stand, talkMs } from './stand.js'

/** The offered load, as multiples of the capacity. */
const multiples = [0.5, 1, 1.5, 2, 3, 4]
/** The search for the capacity starts here, in calls a second, and grows by this factor until not all are done. */
const [firstRate, growth] = [200, 1.3]
const searchSeconds = 8
/** Seconds at the start of a run that are not counted: the overload is noticed and the rate is found. And at its end. */
const [settling, edge] = [6, 2]
const groups = 40
/** A run carries less than this share of what was offered: the capacity was exceeded. */
const carried = 0.97

interface Run extends Point {
  readonly refused: number
  readonly ringP99: number
  readonly again: number
}

/**
 * Finds how many calls a second the server carries, then offers up to four times as many.
 */
export async function measureOverload(options: BenchOptions): Promise<string[]> {
  const capacity = await findCapacity(options)
  const runs: Run[] = []
  const lines: string[] = [
    `capacity: ${capacity.toFixed(0)} calls/s; ${options.seconds} s each, the first ${settling} s not counted`,
  ]
  lines.push(row('load', 'offered/s', 'done/s', 'of capacity', 'refused/s', 'ring p99 ms', 'sent again/s'))
  for (const multiple of multiples) {
    console.error(`… ${multiple} times the capacity`)
    const run = await oneRun(capacity * multiple, options.seconds, options)
    runs.push(run)
    lines.push(rowOf(multiple, run, capacity))
  }
  if (options.picture !== undefined) await writeFile(options.picture, drawCurve(runs, capacity))
  return lines
}

async function findCapacity(options: BenchOptions): Promise<number> {
  let best = 0
  let rate = firstRate
  let isSecond = false
  for (;;) {
    const run = await oneRun(rate, searchSeconds + settling + edge, options)
    console.error(`… ${rate.toFixed(0)} calls/s: ${run.done.toFixed(0)} done, ring p99 ${run.ringP99.toFixed(0)} ms`)
    best = Math.max(best, run.done)
    // Other programs may have disturbed one run, so a failure counts only if it comes twice.
    const isCarried = run.done >= carried * run.offered
    if (!isCarried && isSecond) return best
    isSecond = !isCarried
    if (isCarried) rate *= growth
  }
}

async function oneRun(rate: number, seconds: number, options: BenchOptions): Promise<Run> {
  const stand = await Stand.open({ agents: options.agents, groups, refusesOverload: true }, options)
  const warmUp = await stand.call({ rate: 200, calls: options.warmUp, most: 2_000, timeout: 120 })
  await warmUp.end
  const ask = {
    rate: Math.round(rate),
    calls: Math.round(rate * seconds),
    most: Math.max(2_000, Math.round(rate * 3)),
    timeout: seconds + 40,
  }
  const callers = await stand.call(ask, refusedScenario)
  await measured(settling * 1_000)
  const from = await stand.server.metrics()
  await measured((seconds - settling - edge) * 1_000)
  const to = await stand.server.metrics()
  await measured(edge * 1_000)
  await callers.kill()
  const window = { from: settling * 1_000, to: (seconds - edge) * 1_000 }
  const rows = await timesIn(stand.folder, callers.pid, window)
  const perSecond = (count: number): number => (count * 1_000) / (window.to - window.from)
  const { created, again } = await callsIn(stand.statistics(), settling, seconds - edge)
  const refused = (text: string): number => metricOf(text, 'carillon_sip_rejected_total', { reason: 'overload' })
  await stand.close()
  const rings = rows.filter(({ clock }) => clock === '1').map(({ ms }) => ms)
  rings.sort((a, b) => a - b)
  return {
    offered: perSecond(created),
    done: perSecond(rows.filter(({ clock }) => clock === '3').length),
    refused: perSecond(refused(to) - refused(from)),
    ringP99: rings[Math.floor(rings.length * 0.99)] ?? NaN,
    again: perSecond(again),
  }
}

/** A caller who takes a 503 for an answer. Timer 3 runs to the end of the call. */
const refusedScenario = callerScenario(talkMs)
  .replace('<nop start_rtd="2"/>', '<nop start_rtd="2"/><nop start_rtd="3"/>')
  .replace(
    '<recv response="100" optional="true"/>',
    '<recv response="503" optional="true" next="refused"/><recv response="100" optional="true"/>',
  )
  .replace(
    '<recv response="180" optional="true" rtd="1"/>',
    '<recv response="503" optional="true" next="refused"/><recv response="180" optional="true" rtd="1"/>',
  )
  .replace(
    '<recv response="200"/>\n</scenario>',
    `<recv response="200" rtd="3" next="over"/>
<label id="refused"/>
<send next="over"><![CDATA[
ACK sip:[field0]@example.com SIP/2.0
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<label id="over"/>
</scenario>`,
  )

interface TimeRow {
  readonly clock: string
  readonly ms: number
}

/** The response times that ended within the window, in ms since the start of SIPp. */
async function timesIn(folder: string, pid: number, window: { readonly from: number; readonly to: number }): Promise<TimeRow[]> {
  const file = (await readdir(folder)).find(name => name.endsWith(`_${pid}_rtt.csv`))
  if (file === undefined) return []
  const rows = (await readFile(join(folder, file), 'utf8')).trim().split('\n').slice(1)
  return rows.flatMap(row => {
    const [at = '', ms = '', clock = ''] = row.split(';')
    const ended = Number(at)
    return ended >= window.from && ended < window.to ? [{ clock, ms: Number(ms) }] : []
  })
}

/** What SIPp counted between two seconds of its run: calls that it began, and messages that it sent again. */
async function callsIn(file: string, from: number, to: number): Promise<{ readonly created: number; readonly again: number }> {
  const [heads = '', ...rows] = (await readFile(file, 'utf8')).trim().split('\n')
  const names = heads.split(';')
  const within = rows.map(row => row.split(';')).slice(from, to)
  const grown = (name: string): number => {
    const column = names.indexOf(name)
    return Number(within.at(-1)?.[column] ?? NaN) - Number(within[0]?.[column] ?? NaN)
  }
  const share = (to - from) / Math.max(1, within.length - 1)
  return { created: grown('TotalCallCreated') * share, again: grown('Retransmissions(C)') * share }
}

const widths = [6, 11, 9, 13, 11, 13, 14]
const row = (...cells: string[]): string => cells.map((cell, index) => cell.padStart(widths[index] ?? 10)).join('')

function rowOf(multiple: number, run: Run, capacity: number): string {
  const { offered, done, refused, ringP99, again } = run
  const figures = [offered.toFixed(0), done.toFixed(0), `${((done / capacity) * 100).toFixed(0)} %`, refused.toFixed(0)]
  return row(`${multiple}x`, ...figures, ringP99.toFixed(0), again.toFixed(0))
}
