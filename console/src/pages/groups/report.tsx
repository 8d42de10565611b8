import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Report, ReportRow } from '../../api/documents.js'
import { now } from '../../clock.js'
import { clockSpan, dayBegin, dayField, decimal, percent, userOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import type { Place } from '../../router.js'
import { Card, Empty, Heads } from '../../ui/parts.js'
import { NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'

const bys = ['workflow', 'queue', 'group', 'agent'] as const

/** A report by workflow, queue, group or agent. Its days are in the browser's time zone. */
export function ReportCard({ at }: { readonly at: Place }): VNode {
  const { groups: words, calls } = useMessages()
  const [by, setBy] = useState<(typeof bys)[number]>(bys.find(name => name === at.query.get('by')) ?? 'workflow')
  const [from, setFrom] = useState(() => dayField(now(), -6))
  const [to, setTo] = useState(() => dayField(now()))
  const answer = useReading<Report>(pathOf(by, dayBegin(from), dayBegin(to, 1)))
  return (
    <Card title={words.sections.reports} icon="board">
      <div class="search">
        <label class="field">
          <span>{words.reportBy}</span>
          <select value={by} onChange={event => setBy(bys.find(name => name === event.currentTarget.value) ?? 'workflow')}>
            {bys.map(name => (
              <option key={name} value={name}>
                {words.by[name]}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{calls.from}</span>
          <input type="date" value={from} max={to} required onChange={event => setFrom(event.currentTarget.value || from)} />
        </label>
        <label class="field">
          <span>{calls.to}</span>
          <input type="date" value={to} min={from} required onChange={event => setTo(event.currentTarget.value || to)} />
        </label>
      </div>
      {answer?.kind !== 'ok' ? (
        <NotRead answer={answer} />
      ) : answer.value.rows.length === 0 ? (
        <Empty>{words.noCalls}</Empty>
      ) : (
        <Rows rows={answer.value.rows} />
      )}
    </Card>
  )
}

/** Undefined while a date field holds no complete date. */
const pathOf = (by: string, from: string | undefined, to: string | undefined): string | undefined =>
  from === undefined || to === undefined ? undefined : `/api/report?${new URLSearchParams({ by, from, to }).toString()}`

function Rows({ rows }: { readonly rows: readonly ReportRow[] }): VNode {
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
      <Heads words={[words.workflow]} numbers={cells.map(([head]) => head)} />
      <tbody>
        {rows.map(row => (
          <tr key={row.name}>
            <th scope="row">{userOf(row.name)}</th>
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
