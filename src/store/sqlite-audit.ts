import type { AuditEntry, AuditFilter, NumberedEntry } from './port.js'
import { oneOf, part, whereAll, type Query } from './sqlite-query.js'
import { literal } from './sqlite-text.js'

export const auditTable = `CREATE TABLE audit (
     id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, agent TEXT, entry TEXT NOT NULL);
   CREATE INDEX audit_by_time ON audit (at);`

/** Each insert also deletes up to this many expired rows, so the table shrinks over time. */
const mostDeleted = 100

/** Inserts an entry and deletes the oldest expired ones. */
export const insertEntry = (entry: AuditEntry, keptSince: number): string =>
  `INSERT INTO audit (at, who, agent, entry) VALUES (${[entry.at, entry.who, entry.agent, JSON.stringify(entry)].map(literal).join(', ')});` +
  `DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ${keptSince} ORDER BY at LIMIT ${mostDeleted});`

/** One row with one entry per line, after its number. `selectOf` of call records explains why. */
export function selectEntries({ from, to, who, agent, agents, before, limit }: AuditFilter): Query {
  const { sql, values } = whereAll([
    ...(from === undefined ? [] : [part('at >= ?', from)]),
    ...(to === undefined ? [] : [part('at < ?', to)]),
    ...(who === undefined ? [] : [part('who = ?', who)]),
    ...(agent === undefined ? [] : [part('agent = ?', agent)]),
    ...(agents ? [oneOf('agent', agents)] : []),
    ...(before === undefined ? [] : [part('id < ?', before)]),
  ])
  const page = `SELECT id, entry FROM audit${sql} ORDER BY id DESC LIMIT ?`
  return part(`SELECT group_concat(id || ' ' || entry, char(10)) AS records FROM (${page})`, ...values, Math.floor(limit))
}

/** The entries of a result. A line that we did not write is skipped. */
export function entriesIn(lines: string): NumberedEntry[] {
  return lines.split('\n').flatMap(line => {
    const [, id, text] = /^(\d+) (.*)$/.exec(line) ?? []
    if (id === undefined || text === undefined) return []
    try {
      return [{ ...(JSON.parse(text) as AuditEntry), id: Number(id) }]
    } catch {
      return [] // Somebody edited the file. The entry is missing from the result.
    }
  })
}
