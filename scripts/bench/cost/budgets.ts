import type { CallCost } from './calls.js'

/** A figure of a call, and the most that it may be. docs/decisions/093 says where the budgets come from. */
interface Budget {
  readonly what: string
  readonly most: number
  readonly of: (cost: CallCost) => number
}

const systemCall = (name: string, most: number): Budget => ({
  what: `system calls: ${name}`,
  most,
  of: ({ systemCalls }) => systemCalls.get(name) ?? NaN,
})

const budgets: readonly Budget[] = [
  { what: 'kB allocated', most: 45, of: cost => cost.kBAllocated },
  { what: 'SIP messages read', most: 7, of: cost => cost.messagesRead },
  { what: 'SIP messages built', most: 7, of: cost => cost.messagesBuilt },
  { what: 'SIP messages repeated', most: 0, of: cost => cost.repeated },
  { what: 'timers armed', most: 12, of: cost => cost.timers },
  { what: 'kB written to files', most: 40, of: cost => cost.kBToFiles },
  systemCall('sendmsg', 7.5),
  systemCall('recvmsg', 9),
  systemCall('epoll_pwait', 10),
  systemCall('pwrite64', 7),
  systemCall('futex', 10),
  systemCall('write', 5),
]

/** The µs of a decision with the most agents, as a multiple of those with ten. */
const flatness = 1.2
/** kB in use. */
const [mostTalking, mostWaiting] = [30, 30]

export const budgetHeads = (agents: readonly number[]): string[] => [
  'a call',
  ...agents.map(count => `${count} agents`),
  'budget',
  '',
]

export function budgetRows(costs: readonly CallCost[], micros: ReadonlyMap<number, number>): string[][] {
  const rows = budgets.map(({ what, most, of }) => row(what, costs.map(of), most))
  const [first = NaN] = micros.values()
  const spread = Math.max(...micros.values()) / first
  const listed = [...micros].map(([agents, each]) => `${agents}: ${each.toFixed(1)}`).join(', ')
  rows.push(row(`µs of the core for a decision (${listed}), as a multiple of the smallest group's`, [spread], flatness))
  return rows
}

export const memoryHeads = ['a call', '', 'budget', '']

export const memoryRows = ({ talking, waiting }: { readonly talking: number; readonly waiting: number }): string[][] => [
  row('kB in use, talking', [talking], mostTalking),
  row('kB in use, waiting', [waiting], mostWaiting),
]

function row(what: string, figures: readonly number[], most: number): string[] {
  const known = figures.filter(figure => !Number.isNaN(figure))
  const verdict = known.length === 0 ? 'not measured' : known.every(figure => figure <= most) ? 'met' : 'missed'
  return [what, ...figures.map(figure => (Number.isNaN(figure) ? '-' : figure.toFixed(1))), String(most), verdict]
}
