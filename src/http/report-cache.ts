import { Cache, type CacheStatistics } from '../foundation/cache.js'
import type { Clock } from '../foundation/clock.js'
import { seconds, type WallTime } from '../foundation/time.js'
import type { CallProfile } from '../observability/profile.js'
import type { ReportRow } from '../observability/report.js'
import type { LiveServer } from './live-server.js'

/** The inputs of a report besides the records. */
interface ReportQuestion {
  readonly from: WallTime
  readonly to: WallTime
  /** The other inputs: what the person may see, the grouping, … */
  readonly rest: readonly unknown[]
}

/** What a report says. */
export interface ReportContent {
  readonly rows: readonly ReportRow[]
  readonly profile: CallProfile
}

interface Finished {
  readonly from: WallTime
  readonly to: WallTime
  readonly content: ReportContent
}

/** A report in progress. */
interface Making {
  /** Keeps the report, unless it is too long, or a record of its range came or the config changed meanwhile. */
  finished(content: ReportContent): void
  /** Call it at the end, whatever the result. */
  over(): void
}

const size = 32
/** A longer report, such as one by hour and agent over a year, is not kept, because it would fill the memory. */
const mostRows = 500
/** How long a report is kept. The store deletes old records, and a kept report may still count them for this long. */
const lifetime = seconds(60)

/** Recent reports. A call that ends removes the reports of its range, so that no report is outdated. */
export class ReportCache {
  readonly #finished: Cache<Finished>
  readonly #making = new Set<{ readonly question: ReportQuestion; isLate: boolean }>()
  /** The routing settings of the kept reports. A new config removes the reports, because their rows depend on its service levels. */
  #routing: unknown

  constructor(
    clock: Clock,
    private readonly live: Pick<LiveServer, 'routing' | 'onRecord'>,
  ) {
    this.#finished = new Cache({ name: 'reports', clock, size })
    live.onRecord(({ arrivedAt }) => this.#came(arrivedAt))
  }

  get statistics(): CacheStatistics {
    return this.#finished
  }

  find(question: ReportQuestion): ReportContent | undefined {
    this.#followConfig()
    return this.#finished.get(keyOf(question))?.content
  }

  begin(question: ReportQuestion): Making {
    this.#followConfig()
    const routing = this.#routing
    const state = { question, isLate: false }
    this.#making.add(state)
    return {
      finished: content => {
        if (state.isLate || content.rows.length > mostRows || this.live.routing() !== routing) return
        this.#finished.set(keyOf(question), { from: question.from, to: question.to, content }, lifetime)
      },
      over: () => void this.#making.delete(state),
    }
  }

  #came(arrivedAt: WallTime): void {
    this.#finished.forget(report => isWithin(report, arrivedAt))
    for (const state of this.#making) if (isWithin(state.question, arrivedAt)) state.isLate = true
  }

  #followConfig(): void {
    const routing = this.live.routing()
    if (routing === this.#routing) return
    this.#routing = routing
    this.#finished.forget(() => true)
  }
}

const isWithin = ({ from, to }: Pick<ReportQuestion, 'from' | 'to'>, at: WallTime): boolean => from <= at && at <= to

const keyOf = ({ from, to, rest }: ReportQuestion): string => JSON.stringify([from, to, ...rest])
