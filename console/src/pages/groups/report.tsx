import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Report, ReportRow } from '../../api/documents.js'
import { now } from '../../clock.js'
import { clockSpan, dayBegin, dayField, decimal, percent, userOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import { go, type Place } from '../../router.js'
import { useStore } from '../../store.js'
import { Card, Empty, Heads } from '../../ui/parts.js'
import { NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'

const bys = ['workflow', 'queue', 'group', 'agent'] as const

type By = (typeof bys)[number]

/** A report by workflow, queue, group or agent. Its days are in the browser's time zone. The page's address keeps the choice. */
export function ReportCard({ at }: { readonly at: Place }): VNode {
  const { groups: words, calls } = useMessages()
  const given = (name: string): string => at.query.get(name) ?? ''
  const by = bys.find(name => name === given('by')) ?? 'workflow'
  const [today] = useState(now)
  const day = (name: string, otherwise: string): string => (dayBegin(given(name)) === undefined ? otherwise : given(name))
  const [from, to] = [day('from', dayField(today, -6)), day('to', dayField(today))]
  const choose = (chosen: Readonly<Record<string, string>>): void =>
    go(`/groups?${new URLSearchParams({ show: 'reports', by, from, to, ...chosen }).toString()}`, 'replace')
  const answer = useReading<Report>(pathOf(by, dayBegin(from), dayBegin(to, 1)))
  return (
    <Card title={words.sections.reports} icon="board">
      <div class="search">
        <label class="field">
          <span>{words.reportBy}</span>
          <select value={by} onChange={event => choose({ by: event.currentTarget.value })}>
            {bys.map(name => (
              <option key={name} value={name}>
                {words.by[name]}
              </option>
            ))}
          </select>
        </label>
        <DayField name={calls.from} value={from} limits={{ max: to }} choose={value => choose({ from: value })} />
        <DayField name={calls.to} value={to} limits={{ min: from }} choose={value => choose({ to: value })} />
      </div>
      {answer?.kind !== 'ok' ? (
        <NotRead answer={answer} />
      ) : answer.value.rows.length === 0 ? (
        <Empty>{words.noCalls}</Empty>
      ) : (
        <Rows rows={answer.value.rows} by={by} />
      )}
      <p class="hint">{words.onlyFinished}</p>
    </Card>
  )
}

interface DayFieldProps {
  readonly name: string
  readonly value: string
  readonly limits: { readonly min?: string; readonly max?: string }
  readonly choose: (value: string) => void
}

/** A field for a day. It ignores a date while the date is incomplete. */
const DayField = ({ name, value, limits, choose }: DayFieldProps): VNode => (
  <label class="field">
    <span>{name}</span>
    <input
      type="date"
      value={value}
      {...limits}
      required
      onChange={({ currentTarget }) => currentTarget.value !== '' && choose(currentTarget.value)}
    />
  </label>
)

/** The API path of the report. Undefined while a date is incomplete. */
const pathOf = (by: string, from: string | undefined, to: string | undefined): string | undefined =>
  from === undefined || to === undefined ? undefined : `/api/report?${new URLSearchParams({ by, from, to }).toString()}`

function Rows({ rows, by }: { readonly rows: readonly ReportRow[]; readonly by: By }): VNode {
  const { agents } = useStore(world)
  const { groups: words } = useMessages()
  const locale = useLocale()
  const { columns } = words
  const cells: readonly (readonly [string, (row: ReportRow) => string])[] = [
    [columns.received, row => String(row.received)],
    [columns.answered, row => String(row.answered)],
    [columns.transferred, row => String(row.transferred)],
    [columns.abandoned, row => percent(row.abandoned, locale)],
    [columns.serviceLevel, row => (row.serviceLevel === null ? '–' : percent(row.serviceLevel, locale))],
    [columns.averageWait, row => clockSpan(row.averageWait)],
    [columns.longestWait, row => clockSpan(row.longestWait)],
    [columns.minutesPerAgent, row => decimal(row.minutesPerAgent, locale)],
  ]
  return (
    <table class="stacked">
      <Heads words={[words.kinds[by]]} numbers={cells.map(([head]) => head)} />
      <tbody>
        {rows.map(row => (
          <tr key={row.name}>
            <th scope="row">{by === 'agent' ? (agents.get(row.name)?.name ?? userOf(row.name)) : row.name}</th>
            {cells.map(([head, text]) => (
              <td key={head} data-name={head} class="right number">
                {text(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
