import { parse } from 'csv-parse/sync'
import { fault, ok, type Result } from '../foundation/result.js'

/** A row of a table: the text of each column, by the column's name in lower case. */
export type Row = ReadonlyMap<string, string>

/** The most rows of a file. */
const mostRows = 100_000
/** The most columns. Exports of users have some hundred. */
const mostColumns = 1_000

/** Reads a table whose first line names the columns. Commas, semicolons, tabs or bars stand between values. A fault is the rest of a sentence. */
export function readCsv(bytes: Buffer): Result<readonly Row[]> {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  const [head = ''] = text.split(/\r?\n/, 1)
  const counts = [',', ';', '\t', '|'].map(mark => ({ mark, count: head.split(mark).length }))
  const { mark, count } = counts.reduce((best, each) => (each.count > best.count ? each : best))
  if (count > mostColumns) return fault(`has more than ${mostColumns} columns`)
  try {
    const [names = [], ...rows] = parse(text, {
      delimiter: mark,
      relaxQuotes: true,
      relaxColumnCount: true,
      skipEmptyLines: true,
      trim: true,
      to: mostRows + 2,
    })
    if (rows.length > mostRows) return fault(`has more than ${mostRows} rows`)
    const keys = names.map(name => name.toLowerCase())
    return ok(rows.map(row => new Map(keys.map((key, index) => [key, row[index] ?? '']))))
  } catch {
    // The parser reports faults only by throwing, such as a quote that never ends.
    return fault('is not a table of values between commas')
  }
}
