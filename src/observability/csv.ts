import { DateTime } from 'luxon'
import { shownUri } from '../calls/step.js'
import { usualCause } from '../routing/index.js'
import type { CallRecord } from '../store/port.js'
import type { ReportRow } from './report.js'

/** Reports and call lists as CSV (RFC 4180). */

const reportKeys = [
  'from',
  'name',
  'received',
  'successful',
  'offered',
  'answered',
  'transferred',
  'abandonedByLync',
  'abandoned',
  'serviceLevel',
  'serviceLevelWaits',
  'averageWait',
  'longestWait',
  'minutesPerAgent',
  'outbound',
  'outboundAnswered',
  'outboundMinutes',
] as const satisfies readonly (keyof ReportRow)[]

/** The lines of a report, each with CR LF at its end. The first line has the field names of the JSON. */
export const reportCsv = (rows: readonly ReportRow[]): string[] => [
  csvLine(reportKeys),
  ...rows.map(row => csvLine(reportKeys.map(key => String(row[key] ?? '')))),
]

type CallColumn = readonly [name: string, text: (record: CallRecord, zone: string) => string]

/** The columns of the call list: those of Lync's call list, and what else a supervisor looks for. */
const callColumns: readonly CallColumn[] = [
  ['arrivedAt', ({ arrivedAt }, zone) => local(arrivedAt, zone)],
  ['joinedAt', ({ joinedAt }, zone) => local(joinedAt, zone)],
  ['endedAt', ({ endedAt }, zone) => local(endedAt, zone)],
  ['caller', ({ caller }) => shownUri(caller)],
  ['callerName', ({ callerName }) => callerName ?? ''],
  ['workflow', ({ workflow }) => workflow],
  ['queue', ({ waits }) => waits.at(-1)?.queue ?? ''],
  ['group', ({ group }) => group ?? ''],
  ['agent', ({ agent }) => agent ?? ''],
  ['outcome', ({ outcome }) => outcome],
  ['cause', ({ cause, outcome }) => cause ?? usualCause(outcome)],
  ['status', ({ status }) => String(status ?? '')],
  ['waited', ({ waits }) => inSeconds(waits.reduce((sum, { waited }) => sum + waited, 0))],
  ['talked', ({ talked }) => inSeconds(talked)],
  ['forwardedTo', ({ forwardedTo }) => forwardedTo ?? ''],
  ['callId', ({ call }) => call],
  ['direction', ({ outbound }) => (outbound ? 'outbound' : 'inbound')],
]

export const callCsvHead = (): string => csvLine(callColumns.map(([name]) => name))

/** One call. Its times are in `zone`, as spreadsheets read them. Spans are in seconds. */
export const callCsv = (record: CallRecord, zone: string): string => csvLine(callColumns.map(([, text]) => text(record, zone)))

const local = (at: number | undefined, zone: string): string =>
  at === undefined ? '' : DateTime.fromMillis(at, { zone }).toFormat('yyyy-MM-dd HH:mm:ss')

const inSeconds = (ms: number): string => String(Math.round(ms / 100) / 10)

export const csvLine = (cells: readonly string[]): string => `${cells.map(field).join(',')}\r\n`

/** Spreadsheets separate cells by one of these in some languages, and then a quote in the middle of a line protects nothing. */
const separators = ';|\t\r\n'
/** What a formula begins with. Some spreadsheets take the full-width signs, too. */
const signs = '=+-@＝＋－＠'

/** A field of CSV. A spreadsheet would run text that looks like a formula, so an apostrophe in front makes it plain text. */
export const field = (text: string): string => {
  const plain = withoutFormulas(/^[\t\r]/.test(text) ? `'${text}` : text)
  return /[",;|\t\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

function withoutFormulas(text: string): string {
  let plain = ''
  let mayBegin = true
  for (const each of text) {
    if (mayBegin && signs.includes(each)) plain += "'"
    plain += each
    mayBegin = separators.includes(each) || (mayBegin && /^[\s"\p{C}]$/u.test(each))
  }
  return plain
}
