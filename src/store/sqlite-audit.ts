import { lowered } from './filter.js'
import { entryIn } from './stored-json.js'
import type { AuditEntry, AuditFilter, Found, NumberedEntry } from './port.js'
import { numberIn, textIn, type Row } from './sqlite-connection.js'
import { allOf, insertAll, oneOf, part, whereAll, type Query } from './sqlite-query.js'

export const auditTable = `CREATE TABLE audit (
     id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, agent TEXT, entry TEXT NOT NULL);
   CREATE INDEX audit_by_time ON audit (at);`

/** Each insert also deletes up to this many expired rows, so the table shrinks over time. */
const mostDeleted = 100
/** How many entries one read looks at. They lie side by side in the file, so this is fast. */
const mostLookedAt = 5_000

const textOfEntry = `lower(who || ' ' || (entry ->> '$.what') || ' ' || coalesce(entry ->> '$.because', ''))`

/** Inserts an entry and deletes the oldest expired ones. */
export const insertEntry = (entry: AuditEntry, keptSince: number): readonly Query[] => [
  ...insertAll('INSERT INTO audit (at, who, agent, entry)', [[entry.at, entry.who, entry.agent ?? null, JSON.stringify(entry)]]),
  part('DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?)', keptSince, mostDeleted),
]

/** Selects one row that has one entry per line, after its number. `selectOf` in sqlite-records.ts explains why, and the limit. */
export function selectEntries({ from, to, who, agent, agents, text, before, limit }: AuditFilter): Query {
  const most = Math.floor(limit)
  const fits = allOf([
    ...(from === undefined ? [] : [part('at >= ?', from)]),
    ...(to === undefined ? [] : [part('at < ?', to)]),
    ...(who === undefined ? [] : [part('who = ?', who)]),
    ...(agent === undefined ? [] : [part('agent = ?', agent)]),
    ...(agents ? [oneOf('agent', agents)] : []),
    ...(text === undefined ? [] : [part(`instr(${textOfEntry}, ?) > 0`, lowered(text))]),
  ])
  const earlier = whereAll(before === undefined ? [] : [part('id < ?', before)])
  const walk = (columns: string): string => `SELECT ${columns} FROM audit${earlier.sql} ORDER BY id DESC`
  const page = `SELECT audit.id, audit.entry FROM (${walk(`id, ${fits.sql} AS fits`)} LIMIT ?) AS walk CROSS JOIN audit ON audit.id = walk.id WHERE walk.fits LIMIT ?`
  return part(
    `SELECT group_concat(id || ' ' || entry, char(10)) AS records,
       CASE WHEN count(*) = ? THEN min(id) ELSE (${walk('id')} LIMIT 1 OFFSET ?) END AS next FROM (${page})`,
    ...[most, ...earlier.values, mostLookedAt - 1],
    ...[...fits.values, ...earlier.values, mostLookedAt, most],
  )
}

/** The result of a read. A line that we did not write is skipped. */
export function entriesFound(row: Row | undefined): Found<NumberedEntry, number> {
  const next = numberIn(row, 'next')
  return { items: entriesIn(textIn(row, 'records')), ...(next > 0 && { next }) }
}

function entriesIn(lines: string): NumberedEntry[] {
  return lines.split('\n').flatMap(line => {
    const [, id, text] = /^(\d+) (.*)$/.exec(line) ?? []
    const entry = entryIn(text)
    return entry ? [{ ...entry, id: Number(id) }] : []
  })
}
