import { setTimeout as measured } from 'node:timers/promises'
import { callerScenario } from '../scenarios.js'
import { Stand } from '../stand.js'
import { Inspector } from './inspector.js'

/** How many calls are open when they are weighed, and how many have come and gone before. */
const [open, before] = [1_000, 1_000]
/** The transactions of a call's beginning end after 32 s (RFC 3261 §17, timers L and M). */
const settling = 35_000
/** Longer than the measurement. */
const longTalk = 300_000

/** kB in use for each call that talks, and for each that waits for an agent. Without media. */
export async function memoryOfCalls(): Promise<{ readonly talking: number; readonly waiting: number }> {
  return { talking: await kBOf('talking'), waiting: await kBOf('waiting') }
}

async function kBOf(what: 'talking' | 'waiting'): Promise<number> {
  const agents = open + 100
  const bench = { rates: [], seconds: 0, warmUp: 0, logLevel: 'info', profile: false, parts: new Set<never>(), agents }
  const nodeOptions = ['--inspect=127.0.0.1:0']
  const stand = await Stand.open({ agents, groups: 1, nobodySignsIn: what === 'waiting', nodeOptions }, bench)
  const inspector = await Inspector.of(stand.server)
  const callers = { rate: 100, most: open, timeout: 400 }
  const first = await stand.call({ ...callers, calls: before }, callerScenario(1_000))
  if (what === 'talking') await first.end
  else await stand.server.waiting(before, 60_000)
  await measured(settling)
  const empty = await inspector.bytesInUse()
  const left = what === 'waiting' ? before : 0
  const more = await stand.call({ ...callers, calls: open }, callerScenario(longTalk))
  await measured((open / callers.rate) * 1_000 + settling)
  if (what === 'waiting') await stand.server.waiting(left + open, 60_000)
  const full = await inspector.bytesInUse()
  await more.kill()
  // Not before: the server asks whether waiting callers are still there.
  if (what === 'waiting') await first.kill()
  inspector.close()
  await stand.close()
  return (full - empty) / open / 1_000
}
