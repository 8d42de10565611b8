import type { CallId } from '../routing/world/ids.js'
import { callerSearches, callerText } from './filter.js'
import type { CallRecord, RecordFilter } from './port.js'
import { oneOf, part, whereAll, type Query } from './sqlite-query.js'
import { literal } from './sqlite-text.js'

/** A record is JSON, written once and read whole. Fields used in searches also have their own columns. */
export const recordTable = `CREATE TABLE calls (
     call TEXT PRIMARY KEY, arrived_at INTEGER NOT NULL, workflow TEXT NOT NULL, agent TEXT, agent_group TEXT,
     queues TEXT NOT NULL, outcome TEXT NOT NULL, caller TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
   CREATE INDEX calls_by_arrival ON calls (arrived_at);
   CREATE INDEX calls_by_workflow ON calls (workflow, arrived_at);
   CREATE INDEX calls_by_agent ON calls (agent, arrived_at);`

/** Finds a call by a SIP Call-ID. Triggers keep this table in step with the records, including deleted ones. */
export const legTable = `CREATE TABLE call_legs (sip_call_id TEXT NOT NULL, call TEXT NOT NULL, PRIMARY KEY (sip_call_id, call)) WITHOUT ROWID;
   CREATE INDEX call_legs_by_call ON call_legs (call);
   CREATE TRIGGER call_legs_come AFTER INSERT ON calls BEGIN
     INSERT OR IGNORE INTO call_legs SELECT value, NEW.call FROM json_each(NEW.record, '$.sipCallIds');
   END;
   CREATE TRIGGER call_legs_go AFTER DELETE ON calls BEGIN DELETE FROM call_legs WHERE call = OLD.call; END;`

/**
 * The agents of each call: who answered and who talked (`tookPart`). The key gives an agent's calls in the order of results, so a
 * page is read without sorting. The triggers do not read the record on deletion, so a damaged one can be deleted too. This table
 * replaces the index on the agent who answered.
 */
export const agentCallTable = `CREATE TABLE call_agents (agent TEXT NOT NULL, arrived_at INTEGER NOT NULL, call TEXT NOT NULL,
     PRIMARY KEY (agent, arrived_at, call)) WITHOUT ROWID;
   INSERT INTO call_agents SELECT agent, arrived_at, call FROM calls WHERE agent IS NOT NULL ORDER BY agent, arrived_at, call;
   INSERT OR IGNORE INTO call_agents SELECT json_extract(talk.value, '$.agent'), arrived_at, call
     FROM (SELECT arrived_at, call, record FROM calls WHERE instr(record, '"talks":') > 0 AND json_valid(record)),
       json_each(record, '$.talks') AS talk;
   CREATE INDEX call_agents_by_call ON call_agents (call);
   CREATE TRIGGER call_agents_come AFTER INSERT ON calls BEGIN
     DELETE FROM call_agents WHERE call = NEW.call;
     INSERT INTO call_agents SELECT NEW.agent, NEW.arrived_at, NEW.call WHERE NEW.agent IS NOT NULL;
     INSERT OR IGNORE INTO call_agents SELECT json_extract(value, '$.agent'), NEW.arrived_at, NEW.call
       FROM json_each(NEW.record, '$.talks');
   END;
   CREATE TRIGGER call_agents_go AFTER DELETE ON calls BEGIN DELETE FROM call_agents WHERE call = OLD.call; END;
   DROP INDEX calls_by_agent;`

/** The values of a record's row, in parentheses. */
export function rowOf(record: CallRecord): string {
  const { call, arrivedAt, workflow, agent, group, waits, outcome } = record
  const queues = waits.map(({ queue }) => `|${queue}|`).join('')
  const values = [call, arrivedAt, workflow, agent, group, queues, outcome, callerText(record), JSON.stringify(record)]
  return `(${values.map(literal).join(', ')})`
}

/** One statement for all rows: the library's time for a list of statements grows with the square of its length. */
export function insertOf(rows: readonly string[]): string {
  return rows.length === 0 ? '' : `INSERT OR REPLACE INTO calls VALUES ${rows.join(', ')};`
}

/**
 * One row with one record per line (our JSON has no line breaks). The library finds the first row of a result on its own thread,
 * but every further row on ours, however long that takes.
 */
export function selectOf(filter: RecordFilter): Query {
  const { agent, sipCallId, limit } = filter
  // An agent's calls are read in key order. Few calls have the same SIP Call-ID, so each of those is checked.
  const byAgent = agent !== undefined && sipCallId === undefined
  const where = whereAll(conditionsOf(filter, byAgent ? 'call_agents' : 'calls'))
  // CROSS JOIN makes the database keep this order of tables.
  const source = byAgent ? 'call_agents CROSS JOIN calls ON calls.call = call_agents.call' : 'calls'
  const page = `SELECT record FROM ${source}${where.sql} ORDER BY ${order(byAgent ? 'call_agents' : 'calls')} LIMIT ?`
  return part(`SELECT group_concat(record, char(10)) AS records FROM (${page})`, ...where.values, Math.floor(limit))
}

export const selectOne = (call: CallId): Query => part('SELECT record AS records FROM calls WHERE call = ?', call)

/** Deletes at most this many calls that arrived before the moment. Other writes can run between two such pieces. */
export const deleteBefore = (moment: number, most: number): string =>
  `DELETE FROM calls WHERE call IN (SELECT call FROM calls WHERE arrived_at < ${moment} ORDER BY arrived_at LIMIT ${most});`

/** The records of a result. A line that we did not write is skipped. */
export function recordsIn(lines: string): CallRecord[] {
  return lines.split('\n').flatMap(line => {
    try {
      return line === '' ? [] : [JSON.parse(line) as CallRecord]
    } catch {
      return [] // Somebody edited the file. The record is missing from the result.
    }
  })
}

const order = (table: Table): string => `${table}.arrived_at DESC, ${table}.call DESC`

/** The table whose column `arrived_at` is used. */
type Table = 'calls' | 'call_agents'

function conditionsOf(filter: RecordFilter, table: Table): Query[] {
  const { from, to, workflow, workflows, agent, group, queue, outcome, caller, sipCallId, after } = filter
  const where: Query[] = []
  if (workflow !== undefined) where.push(part('workflow = ?', workflow))
  if (group !== undefined) where.push(part('agent_group = ?', group))
  if (outcome !== undefined) where.push(part('outcome = ?', outcome))
  if (workflows) where.push(oneOf('workflow', workflows))
  if (agent !== undefined) where.push(partOf(agent, table))
  if (from !== undefined) where.push(part(`${table}.arrived_at >= ?`, from))
  if (to !== undefined) where.push(part(`${table}.arrived_at < ?`, to))
  if (queue !== undefined) where.push(part('instr(queues, ?) > 0', `|${queue}|`))
  if (caller !== undefined) where.push(hasOneOf(callerSearches(caller)))
  if (sipCallId !== undefined) where.push(part('calls.call IN (SELECT call FROM call_legs WHERE sip_call_id = ?)', sipCallId))
  if (after) where.push(part(`(${table}.arrived_at, ${table}.call) < (?, ?)`, after.arrivedAt, after.call))
  return where
}

const hasOneOf = (texts: readonly string[]): Query => part(`(${texts.map(() => 'instr(caller, ?) > 0').join(' OR ')})`, ...texts)

const partOf = (agent: string, table: Table): Query =>
  table === 'call_agents'
    ? part('call_agents.agent = ?', agent)
    : part('(?, calls.arrived_at, calls.call) IN (SELECT agent, arrived_at, call FROM call_agents)', agent)
