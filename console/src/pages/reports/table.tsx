import type { VNode } from 'preact'
import type { ReportRow } from '../../api/documents.js'
import { clockSpan, dayAndTime, decimal, percent, userOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { world } from '../../live/live.js'
import { useStore } from '../../store.js'
import { Heads } from '../../ui/parts.js'
import type { AskedReport } from './asked.js'

interface TableProps {
  readonly rows: readonly ReportRow[]
  readonly asked: AskedReport
  /** The rows of the period to compare with. */
  readonly before: readonly ReportRow[] | undefined
}

/** The columns of Lync's usage report, and ours. */
export function ReportTable({ rows, asked: { by, interval }, before }: TableProps): VNode {
  const { agents } = useStore(world)
  const { groups, reports } = useMessages()
  const locale = useLocale()
  const cells = useColumns()
  const nameOf = ({ name }: ReportRow): string => (by === 'agent' ? (agents.get(name)?.name ?? userOf(name)) : name)
  const withTime = interval !== 'all'
  return (
    <div class="wide-table">
      <table class="stacked">
        <Heads words={[...(withTime ? [reports.from] : []), groups.kinds[by]]} numbers={cells.map(([head]) => head)} />
        <tbody>
          {rows.map(row => (
            <tr key={`${row.from} ${row.name}`}>
              {withTime && <td data-name={reports.from}>{interval === 'hour' ? dayAndTime(row.from, locale) : row.from}</td>}
              <th scope="row">{nameOf(row)}</th>
              {cells.map(([head, text], index) => (
                <td key={head} data-name={head} class="right number">
                  <span>
                    {text(row)}
                    {before && <Before text={text} row={before.find(({ name }) => name === row.name)} isFirst={index === 0} />}
                  </span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

type CellText = (row: ReportRow) => string

interface BeforeProps {
  readonly text: CellText
  readonly row: ReportRow | undefined
  /** The first cell of a row says that there was no call before. */
  readonly isFirst: boolean
}

function Before({ text, row, isFirst }: BeforeProps): VNode | null {
  const { reports } = useMessages()
  if (!row && !isFirst) return null
  return <small class="before">{row ? reports.before(text(row)) : reports.beforeNone}</small>
}

function useColumns(): readonly (readonly [head: string, text: CellText])[] {
  const { groups, reports } = useMessages()
  const locale = useLocale()
  const { columns } = groups
  return [
    [columns.received, row => String(row.received)],
    [reports.columns.successful, row => String(row.successful)],
    [reports.columns.offered, row => String(row.offered)],
    [columns.answered, row => String(row.answered)],
    [columns.transferred, row => String(row.transferred)],
    [reports.columns.abandonedByLync, row => percent(row.abandonedByLync, locale)],
    [columns.abandoned, row => percent(row.abandoned, locale)],
    [columns.serviceLevel, row => (row.serviceLevel === null ? '–' : percent(row.serviceLevel, locale))],
    [columns.averageWait, row => clockSpan(row.averageWait)],
    [columns.longestWait, row => clockSpan(row.longestWait)],
    [columns.minutesPerAgent, row => decimal(row.minutesPerAgent, locale)],
  ]
}
