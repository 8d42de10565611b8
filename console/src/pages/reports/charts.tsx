import type { VNode } from 'preact'
import type { Report, ReportRow } from '../../api/documents.js'
import { hourOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { Heads } from '../../ui/parts.js'
import { BarsChart } from '../../ui/chart.js'
import { intervalNames, type AskedReport } from './asked.js'

type Slot = Report['profile']['hours'][number]

/** The calls over time, by hour of the day and by weekday, as charts and as tables for people who can't see charts. */
export function ReportCharts({ report, asked }: { readonly report: Report; readonly asked: AskedReport }): VNode {
  const { reports: words, wallboard } = useMessages()
  const locale = useLocale()
  const hours = report.profile.hours.map((slot, hour) => [hourOf(new Date(2026, 0, 1, hour).getTime(), locale), slot] as const)
  const weekdays = report.profile.weekdays.map((slot, day) => [weekdayName(day, locale), slot] as const)
  // A call that passed two queues is in the rows of both, so only rows of workflows count each call once.
  const names = asked.by === 'workflow' ? intervalNames(asked) : []
  const over = names.map(name => [name, slotOf(report.rows.filter(({ from }) => from === name))] as const)
  return (
    <section class="report-charts">
      {over.length > 1 && <SlotsChart title={words.byInterval} slots={over} />}
      <div class="chart-pair">
        <SlotsChart title={words.byHour} slots={hours} />
        <SlotsChart title={words.byWeekday} slots={weekdays} />
      </div>
      <details class="no-print">
        <summary>{wallboard.asTable}</summary>
        <SlotsTable head={wallboard.hour} slots={hours} />
        <SlotsTable head={words.weekday} slots={weekdays} />
      </details>
    </section>
  )
}

type NamedSlots = readonly (readonly [name: string, slot: Slot])[]

const otherOf = ({ received, answered, abandoned }: Slot): number => Math.max(0, received - answered - abandoned)

function SlotsChart({ title, slots }: { readonly title: string; readonly slots: NamedSlots }): VNode {
  const { reports: words } = useMessages()
  return (
    <BarsChart
      title={title}
      hours={slots.map(([name]) => name)}
      bars={[
        { name: words.answered, tone: 'good', values: slots.map(([, slot]) => slot.answered) },
        { name: words.abandoned, tone: 'bad', values: slots.map(([, slot]) => slot.abandoned) },
        { name: words.other, tone: 'talk', values: slots.map(([, slot]) => otherOf(slot)) },
      ]}
    />
  )
}

function SlotsTable({ head, slots }: { readonly head: string; readonly slots: NamedSlots }): VNode {
  const { groups, reports: words } = useMessages()
  return (
    <table>
      <Heads words={[head]} numbers={[groups.columns.received, words.answered, words.abandoned, words.other]} />
      <tbody>
        {slots.map(([name, slot]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="right number">{slot.received}</td>
            <td class="right number">{slot.answered}</td>
            <td class="right number">{slot.abandoned}</td>
            <td class="right number">{otherOf(slot)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function slotOf(rows: readonly ReportRow[]): Slot {
  const total = (of: (row: ReportRow) => number): number => rows.reduce((sum, row) => sum + of(row), 0)
  return {
    received: total(row => row.received),
    answered: total(row => row.answered),
    abandoned: total(row => Math.round(row.abandoned * row.received)),
  }
}

/** `day` from 0, Monday. The 5th of January 2026 is a Monday. */
const weekdayName = (day: number, locale: string): string =>
  new Intl.DateTimeFormat(locale, { weekday: 'short' }).format(new Date(2026, 0, 5 + day))
