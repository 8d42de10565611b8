import { DateTime } from 'luxon'

export const reportIntervals = ['all', 'month', 'week', 'day', 'hour'] as const
export type ReportInterval = (typeof reportIntervals)[number]

/** How the start of an interval is written. These texts sort by time. A week starts on Monday, and has the date of this day. */
const formats: Readonly<Record<Exclude<ReportInterval, 'all'>, string>> = {
  month: 'yyyy-MM',
  week: 'yyyy-MM-dd',
  day: 'yyyy-MM-dd',
  hour: "yyyy-MM-dd'T'HH:mmZZ",
}

/** Finds the interval of a moment in a time zone. */
export class Intervals {
  /** The interval of the previous moment. Records mostly come in order of time, and calendar arithmetic is slow. */
  #last = { from: 0, to: 0, name: '' }

  constructor(
    private readonly interval: ReportInterval,
    /** The IANA name of the time zone. */
    private readonly zone: string,
  ) {}

  /** The start of the interval as text. Empty for the whole period. */
  nameOf(at: number): string {
    if (this.interval === 'all') return ''
    if (at < this.#last.from || at >= this.#last.to) {
      const begin = DateTime.fromMillis(at, { zone: this.zone }).startOf(this.interval)
      const end = begin.plus({ [this.interval]: 1 })
      this.#last = { from: begin.toMillis(), to: end.toMillis(), name: begin.toFormat(formats[this.interval]) }
    }
    return this.#last.name
  }
}
