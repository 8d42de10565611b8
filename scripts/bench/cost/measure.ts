import { readFileSync } from 'node:fs'
import { setTimeout as measured } from 'node:timers/promises'
import { eventually } from '../../../test/wire/harness/eventually.js'
import { callerScenario } from '../scenarios.js'
import { Stand, talkMs } from '../stand.js'
import { bytesByFunction, Inspector } from './inspector.js'

export interface CostOptions {
  /** All agents are in one group. */
  readonly agents: number
  /** New calls a second. */
  readonly rate: number
  readonly calls: number
  /** How many functions are listed, with their bytes per call. */
  readonly top: number
}

export const costHeads = ['agents', 'calls', 'kB allocated/call', 'idle kB/s', 'kB to files/call', 'SIP messages/call']

/** Seconds without calls. What the server allocates by itself is subtracted. */
const idleSeconds = 5
/** Warm-up, because Node allocates more until it has compiled frequent code. */
const warmUp = 600

/** One row of the table, and the functions that allocate most. */
export async function measureCost({ agents, rate, calls, top }: CostOptions): Promise<{ row: string[]; top: string[] }> {
  const bench = { rates: [], seconds: 0, warmUp, logLevel: 'info', profile: false, parts: new Set<never>() }
  const stand = await Stand.open({ agents, groups: 1, nodeOptions: ['--inspect=127.0.0.1:0'] }, { ...bench, agents })
  const inspector = await Inspector.connect(await inspectorOf(stand))
  const ask = { rate, calls, most: 2_000, timeout: 300 }
  await (
    await stand.call({ ...ask, rate: Math.min(200, agents / 2), calls: warmUp })
  ).end

  await inspector.startSampling()
  await measured(idleSeconds * 1_000)
  const idle = bytesByFunction(await inspector.stopSampling()).total / idleSeconds

  const before = await counted(stand)
  await inspector.startSampling()
  const began = performance.now()
  await (
    await stand.call(ask, callerScenario(talkMs))
  ).end
  const seconds = (performance.now() - began) / 1_000
  const { total, functions } = bytesByFunction(await inspector.stopSampling())
  const after = await counted(stand)
  inspector.close()
  await stand.close()

  const perCall = (figure: number): string => (figure / calls).toFixed(1)
  return {
    row: [
      ...[String(agents), String(calls), ((total - idle * seconds) / calls / 1_000).toFixed(1), (idle / 1_000).toFixed(1)],
      ...[perCall((after.written - before.written) / 1_000), perCall(after.messages - before.messages)],
    ],
    top: [...functions]
      .sort(([, a], [, b]) => b - a)
      .slice(0, top)
      .map(([name, bytes]) => `${(bytes / calls).toFixed(0).padStart(8)} B/call  ${name}`),
  }
}

async function inspectorOf(stand: Stand): Promise<string> {
  let found: string | undefined
  await eventually('the inspector listens', () => {
    found = /ws:\/\/\S+/.exec(stand.server.stray.join('\n'))?.[0]
    return found !== undefined
  })
  return found ?? ''
}

/** SIP messages in both directions, and bytes written to files. */
async function counted(stand: Stand): Promise<{ readonly messages: number; readonly written: number }> {
  const { server } = stand
  const messages = (await server.metric('carillon_sip_requests_total')) + (await server.metric('carillon_sip_responses_total'))
  const written = Number(/write_bytes: (\d+)/.exec(readFileSync(`/proc/${server.pid}/io`, 'utf8'))?.[1] ?? NaN)
  return { messages, written }
}
