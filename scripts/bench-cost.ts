import { parseArgs } from 'node:util'
import { table } from '../src/cli/table.js'
import { costHeads, measureCost } from './bench/cost/measure.js'

/**
 * `npm run bench:cost`: what one call costs in figures that a busy machine does not change. The budgets stand in docs/design.md §6.
 */
const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '10,2000' },
    rate: { type: 'string', default: '5' },
    calls: { type: 'string', default: '200' },
    top: { type: 'string', default: '0' },
  },
})
const rows: string[][] = []
for (const agents of values.agents.split(',')) {
  console.error(`… ${agents} agents in one group`)
  const { row, top } = await measureCost({
    agents: Number(agents),
    rate: Number(values.rate),
    calls: Number(values.calls),
    top: Number(values.top),
  })
  rows.push(row)
  if (top.length > 0) console.log(top.join('\n'))
}
console.log(table(costHeads, rows))
