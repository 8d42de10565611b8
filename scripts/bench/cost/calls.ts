import { readFileSync } from 'node:fs'
import { setTimeout as measured } from 'node:timers/promises'

import { callerScenario } from '../scenarios.js'
import { Stand, talkMs } from '../stand.js'
import { bytesByArea, bytesByFunction, Inspector } from './inspector.js'
import { SystemCalls } from './system-calls.js'

export interface CostOptions {
  /** Of one group. There are as many groups as it takes that nobody waits. */
  readonly agents: number
  /** New calls a second. */
  readonly rate: number
  readonly calls: number
}

/** What one call costs. */
export interface CallCost {
  readonly kBAllocated: number
  readonly messagesRead: number
  readonly messagesBuilt: number
  readonly repeated: number
  readonly timers: number
  readonly kBToFiles: number
  /** By name. Empty without strace. */
  readonly systemCalls: ReadonlyMap<string, number>
  /** Bytes, the largest first. */
  readonly areas: readonly (readonly [area: string, bytes: number])[]
  readonly functions: readonly (readonly [name: string, bytes: number])[]
}

/** Seconds without calls. What the server allocates by itself is subtracted. */
const idleSeconds = 5
/** Node allocates more until it has compiled frequent code: after 3,000 calls still a tenth more than after 14,000. */
const [warmUp, warmUpRate] = [10_000, 100]
/** Under strace the server is several times slower. */
const [tracedCalls, tracedRate] = [500, 50]
/** A call takes 1.1 s: two of three agents are free. */
const agentsPerCall = 3.3

export async function costOfCalls({ agents, rate, calls }: CostOptions): Promise<CallCost> {
  const stand = await standFor(agents, Math.max(rate, warmUpRate))
  const inspector = await Inspector.of(stand.server)
  const most = { most: 2_000, timeout: 300 }
  await (
    await stand.call({ ...most, rate: warmUpRate, calls: warmUp })
  ).end

  await inspector.startSampling()
  await measured(idleSeconds * 1_000)
  const idle = bytesByFunction(await inspector.stopSampling()).total / idleSeconds

  const before = await counted(stand, inspector)
  await inspector.startSampling()
  const began = performance.now()
  await (
    await stand.call({ ...most, rate, calls }, callerScenario(talkMs))
  ).end
  const seconds = (performance.now() - began) / 1_000
  const head = await inspector.stopSampling()
  const after = await counted(stand, inspector)
  const systemCalls = await SystemCalls.during(stand.server.pid, async () => {
    await (
      await stand.call({ ...most, rate: tracedRate, calls: tracedCalls })
    ).end
  })
  inspector.close()
  await stand.close()

  const { total, functions } = bytesByFunction(head)
  const perCall = (each: keyof Counted): number => (after[each] - before[each]) / calls
  const sorted = (bytes: ReadonlyMap<string, number>): CallCost['areas'] =>
    [...bytes].map(([name, sum]) => [name, sum / calls] as const).sort(([, a], [, b]) => b - a)
  return {
    kBAllocated: (total - idle * seconds) / calls / 1_000,
    messagesRead: perCall('read'),
    messagesBuilt: perCall('built'),
    repeated: perCall('repeated'),
    timers: perCall('timers'),
    kBToFiles: perCall('written') / 1_000,
    systemCalls: new Map([...systemCalls].map(([name, count]) => [name, count / tracedCalls])),
    areas: sorted(bytesByArea(head)),
    functions: sorted(functions),
  }
}

function standFor(agents: number, rate: number): Promise<Stand> {
  const groups = Math.max(1, Math.ceil((rate * agentsPerCall) / agents))
  const bench = { rates: [], seconds: 0, warmUp: 0, logLevel: 'info', profile: false, parts: new Set<never>() }
  const all = agents * groups
  return Stand.open({ agents: all, groups, nodeOptions: ['--inspect=127.0.0.1:0'] }, { ...bench, agents: all })
}

interface Counted {
  readonly read: number
  readonly built: number
  readonly repeated: number
  readonly timers: number
  readonly written: number
}

async function counted({ server }: Stand, inspector: Inspector): Promise<Counted> {
  const messages = async (direction: 'in' | 'out'): Promise<number> =>
    (await server.metric('carillon_sip_requests_total', { direction })) +
    (await server.metric('carillon_sip_responses_total', { direction }))
  const written = Number(/write_bytes: (\d+)/.exec(readFileSync(`/proc/${server.pid}/io`, 'utf8'))?.[1] ?? NaN)
  const repeated = await server.metric('carillon_sip_retransmissions_total')
  return { read: await messages('in'), built: await messages('out'), repeated, timers: await inspector.timersSoFar(), written }
}
