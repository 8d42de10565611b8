import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Report, ReportRow } from '../../api/documents.js'
import { now } from '../../clock.js'
import { dayBegin } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { go, type Place } from '../../router.js'
import { Card, Empty } from '../../ui/parts.js'
import { Icon } from '../../ui/icon.js'
import { NotRead } from '../../ui/not-read.js'
import { useReading } from '../../ui/reading.js'
import { askedIn, otherPeriod, queryOf, type AskedReport } from './asked.js'
import { ReportCharts } from './charts.js'
import { ReportFields } from './fields.js'
import { ReportTable } from './table.js'

/** A report by workflow, queue, group or agent. Its days are in the browser's time zone. The page's address keeps the choice. */
export function ReportCard({ at }: { readonly at: Place }): VNode {
  const { groups: words } = useMessages()
  const [today] = useState(now)
  const asked = askedIn(at.query, today)
  const choose = (chosen: Partial<AskedReport>): void =>
    go(`/groups?${new URLSearchParams({ show: 'reports', ...asked, ...chosen }).toString()}`, 'replace')
  const query = queryOf(asked)
  const answer = useReading<Report>(query === undefined ? undefined : `/api/report?${query}`)
  const before = useBefore(asked)
  return (
    <Card title={words.sections.reports} icon="board" aside={query !== undefined && <Exports query={query} />}>
      <ReportFields asked={asked} choose={choose} />
      <Periods asked={asked} />
      {answer?.kind !== 'ok' ? (
        <NotRead answer={answer} />
      ) : answer.value.rows.length === 0 ? (
        <Empty>{words.noCalls}</Empty>
      ) : (
        <>
          <ReportTable rows={answer.value.rows} asked={asked} before={before} />
          <ReportCharts report={answer.value} asked={asked} />
        </>
      )}
      <p class="hint">{words.onlyFinished}</p>
    </Card>
  )
}

/** The rows of the other period. Undefined: nothing is compared, or they are not read yet. */
function useBefore(asked: AskedReport): readonly ReportRow[] | undefined {
  const other = otherPeriod(asked)
  const query = other && queryOf({ ...asked, ...other })
  const answer = useReading<Report>(query === undefined ? undefined : `/api/report?${query}`)
  return answer?.kind === 'ok' ? answer.value.rows : undefined
}

/** The days of the report, and of the period that it is compared with. A printed page has no form that says them. */
function Periods({ asked }: { readonly asked: AskedReport }): VNode {
  const { reports: words } = useMessages()
  const locale = useLocale()
  const other = otherPeriod(asked)
  const day = (field: string): string => {
    const begin = dayBegin(field)
    return begin === undefined ? field : new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(Date.parse(begin))
  }
  return (
    <p class="hint">
      {words.period(day(asked.from), day(asked.to))}
      {other && ` · ${words.before(words.period(day(other.from), day(other.to)))}`}
    </p>
  )
}

/** The report and its calls as files for spreadsheets, and as a printed page. */
function Exports({ query }: { readonly query: string }): VNode {
  const { reports: words } = useMessages()
  return (
    <span class="exports no-print">
      <a class="button quiet" href={`/api/report.csv?${query}`} download="report.csv">
        {words.csv}
      </a>
      <a class="button quiet" href={`/api/calls.csv?${callsOf(query)}`} download="calls.csv">
        {words.callCsv}
      </a>
      <button type="button" class="button quiet" onClick={() => print()}>
        <Icon name="board" />
        {words.print}
      </button>
    </span>
  )
}

/** The same calls. A call list has no rows to sum up. */
function callsOf(query: string): string {
  const calls = new URLSearchParams(query)
  for (const field of ['by', 'interval']) calls.delete(field)
  return calls.toString()
}
