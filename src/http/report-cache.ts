import { Cache, type CacheStatistics } from '../foundation/cache.js'
import type { Clock } from '../foundation/clock.js'
import { seconds, type WallTime } from '../foundation/time.js'
import type { ReportRow } from '../observability/report.js'
import type { LiveServer } from './live-server.js'

/** What a report depends on beside the records. */
export interface ReportQuestion {
  readonly from: WallTime
  readonly to: WallTime
  /** Everything else: who may see what, by what it is summed up, … */
  readonly rest: readonly unknown[]
}

interface Finished {
  readonly from: WallTime
  readonly to: WallTime
  readonly rows: readonly ReportRow[]
}

/** A report that is being made. */
export interface Making {
  /** Keeps it, unless a record of its range came meanwhile. */
  finished(rows: readonly ReportRow[]): void
  /** Always called, whatever came of it. */
  over(): void
}

const size = 32
/** A report by hour and agent over a year is made each time: it would fill the memory. */
const mostRows = 500
/** Records are deleted when they are old enough, and this is how late a report may notice. */
const lifetime = seconds(60)

/** Reports that were made lately. A call that ends removes those of its range, so a report is never behind. */
export class ReportCache {
  readonly #finished: Cache<Finished>
  readonly #making = new Set<{ readonly question: ReportQuestion; isLate: boolean }>()
  /** The service levels of a config go into the rows. */
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

  find(question: ReportQuestion): readonly ReportRow[] | undefined {
    this.#followConfig()
    return this.#finished.get(keyOf(question))?.rows
  }

  begin(question: ReportQuestion): Making {
    this.#followConfig()
    const routing = this.#routing
    const state = { question, isLate: false }
    this.#making.add(state)
    return {
      finished: rows => {
        if (state.isLate || rows.length > mostRows || this.live.routing() !== routing) return
        this.#finished.set(keyOf(question), { from: question.from, to: question.to, rows }, lifetime)
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
