import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as measured } from 'node:timers/promises'
import { Sipp } from '../../../test/wire/harness/sipp.js'
import { countsOf, responseTimes } from '../figures.js'
import type { BenchOptions } from '../options.js'
import { workflowList } from '../scenarios.js'
import { callersOf, Stand, startPhones } from '../stand.js'
import { usageOf } from '../usage.js'
import { startPeer, type PeerName } from './peers.js'

type Name = PeerName | 'carillon'

/** One run. */
interface Run {
  readonly cpuMsPerCall: number
  readonly ringP99: number
  readonly failed: number
  readonly repeated: number
}

export const besideHeads = [
  'calls/s',
  'what',
  'CPU ms/call',
  'of the floor',
  'of Kamailio',
  'ring ms p99',
  'failed',
  'sent again: callers',
]

/** How often each takes its turn. */
const rounds = 3
const groups = 40
const warmUp = { rate: 200, calls: 2_000, most: 2_000, timeout: 60 }
/** Seconds at both ends of a run that are not counted. */
const edge = 2

/** Medians of runs in alternation, because a machine that others use is faster at one minute than at the next. */
export async function measureBeside(rate: number, peers: readonly PeerName[], options: BenchOptions): Promise<string[][]> {
  const names: readonly Name[] = [...peers, 'carillon']
  const runs = new Map<Name, Run[]>(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round += 1)
    for (const name of names) {
      console.error(`… ${rate} calls/s: ${name}, turn ${round + 1} of ${rounds}`)
      runs.get(name)?.push(await oneRun(name, rate, options))
    }
  const cpu = (name: Name): number => median((runs.get(name) ?? []).map(({ cpuMsPerCall }) => cpuMsPerCall))
  return [...runs].map(([name, all]) => [
    ...[
      String(rate),
      name,
      cpu(name).toFixed(3),
      (cpu(name) / cpu('floor')).toFixed(2),
      (cpu(name) / cpu('kamailio')).toFixed(2),
    ],
    ...[median(all.map(({ ringP99 }) => ringP99)).toFixed(0), sum(all, 'failed'), sum(all, 'repeated')],
  ])
}

const sum = (runs: readonly Run[], what: 'failed' | 'repeated'): string =>
  String(runs.reduce((total, run) => total + run[what], 0))

const median = (figures: readonly number[]): number => [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? NaN

async function oneRun(name: Name, rate: number, options: BenchOptions): Promise<Run> {
  if (name !== 'carillon') return peerRun(name, rate, options)
  const stand = await Stand.open({ agents: options.agents, groups }, options)
  const to = stand.server.sip()
  const run = await measure(stand.folder, to, rate, options, () => Promise.resolve([stand.server.pid]))
  await stand.close()
  return run
}

async function peerRun(name: PeerName, rate: number, options: BenchOptions): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const phones = await startPhones(folder)
  const peer = await startPeer(name, folder, phones.port)
  const run = await measure(folder, `127.0.0.1:${peer.port}`, rate, options, () => peer.pids())
  await peer.kill()
  await phones.kill()
  await rm(folder, { recursive: true, force: true })
  return run
}

async function measure(
  folder: string,
  to: string,
  rate: number,
  options: BenchOptions,
  pids: () => Promise<readonly number[]>,
): Promise<Run> {
  const list = join(folder, 'workflows.csv')
  await writeFile(list, workflowList(groups))
  const call = (name: string, ask: typeof warmUp): Promise<Sipp> =>
    Sipp.start({ name, folder, to, ...callersOf(ask, list, join(folder, `${name}.csv`)) })
  await (
    await call('first', warmUp)
  ).end
  const cpu = async (): Promise<number> => (await pids()).reduce((total, pid) => total + usageOf(pid).cpuMs, 0)
  const { seconds } = options
  const callers = await call('callers', { rate, calls: rate * seconds, most: rate * 6, timeout: seconds + 40 })
  await measured(edge * 1_000)
  const [from, began] = [await cpu(), performance.now()]
  await measured(Math.max(1, seconds - 2 * edge) * 1_000)
  const spent = (await cpu()) - from
  const begun = ((performance.now() - began) * rate) / 1_000
  await callers.end
  const { failed, retransmissions: repeated } = await countsOf(join(folder, 'callers.csv'))
  const rings = (await responseTimes(folder, callers.pid)).get('1') ?? []
  return { cpuMsPerCall: spent / begun, ringP99: rings[Math.floor(rings.length * 0.99)] ?? NaN, failed, repeated }
}
