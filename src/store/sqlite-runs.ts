import { wallTime } from '../foundation/time.js'
import type { KeptRun, Run } from './port.js'
import { numberIn, rowsOf, textIn, type Connection } from './sqlite-connection.js'
import { insertAll, part, type Query } from './sqlite-query.js'

/** One row: the process that uses the store, or the last one that did. `ended` is NULL until that process says that it ends. */
export const runTable =
  'CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 1), version TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER);'

/** The last process that used the store. Undefined: no version that writes this row has used it. */
export async function lastRun(database: Connection): Promise<KeptRun | undefined> {
  const [row] = await rowsOf(database, part('SELECT version, began, ended FROM run'))
  if (!row) return undefined
  const ended = row['ended'] === null ? undefined : wallTime(numberIn(row, 'ended'))
  return { version: textIn(row, 'version'), beganAt: wallTime(numberIn(row, 'began')), endedAt: ended }
}

export const runRow = ({ version, beganAt }: Run, endedAt: number | undefined): readonly Query[] =>
  insertAll('INSERT OR REPLACE INTO run', [[1, version, beganAt, endedAt ?? null]])

/** Notes an orderly end in a copy, because a copy is not a run that broke off. */
export const runOfCopyEnds = "UPDATE run SET ended = CAST(strftime('%s', 'now') AS INTEGER) * 1000 WHERE ended IS NULL;"
