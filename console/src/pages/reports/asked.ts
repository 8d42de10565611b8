import { dayBegin, dayField } from '../../format.js'

export const bys = ['workflow', 'queue', 'group', 'agent'] as const
type By = (typeof bys)[number]

export const intervals = ['all', 'month', 'week', 'day', 'hour'] as const
type Interval = (typeof intervals)[number]

export const comparisons = ['none', 'before', 'year', 'day'] as const
type Comparison = (typeof comparisons)[number]

/** A choice of the report's form. Days are as in date fields, and the last day is included. Empty texts: no filter. */
export interface AskedReport {
  readonly by: By
  readonly interval: Interval
  readonly from: string
  readonly to: string
  readonly workflow: string
  readonly agent: string
  readonly outcome: string
  readonly compare: Comparison
  /** The first day of the other period, if `compare` is `day`. */
  readonly compareFrom: string
}

/** The choice in the page's address. What is missing or can't be read has its default: the last seven days. */
export function askedIn(query: URLSearchParams, now: number): AskedReport {
  const given = (name: string): string => query.get(name) ?? ''
  const day = (name: string, otherwise: string): string => (dayBegin(given(name)) === undefined ? otherwise : given(name))
  const [from, to] = [day('from', dayField(now, -6)), day('to', dayField(now))]
  const interval = intervals.find(name => name === given('interval')) ?? 'all'
  const compare = comparisons.find(name => name === given('compare')) ?? 'none'
  return {
    by: bys.find(name => name === given('by')) ?? 'workflow',
    ...{ interval, from, to },
    ...{ workflow: given('workflow'), agent: given('agent'), outcome: given('outcome') },
    // Rows of two periods can be compared only if each covers its whole period.
    compare: interval === 'all' ? compare : 'none',
    compareFrom: day('compareFrom', dayField(Date.parse(`${from}T12:00`), -7)),
  }
}

/** The days of the other period, which is as long. Undefined: nothing is compared. */
export function otherPeriod({ from, to, compare, compareFrom }: AskedReport): Pick<AskedReport, 'from' | 'to'> | undefined {
  if (compare === 'none') return undefined
  const first = Date.parse(`${from}T12:00`)
  const days = Math.round((Date.parse(`${to}T12:00`) - first) / 86_400_000)
  const begin = compare === 'day' ? compareFrom : dayField(first, compare === 'before' ? -(days + 1) : -364)
  return { from: begin, to: dayField(Date.parse(`${begin}T12:00`), days) }
}

/** The query of the API. Days are in the browser's time zone. Undefined while a date can't be read. */
export function queryOf({ by, interval, from, to, workflow, agent, outcome }: AskedReport): string | undefined {
  const [begin, end] = [dayBegin(from), dayBegin(to, 1)]
  if (begin === undefined || end === undefined) return undefined
  const filters = Object.entries({ workflow, agent, outcome }).filter(([, value]) => value !== '')
  return new URLSearchParams({ by, interval, from: begin, to: end, zone: zoneHere(), ...Object.fromEntries(filters) }).toString()
}

const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** More intervals make no readable chart. */
const mostBars = 120

/** The intervals of a period as the API writes them, also those without calls. Empty: a chart of them would not help. */
export function intervalNames({ interval, from, to }: Pick<AskedReport, 'interval' | 'from' | 'to'>): readonly string[] {
  if (interval === 'all' || interval === 'hour') return []
  const names = new Set<string>()
  const last = Date.parse(`${to}T12:00`)
  for (let at = Date.parse(`${from}T12:00`); at <= last && names.size <= mostBars; at = Date.parse(`${dayField(at, 1)}T12:00`)) {
    const day = dayField(at)
    const sinceMonday = (new Date(at).getDay() + 6) % 7
    names.add(interval === 'month' ? day.slice(0, 7) : interval === 'week' ? dayField(at, -sinceMonday) : day)
  }
  return names.size > mostBars ? [] : [...names]
}
