import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { ReportRow } from '../../api/documents.js'
import { clockSpan, clockTime, hourOf } from '../../format.js'
import { useLocale, useMessages } from '../../language/language.js'
import { Empty, Heads } from '../../ui/parts.js'
import { BarsChart, LinesChart } from '../../ui/chart.js'
import { hoursOf, type Hour } from './day.js'

interface ChartsProps {
  readonly rows: readonly ReportRow[]
  /** The start of the day, in the API's format. */
  readonly midnight: string
  /** The end of the day. */
  readonly next: string
}

/** The hours of the day as charts, and as a table for people who can't see charts. */
export function Charts({ rows, midnight, next }: ChartsProps): VNode {
  const { wallboard } = useMessages()
  const locale = useLocale()
  const [queue, setQueue] = useState('')
  const names = [...new Set(rows.map(({ name }) => name))].sort()
  const hours = hoursOf(queue === '' ? rows : rows.filter(({ name }) => name === queue), midnight, next)
  const hourNames = hours.map(({ begin }) => hourOf(begin, locale))
  return (
    <section class="charts" aria-labelledby="charts">
      <header class="page-head">
        <h2 id="charts">{wallboard.charts}</h2>
        <label class="field inline">
          <span>{wallboard.chartFor}</span>
          <select value={queue} onChange={event => setQueue(event.currentTarget.value)}>
            <option value="">{wallboard.allQueues}</option>
            {names.map(name => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </header>
      {rows.length === 0 ? (
        <Empty>{wallboard.noData}</Empty>
      ) : (
        <>
          <div class="chart-pair">
            <BarsChart
              title={wallboard.callsByHour}
              hours={hourNames}
              bars={[
                { name: wallboard.answered, tone: 'good', values: hours.map(hour => hour.answered) },
                { name: wallboard.abandoned, tone: 'bad', values: hours.map(hour => hour.abandoned) },
              ]}
            />
            <LinesChart
              title={wallboard.waitByHour}
              hours={hourNames}
              lines={[
                { name: wallboard.averageWait, tone: 'talk', values: hours.map(hour => hour.averageWait ?? null) },
                { name: wallboard.longestWait, tone: 'ring', values: hours.map(hour => hour.longestWait ?? null) },
              ]}
            />
          </div>
          <HoursTable hours={hours} />
        </>
      )}
    </section>
  )
}

function HoursTable({ hours }: { readonly hours: readonly Hour[] }): VNode {
  const { wallboard } = useMessages()
  const locale = useLocale()
  return (
    <details>
      <summary>{wallboard.asTable}</summary>
      <table>
        <Heads words={[wallboard.hour, wallboard.answered, wallboard.abandoned, wallboard.averageWait, wallboard.longestWait]} />
        <tbody>
          {hours.map(({ begin, answered, abandoned, averageWait, longestWait }) =>
            longestWait === undefined ? null : (
              <tr key={begin}>
                <th scope="row">{clockTime(new Date(begin).toISOString(), locale)}</th>
                <td class="number">{answered}</td>
                <td class="number">{abandoned}</td>
                <td class="number">{clockSpan(averageWait ?? 0)}</td>
                <td class="number">{clockSpan(longestWait)}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </details>
  )
}
