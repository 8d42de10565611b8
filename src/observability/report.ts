import { millis, type Millis } from '../foundation/time.js'
import type { CallRecord, RecordedTalk } from '../store/port.js'
import { Intervals, type ReportInterval } from './intervals.js'
import { serviceLevelOf, serviceOf } from './service-level.js'

export const reportKeys = ['workflow', 'queue', 'group', 'agent'] as const
type ReportBy = (typeof reportKeys)[number]

/**
 * Lync's usage metrics for one workflow, queue, group or agent in one interval, with additions of ours (docs/response-group.md §6). Shares
 * are from 0 to 1.
 */
export interface ReportRow {
  /** Start of the interval in the report's time zone. Empty for the whole period. */
  readonly from: string
  readonly name: string
  readonly received: number
  /** Calls that the server accepted: not refused because of hours, holidays or an inactive workflow. */
  readonly successful: number
  /** Calls that rang at an agent. */
  readonly offered: number
  readonly answered: number
  /** Calls that were forwarded because of a time-out, overflow, missing agents, hours or an answer. */
  readonly transferred: number
  /** Lync's definition: (received - answered) / received. */
  readonly abandonedByLync: number
  /** The share of received calls whose caller hung up before anybody answered. */
  readonly abandoned: number
  /** The share of waits answered within their queue's threshold (see `serviceOf`). Null: no wait counts. */
  readonly serviceLevel: number | null
  /** How many waits count for the service level. */
  readonly serviceLevelWaits: number
  /** In seconds, as is `longestWait`. */
  readonly averageWait: number
  readonly longestWait: number
  /** The average talk time per agent who talked, in minutes. */
  readonly minutesPerAgent: number
  /** Calls of agents on behalf of a workflow. No other figure counts them. */
  readonly outbound: number
  /** How many of them were answered, and how long people talked, in minutes. */
  readonly outboundAnswered: number
  readonly outboundMinutes: number
}

const refused: ReadonlySet<string> = new Set(['inactive', 'closed', 'holiday', 'unheard', 'unconfigured', 'failed'])

interface Sum {
  received: number
  successful: number
  offered: number
  answered: number
  transferred: number
  left: number
  good: number
  judged: number
  waited: number
  longest: number
  talked: number
  readonly agents: Set<string>
  outbound: number
  outboundAnswered: number
  outboundTalked: number
}

/** Sums up records, in any order. */
export class Report {
  readonly #sums = new Map<string, Map<string, Sum>>()
  readonly #intervals: Intervals
  #size = 0

  constructor(
    private readonly by: ReportBy,
    interval: ReportInterval,
    /** The IANA name of the time zone in which days begin. */
    zone: string,
    /** The service level threshold of a queue under the current config. */
    private readonly withinOf: (queue: string) => Millis = () => serviceLevelOf(undefined).within,
  ) {
    this.#intervals = new Intervals(interval, zone)
  }

  add(record: CallRecord): void {
    if (record.outbound) return this.#addOutbound(record)
    for (const name of namesOf(record, this.by)) {
      const sum = this.#sum(this.#intervals.nameOf(record.arrivedAt), name)
      const seen = this.by === 'queue' ? inQueue(record, name) : record
      addTo(sum, seen, this.by, name)
      this.#judge(sum, seen, name)
    }
  }

  /** An outbound call belongs to its workflow and its agent. It passes no queue and no group. */
  #addOutbound({ workflow, agent, arrivedAt, outcome, talked }: CallRecord): void {
    const name = this.by === 'workflow' ? workflow : this.by === 'agent' ? agent : undefined
    if (name === undefined) return
    const sum = this.#sum(this.#intervals.nameOf(arrivedAt), name)
    sum.outbound += 1
    if (outcome !== 'answered') return
    sum.outboundAnswered += 1
    sum.outboundTalked += talked
  }

  /** Counts the waits of a record for the service level. A wait that another group or agent answered counts for that one only. */
  #judge(sum: Sum, record: CallRecord, name: string): void {
    const isTheirs = (this.by !== 'group' && this.by !== 'agent') || record[this.by] === name
    for (const { queue, outcome, waited } of record.waits) {
      const service = outcome === 'answered' && !isTheirs ? 'uncounted' : serviceOf(outcome, waited, this.withinOf(queue))
      if (service === 'uncounted') continue
      sum.judged += 1
      if (service === 'good') sum.good += 1
    }
  }

  /** How many rows there are so far. */
  get size(): number {
    return this.#size
  }

  /** The rows, ordered by interval and then by name. */
  rows(): ReportRow[] {
    const sorted = [...this.#sums].sort(([a], [b]) => (a < b ? -1 : 1))
    return sorted.flatMap(([from, names]) =>
      [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sum]) => rowOf(from, name, sum)),
    )
  }

  #sum(from: string, name: string): Sum {
    let names = this.#sums.get(from)
    if (!names) this.#sums.set(from, (names = new Map<string, Sum>()))
    let sum = names.get(name)
    if (sum) return sum
    this.#size += 1
    names.set(name, (sum = newSum()))
    return sum
  }
}

