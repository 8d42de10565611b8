import { reportCsv } from '../observability/csv.js'
import type { ReportRow } from '../observability/report.js'
import { reportQuery } from '../http/queries.js'
import type { Paint } from './colours.js'
import { json, textOption, type Arguments, type Command } from './command.js'
import { tell } from './output.js'
import { asking, server } from './asking.js'
import { table } from './table.js'

const heads: readonly (readonly [keyof ReportRow, string])[] = [
  ['from', 'FROM'],
  ['name', 'NAME'],
  ['received', 'RECEIVED'],
  ['successful', 'SUCCESSFUL'],
  ['offered', 'OFFERED'],
  ['answered', 'ANSWERED'],
  ['transferred', 'TRANSFERRED'],
  ['abandonedByLync', 'ABANDONED (LYNC)'],
  ['abandoned', 'HUNG UP'],
  ['serviceLevel', 'SERVICE LEVEL'],
  ['serviceLevelWaits', 'OF WAITS'],
  ['averageWait', 'AVERAGE WAIT S'],
  ['longestWait', 'LONGEST WAIT S'],
  ['minutesPerAgent', 'MINUTES/AGENT'],
]

const formats = ['text', 'csv', 'json'] as const

/** `carillon report`: shows the usage in a period of time, from the call records of a running server. */
export const reportCommand = (env: Readonly<Record<string, string | undefined>>): Command => ({
  name: 'report',
  usage:
    '--from DATE --to DATE [--by workflow|queue|group|agent] [--interval all|month|week|day|hour] [--zone ZONE] [--workflow NAME] [--queue NAME] [--group NAME] [--agent URI] [--outcome OUTCOME] [--format text|csv|json] [--server URL] [--token TOKEN]',
  summary:
    'prints usage by workflow, queue, group or agent: calls received, answered and abandoned, wait times, service level; days are in the time zone --zone, UTC by default',
  options: {
    from: {
      type: 'string',
      value: 'DATE',
      says: 'counts calls that arrived at or after this time: 2026-11-23 or 2026-11-23T08:00Z',
    },
    to: { type: 'string', value: 'DATE', says: 'counts calls that arrived before this time' },
    by: { type: 'string', value: 'KEY', says: 'one row per workflow, queue, group or agent; default workflow' },
    interval: { type: 'string', value: 'SPAN', says: 'one row for all, or one per month, week, day or hour; default all' },
    zone: { type: 'string', value: 'ZONE', says: 'the time zone of days and hours, such as Europe/Paris; default UTC' },
    workflow: { type: 'string', value: 'NAME', says: 'counts only calls of this workflow' },
    queue: { type: 'string', value: 'NAME', says: 'counts only calls that waited in this queue' },
    group: { type: 'string', value: 'NAME', says: 'counts only calls that this group answered' },
    agent: { type: 'string', value: 'URI', says: 'counts only calls that this agent answered or talked in' },
    outcome: { type: 'string', value: 'OUTCOME', says: 'counts only calls with this outcome, such as abandoned' },
    format: { type: 'string', value: 'FORMAT', says: `${formats.join(', ')}; default text` },
    ...server,
    ...json,
  },
  takes: { least: 0, most: 0 },
  run(given, output) {
    const named = given.options['json'] === true ? 'json' : (textOption(given, 'format') ?? 'text')
    const format = formats.find(each => each === named)
    if (!format) {
      tell(output, { kind: 'usage', message: `--format must be one of ${formats.join(', ')}` }, 'report')
      return Promise.resolve(2)
    }
    const asked = askedOf(given)
    const faults = reportQuery.safeParse(Object.fromEntries(asked)).error?.issues ?? []
    for (const { path, message } of faults) tell(output, { kind: 'usage', message: `--${path.join('.')} ${message}` }, 'report')
    if (faults.length > 0) return Promise.resolve(2)
    return asking(env)(given, output, {
      path: `/api/report?${asked.toString()}`,
      async use(response) {
        const report = (await response.json()) as ReportDocument
        for (const line of printed[format](report, output.paint)) output.out(line)
      },
    })
  },
})

/** The options that are sent to the server. */
function askedOf(given: Arguments): URLSearchParams {
  const asked = new URLSearchParams()
  for (const option of ['from', 'to', 'by', 'interval', 'zone', 'workflow', 'queue', 'group', 'agent', 'outcome']) {
    const value = textOption(given, option)
    if (value !== undefined) asked.set(option, value)
  }
  return asked
}

interface ReportDocument {
  readonly rows: readonly ReportRow[]
}

const printed: Readonly<Record<(typeof formats)[number], (report: ReportDocument, paint?: Paint) => readonly string[]>> = {
  json: report => [JSON.stringify(report)],
  // The output adds LF to each line.
  csv: ({ rows }) => reportCsv(rows).map(line => line.replace(/\n$/, '')),
  text: ({ rows }, paint) => [
    table(
      heads.map(([, head]) => head),
      rows.map(cells),
      paint,
    ),
  ],
}

const cells = (row: ReportRow): string[] => heads.map(([key]) => String(row[key] ?? ''))
