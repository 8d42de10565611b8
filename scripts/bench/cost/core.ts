import { newWorld, Traffic } from '../routing-traffic.js'

/** So many decisions in a piece of a run. The sizes take turns, so that other programs slow all of them alike. */
const [turns, decisions] = [15, 2_000]

/** µs of the routing core for a decision, by the number of agents in the group: the median of many short runs. */
export function microsPerDecision(sizes: readonly number[]): ReadonlyMap<number, number> {
  const runs = sizes.map(agents => {
    const site = { agents, groups: 1, method: 'longestIdle' } as const
    return { agents, traffic: new Traffic(newWorld(site), site), took: [] as number[] }
  })
  for (let turn = 0; turn < turns; turn += 1)
    for (const { traffic, took } of runs) {
      const before = traffic.decisions
      const began = performance.now()
      traffic.run(decisions)
      const spent = performance.now() - began
      // The first turns run code that is not compiled yet.
      if (turn >= turns / 3) took.push((spent * 1_000) / (traffic.decisions - before))
    }
  return new Map(runs.map(({ agents, took }) => [agents, took.sort((a, b) => a - b)[Math.floor(took.length / 2)] ?? NaN]))
}
