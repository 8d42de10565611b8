import { step, type Effect, type Event, type World } from '../src/routing/index.js'
import { newWorld, Traffic, type Site } from './bench/routing-traffic.js'

/**
 * `npm run bench:routing`: how many calls a second the routing core offers to agents on one core. A decision is one call
 * offered to one agent, with everything around it: arrival, answer, join, end, wrap-up of the timers. Budget: 200,000/s with
 * 10,000 agents in 1,000 groups (docs/design.md §6).
 */
const warmUpCalls = 20_000
const budget = 200_000

/** Time spent in the core, by kind of event. */
class Meter {
  readonly #spent = new Map<string, { count: number; ms: number }>()
  decisions = 0

  take(world: World, event: Event): readonly Effect[] {
    const begin = performance.now()
    const effects = step(world, event)
    const took = performance.now() - begin
    const spent = this.#spent.get(event.kind) ?? { count: 0, ms: 0 }
    this.#spent.set(event.kind, { count: spent.count + 1, ms: spent.ms + took })
    return effects
  }

  lines(): string[] {
    return [...this.#spent].map(
      ([kind, { count, ms }]) => `  ${kind.padEnd(18)}${((1000 * ms) / count).toFixed(2).padStart(8)} µs`,
    )
  }
}

function decisionsPerSecond(site: Site, calls: number): number {
  const world = newWorld(site)
  const traffic = new Traffic(world, site)
  traffic.run(Math.min(warmUpCalls, calls))
  const before = traffic.decisions
  const begin = performance.now()
  traffic.run(calls)
  return ((traffic.decisions - before) * 1000) / (performance.now() - begin)
}

function microsPerEvent(site: Site, calls: number): string[] {
  const world = newWorld(site)
  new Traffic(world, site).run(0)
  const warm = new Traffic(world, site)
  warm.run(warmUpCalls)
  const meter = new Meter()
  const measured = newWorld(site)
  new Traffic(measured, site, (into, event) => meter.take(into, event)).run(calls)
  return meter.lines()
}

const count = (n: number): string => Math.round(n).toLocaleString('en').padStart(9)

const main: Site = { agents: 10_000, groups: 1_000, method: 'longestIdle' }
console.log('decisions/s: one call offered to one agent, with its arrival, answer, join and end')
const reached = decisionsPerSecond(main, 300_000)
console.log(`${count(reached)}  10,000 agents in 1,000 groups, longestIdle (budget ${budget.toLocaleString('en')})`)
for (const size of [10, 100, 1_000])
  for (const method of ['longestIdle', 'roundRobin', 'serial'] as const)
    console.log(
      `${count(decisionsPerSecond({ agents: 10_000, groups: 10_000 / size, method }, 2_000_000 / Math.max(20, size)))}  groups of ${size}, ${method}`,
    )
console.log('µs per event, 10,000 agents in 1,000 groups, longestIdle')
for (const line of microsPerEvent(main, 100_000)) console.log(line)
