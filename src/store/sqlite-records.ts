import type { CallId } from '../routing/ids.js'
import { callerText } from './filter.js'
import type { CallRecord, RecordFilter } from './port.js'
import { quoted } from './sqlite-text.js'

/** What is asked for by a column stands beside the record itself, which is JSON: a record is written once and read whole. */
export const recordTable = `CREATE TABLE calls (
     call TEXT PRIMARY KEY, arrived_at INTEGER NOT NULL, workflow TEXT NOT NULL, agent TEXT, agent_group TEXT,
     queues TEXT NOT NULL, outcome TEXT NOT NULL, caller TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
   CREATE INDEX calls_by_arrival ON calls (arrived_at);
   CREATE INDEX calls_by_workflow ON calls (workflow, arrived_at);
   CREATE INDEX calls_by_agent ON calls (agent, arrived_at);`

export function insertOf(record: CallRecord): string {
  const { call, arrivedAt, workflow, agent, group, waits, outcome } = record
  const queues = waits.map(({ queue }) => `|${queue}|`).join('')
  const values = [call, arrivedAt, workflow, agent, group, queues, outcome, callerText(record), JSON.stringify(record)]
  return `INSERT OR REPLACE INTO calls VALUES (${values.map(literal).join(', ')});`
}

export function selectOf(filter: RecordFilter): string {
  const where = conditionsOf(filter)
  const only = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`
  return `SELECT record FROM calls${only} ORDER BY arrived_at DESC, call DESC LIMIT ${Math.floor(filter.limit)}`
}

export const selectOne = (call: CallId): string => `SELECT record FROM calls WHERE call = ${quoted(call)}`

/** A piece at a time, so that other writes have their turn. */
export const deleteBefore = (moment: number): string =>
  `DELETE FROM calls WHERE call IN (SELECT call FROM calls WHERE arrived_at < ${moment} ORDER BY arrived_at LIMIT 1000);`

function conditionsOf({ from, to, workflow, agent, group, queue, outcome, caller, after }: RecordFilter): string[] {
  const equal: readonly (readonly [string, string | undefined])[] = [
    ['workflow', workflow],
    ['agent', agent],
    ['agent_group', group],
    ['outcome', outcome],
  ]
  const where = equal.flatMap(([column, value]) => (value === undefined ? [] : [`${column} = ${quoted(value)}`]))
  if (from !== undefined) where.push(`arrived_at >= ${from}`)
  if (to !== undefined) where.push(`arrived_at < ${to}`)
  if (queue !== undefined) where.push(`instr(queues, ${quoted(`|${queue}|`)}) > 0`)
  if (caller !== undefined) where.push(`instr(caller, ${quoted(caller.toLowerCase())}) > 0`)
  if (after) where.push(`(arrived_at < ${after.arrivedAt} OR (arrived_at = ${after.arrivedAt} AND call < ${quoted(after.call)}))`)
  return where
}

function literal(value: string | number | undefined): string {
  if (value === undefined) return 'NULL'
  return typeof value === 'number' ? String(value) : quoted(value)
}
