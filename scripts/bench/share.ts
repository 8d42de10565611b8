import { setTimeout as measured } from 'node:timers/promises'
import { metricOf, quantileOf } from '../../test/wire/harness/metrics.js'
import type { BenchOptions } from './options.js'
import { Stand } from './stand.js'

const agents = 50
const waiting = 1000
const seconds = 20
/** Ring and talk time of one call, by SIPp's clock. */
const callSeconds = 1.1

/** 50 agents, 1 s calls, 1,000 callers who always wait: the share of the agents' time in use, and the delay until a free agent is rung. */
export async function measureShare(options: BenchOptions): Promise<string[]> {
  const stand = await Stand.open({ agents, groups: 1 }, options)
  const callers = await stand.call({ rate: 200, calls: 1_000_000, most: waiting + agents, timeout: 300 })
  await stand.server.waiting(waiting, 60_000)
  const seen = async () => {
    const metrics = await stand.server.metrics()
    return {
      used: metricOf(metrics, 'carillon_offer_ring_seconds_sum') + metricOf(metrics, 'carillon_talk_seconds_sum'),
      answered: metricOf(metrics, 'carillon_calls_total', { result: 'answered' }),
      waits: metricOf(metrics, 'carillon_queue_waiting_calls'),
      at: performance.now(),
      metrics,
    }
  }
  const from = await seen()
  await measured(seconds * 1000)
  const to = await seen()
  await callers.kill()
  await stand.close()

  const agentSeconds = (agents * (to.at - from.at)) / 1000
  const percent = (part: number): string => ((part / agentSeconds) * 100).toFixed(1)
  const dispatched = quantileOf(to.metrics, 'carillon_dispatch_latency_seconds', 0.99, from.metrics) * 1000
  return [
    `${agents} agents, ${from.waits} to ${to.waits} calls waiting, ${seconds} s:`,
    `  agents' time in use (ringing and talking, by the server's count): ${percent(to.used - from.used)} %`,
    `  calls answered, of those that ${callSeconds} s each allow:           ${percent((to.answered - from.answered) * callSeconds)} %`,
    `  agent free to INVITE out, p99:                              at most ${Number(dispatched.toPrecision(3))} ms`,
  ]
}
