import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** SIPp's own counts of a finished run. */
export interface SippCounts {
  readonly successful: number
  readonly failed: number
  readonly retransmissions: number
}

/** The last row of a `-trace_stat` file. */
export async function countsOf(file: string): Promise<SippCounts> {
  const [heads = '', ...rows] = (await readFile(file, 'utf8')).trim().split('\n')
  const names = heads.split(';')
  const last = rows.at(-1)?.split(';') ?? []
  const of = (name: string): number => Number(last[names.indexOf(name)] ?? NaN)
  return { successful: of('SuccessfulCall(C)'), failed: of('FailedCall(C)'), retransmissions: of('Retransmissions(C)') }
}

/** Response times in ms, sorted, by the number of the scenario's clock, from the `-trace_rtt` file of that process. */
export async function responseTimes(folder: string, pid: number): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>()
  const file = (await readdir(folder)).find(name => name.endsWith(`_${pid}_rtt.csv`))
  if (file === undefined) throw new Error(`SIPp left no response times in ${folder}`)
  for (const line of (await readFile(join(folder, file), 'utf8')).trim().split('\n').slice(1)) {
    const [, milliseconds, clock = ''] = line.split(';')
    const known = times.get(clock) ?? []
    if (known.length === 0) times.set(clock, known)
    known.push(Number(milliseconds))
  }
  for (const each of times.values()) each.sort((a, b) => a - b)
  return times
}

/** p50/p95/p99 in whole ms, which is SIPp's resolution. */
export function percentiles(sorted: readonly number[] = []): string {
  const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(0)
  return [0.5, 0.95, 0.99].map(at).join('/')
}