const newSum = (): Sum => ({
  received: 0,
  successful: 0,
  offered: 0,
  answered: 0,
  transferred: 0,
  left: 0,
  good: 0,
  judged: 0,
  waited: 0,
  longest: 0,
  talked: 0,
  agents: new Set(),
  outbound: 0,
  outboundAnswered: 0,
  outboundTalked: 0,
})

/** The talks of agents on the called side, also after transfers. Empty for a call that no agent answered. */
const talksOf = ({ agent, talks }: CallRecord): readonly RecordedTalk[] =>
  agent === undefined ? [] : (talks?.filter(({ side }) => side === 'agent') ?? [])

/**
 * The names for which a call counts: its workflow, each queue that it passed, each group that it rang, or each agent that it rang or was
 * transferred to. It counts once for each.
 */
function namesOf(record: CallRecord, by: ReportBy): Iterable<string> {
  const { workflow, waits, offers } = record
  if (by === 'workflow') return [workflow]
  if (by === 'queue') return new Set<string>(waits.map(wait => wait.queue))
  const received = by === 'agent' ? talksOf(record).map(({ agent }) => agent) : []
  return new Set<string>([...offers.map(offer => offer[by]), ...received])
}

function addTo(sum: Sum, record: CallRecord, by: ReportBy, name: string): void {
  const { waits, offers, agent, outcome, forwardedTo } = record
  const talks = talksOf(record).filter(talk => by !== 'agent' || talk.agent === name)
  const answered = agent !== undefined && (isWhole(by) || record[by] === name || (by === 'agent' && talks.length > 0))
  const waited = waits.reduce((most, wait) => most + wait.waited, 0)
  sum.received += 1
  if (!refused.has(outcome)) sum.successful += 1
  if (offers.length > 0) sum.offered += 1
  if (forwardedTo !== undefined) sum.transferred += 1
  if (outcome === 'abandoned') sum.left += 1
  sum.waited += waited
  sum.longest = Math.max(sum.longest, waited)
  if (!answered) return
  sum.answered += 1
  addTalk(sum, record, talks)
}

/** Whether a call counts as answered whichever agent answered. This is so for workflows and queues. */
const isWhole = (by: ReportBy): by is 'workflow' | 'queue' => by === 'workflow' || by === 'queue'

/** Adds the talk time of each agent. Older records have only one talk time, which is counted for the agent who answered. */
function addTalk(sum: Sum, { agent, talked, talks: told }: CallRecord, talks: readonly RecordedTalk[]): void {
  if (!told && agent !== undefined) {
    sum.talked += talked
    sum.agents.add(agent)
  }
  for (const talk of talks) {
    sum.talked += talk.to - talk.from
    sum.agents.add(talk.agent)
  }
}

/** The call from the view of this queue. What happened later in another queue counts there. */
function inQueue(record: CallRecord, queue: string): CallRecord {
  const waits = record.waits.filter(wait => wait.queue === queue)
  const { agent, talked, forwardedTo, outcome, ...rest } = record
  if (record.waits.at(-1)?.queue !== queue)
    return { ...rest, waits, talked: millis(0), outcome: 'forwarded', forwardedTo: 'another queue' }
  return {
    ...rest,
    waits,
    talked,
    outcome,
    ...(agent !== undefined && { agent }),
    ...(forwardedTo !== undefined && { forwardedTo }),
  }
}

function rowOf(from: string, name: string, sum: Sum): ReportRow {
  const { received, successful, offered, answered, transferred } = sum
  const seconds = (ms: number): number => Math.round(ms / 100) / 10
  const share = (part: number): number => Math.round((part / Math.max(received, 1)) * 1000) / 1000
  return {
    from,
    name,
    received,
    successful,
    offered,
    answered,
    transferred,
    abandonedByLync: share(received - answered),
    abandoned: share(sum.left),
    serviceLevel: sum.judged === 0 ? null : Math.round((sum.good / sum.judged) * 1000) / 1000,
    serviceLevelWaits: sum.judged,
    averageWait: seconds(sum.waited / Math.max(received, 1)),
    longestWait: seconds(sum.longest),
    minutesPerAgent: Math.round((sum.talked / 60_000 / Math.max(sum.agents.size, 1)) * 10) / 10,
    outbound: sum.outbound,
    outboundAnswered: sum.outboundAnswered,
    outboundMinutes: Math.round((sum.outboundTalked / 60_000) * 10) / 10,
  }
}
