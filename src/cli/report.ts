import type { ReportRow } from '../observability/report.js'
import { textOption, type Command } from './command.js'
import { ask, server } from './live.js'
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
  ['serviceLevel', 'WITHIN 20 S'],
  ['averageWait', 'AVERAGE WAIT S'],
  ['longestWait', 'LONGEST WAIT S'],
  ['minutesPerAgent', 'MINUTES/AGENT'],
]

/** `carillon report`: the usage of a span of time, from the call records of a running server. */
export const reportCommand: Command = {
  name: 'report',
  usage:
    '--from DATE --to DATE [--by workflow|group|agent] [--interval all|day|hour] [--zone ZONE] [--csv] [--server URL] [--json]',
  summary: 'usage by workflow, group or agent: received, answered, abandoned, waits, service level',
  options: {
    ...server,
    ...{ from: { type: 'string' }, to: { type: 'string' }, by: { type: 'string' }, interval: { type: 'string' } },
    ...{ zone: { type: 'string' }, csv: { type: 'boolean' } },
  },
  takes: { least: 0, most: 0 },
  run(given, output) {
    const asked = new URLSearchParams()
    for (const option of ['from', 'to', 'by', 'interval', 'zone']) {
      const value = textOption(given, option)
      if (value !== undefined) asked.set(option, value)
    }
    return ask(given, output, 'GET', `/api/report?${asked.toString()}`, async response => {
      const report = (await response.json()) as { readonly rows: readonly ReportRow[] }
      if (given.options['json'] === true) output.out(JSON.stringify(report))
      else if (given.options['csv'] === true) for (const line of csv(report.rows)) output.out(line)
      else
        output.out(
          table(
            heads.map(([, head]) => head),
            report.rows.map(cells),
          ),
        )
    })
  },
}

const cells = (row: ReportRow): string[] => heads.map(([key]) => String(row[key]))

/** RFC 4180, but for the line end, which is the terminal's; the first line names the fields as the JSON does. */
const csv = (rows: readonly ReportRow[]): string[] =>
  [heads.map(([key]) => key), ...rows.map(cells)].map(line => line.map(field).join(','))

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
