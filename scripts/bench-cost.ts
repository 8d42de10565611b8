import { parseArgs } from 'node:util'
import { table } from '../src/cli/table.js'
import { budgetHeads, budgetRows, memoryHeads, memoryRows } from './bench/cost/budgets.js'
import { costOfCalls, type CallCost } from './bench/cost/calls.js'
import { microsPerDecision } from './bench/cost/core.js'
import { memoryOfCalls } from './bench/cost/memory.js'

/**
 * `npm run bench:cost`: what one call costs in figures that a busy machine does not change, each beside its budget
 * (docs/decisions/093).
 */
const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '10,10000' },
    rate: { type: 'string', default: '40' },
    calls: { type: 'string', default: '600' },
    top: { type: 'string', default: '0' },
    memory: { type: 'boolean', default: false },
  },
})
const costs = new Map<number, CallCost>()
for (const agents of values.agents.split(',').map(Number)) {
  console.error(`… ${agents} agents in each group`)
  const cost = await costOfCalls({ agents, rate: Number(values.rate), calls: Number(values.calls) })
  costs.set(agents, cost)
  for (const [name, bytes] of cost.functions.slice(0, Number(values.top)))
    console.log(`${bytes.toFixed(0).padStart(8)} B/call  ${name}`)
}
const areas = [...new Set([...costs.values()].flatMap(({ areas: known }) => known.map(([area]) => area)))]
const kBIn = (cost: CallCost, area: string): string => ((new Map(cost.areas).get(area) ?? 0) / 1_000).toFixed(1)
console.log(table(['kB allocated/call', ...costs.keys()].map(String), areas.map(area => [area, ...[...costs.values()].map(cost => kBIn(cost, area))]))) // prettier-ignore
console.error('… the routing core alone')
const micros = microsPerDecision([10, 100, 1_000, 10_000])
console.log(table(budgetHeads([...costs.keys()]), budgetRows([...costs.values()], micros)))
if (values.memory) {
  console.error('… memory of open calls, which takes three minutes')
  console.log(table(memoryHeads, memoryRows(await memoryOfCalls())))
}
