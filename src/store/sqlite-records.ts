import { recordIn } from './stored-json.js'
import { JsonText } from '../foundation/json-text.js'
import { LineBuffer } from '../foundation/line-buffer.js'
import { wallTime } from '../foundation/time.js'
import { callId, type CallId } from '../routing/world/ids.js'
import { callerSearches, callerText } from './filter.js'
import type { CallRecord, Found, RecordFilter, RecordPlace } from './port.js'
import { textIn, type Row } from './sqlite-connection.js'
import { allOf, insertAll, oneOf, part, whereAll, type Query, type Value } from './sqlite-query.js'

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

/** How many calls one read looks at. Each is at another place in the file, so 2,000 take 10 to 50 ms of the library's thread. */
const mostLookedAt = 2_000
/** How many workflows are merged. Merging more is slower than looking at the calls of all workflows. */
const mostMerged = 50

const recordText = new LineBuffer()
const recordJson = new JsonText(recordText)

/** A record's row, and its size in characters. */
export function sizedRow(record: CallRecord): { readonly values: readonly Value[]; readonly size: number } {
  const values = rowOf(record)
  return { values, size: values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0) }
}

/** The values of a record's row. */
function rowOf(record: CallRecord): readonly Value[] {
  const { call, arrivedAt, workflow, agent = null, group = null, waits, outcome } = record
  let queues = ''
  for (const { queue } of waits) queues += `|${queue}|`
  recordJson.add(record)
  return [call, arrivedAt, workflow, agent, group, queues, outcome, callerText(record), recordText.take()]
}

export const insertRecords = (rows: readonly (readonly Value[])[]): readonly Query[] =>
  insertAll('INSERT OR REPLACE INTO calls', rows)

/**
 * Selects one row, which has one record per line (our JSON has no line breaks) and the place where the next read continues. The library
 * finds the first row of a result on its own thread, but every further row on ours, however long that takes.
 *
 * The records are looked at in the order of the result, along an index that has this order. A read ends when it has found `limit`
 * records or has looked at `mostLookedAt`, so that no filter makes one read long.
 */
export function selectOf(filter: RecordFilter): Query {
  const limit = Math.floor(filter.limit)
  const { walks, fits } = wayOf(filter)
  if (walks.length === 0) return part('SELECT NULL AS records')
  // Without conditions every record is in the result, so one page of them is enough.
  const looks = fits.length === 0 ? limit : mostLookedAt
  const places = inOrder(walks, [])
  const walk = inOrder(walks, fits)
  // CROSS JOIN makes the database keep this order of tables, so that only the records of the result are read whole.
  const page = `SELECT record, walk.arrived_at, walk.call FROM (${walk.sql} LIMIT ?) AS walk CROSS JOIN calls ON calls.call = walk.call WHERE walk.fits LIMIT ?`
  const lookedAt = `SELECT ${placeText} FROM (${places.sql} LIMIT 1 OFFSET ?)`
  return part(
    `SELECT group_concat(record, char(10)) AS records, CASE WHEN count(*) = ? THEN min(${placeText}) ELSE (${lookedAt}) END AS next FROM (${page})`,
    ...[limit, ...places.values, looks - 1],
    ...[...walk.values, looks, limit],
  )
}

/** A place in the order of results as a text. The last record of a result has the smallest text. */
const placeText = "printf('%015d.%s', arrived_at, call)"

/** Rows of a table in the order of results: `FROM …` with conditions that an index answers. */
interface Walk extends Query {
  readonly table: Table
}

/** The records at which a read looks, and the conditions that each of them must fulfil. */
interface Way {
  /** They are merged in the order of results. */
  readonly walks: readonly Walk[]
  readonly fits: readonly Query[]
}

function wayOf(filter: RecordFilter): Way {
  const { agent, sipCallId } = filter
  const names = workflowsOf(filter)
  const fits = conditionsOf(filter)
  if (names?.length === 0) return { walks: [], fits }
  const ofWorkflows = names ? [oneOf('workflow', names), ...fits] : fits
  // Few calls have the same SIP Call-ID, so each of them can be checked.
  if (sipCallId !== undefined) {
    const hasLeg = part('calls.call IN (SELECT call FROM call_legs WHERE sip_call_id = ?)', sipCallId)
    const ofAgent = agent === undefined ? [] : [tookPart(agent)]
    return { walks: [walkOf('calls', [hasLeg], filter)], fits: [...ofAgent, ...ofWorkflows] }
  }
  if (agent !== undefined)
    return { walks: [walkOf('call_agents', [part('call_agents.agent = ?', agent)], filter)], fits: ofWorkflows }
  if (!names || names.length > mostMerged) return { walks: [walkOf('calls', [], filter)], fits: ofWorkflows }
  // The index has the order for one workflow. SQLite merges several without sorting them.
  return { walks: names.map(name => walkOf('calls', [part('workflow = ?', name)], filter)), fits }
}

/** The workflows whose calls are wanted. Undefined: all. */
function workflowsOf({ workflow, workflows }: RecordFilter): readonly string[] | undefined {
  if (workflow === undefined) return workflows && [...new Set(workflows)]
  return !workflows || workflows.includes(workflow) ? [workflow] : []
}

function walkOf(table: Table, conditions: readonly Query[], filter: RecordFilter): Walk {
  return { table, ...whereAll([...conditions, ...arrivedIn(filter, table)]) }
}

/** The conditions on arrival, with at most one upper limit. With both `to` and `after`, SQLite would start each page at `to`. */
function arrivedIn({ from, to, after }: RecordFilter, table: Table): Query[] {
  const since = from === undefined ? [] : [part(`${table}.arrived_at >= ?`, from)]
  if (after && (to === undefined || after.arrivedAt < to))
    return [...since, part(`(${table}.arrived_at, ${table}.call) < (?, ?)`, after.arrivedAt, after.call)]
  return to === undefined ? since : [...since, part(`${table}.arrived_at < ?`, to)]
}

/** Arrival, id and `fits` of each call. Without conditions, indexes alone answer it. */
function inOrder(walks: readonly Walk[], fits: readonly Query[]): Query {
  const all = allOf(fits)
  const each = walks.map(({ table, sql }) => {
    const source = table === 'calls' || fits.length === 0 ? table : `${table} CROSS JOIN calls ON calls.call = ${table}.call`
    return `SELECT ${table}.arrived_at, ${table}.call, ${all.sql} AS fits FROM ${source}${sql}`
  })
  return part(`${each.join(' UNION ALL ')} ORDER BY 1 DESC, 2 DESC`, ...walks.flatMap(({ values }) => [...all.values, ...values]))
}

export const selectOne = (call: CallId): Query => part('SELECT record AS records FROM calls WHERE call = ?', call)

/** Deletes at most `most` calls that arrived before the moment, so that other writes can run between two such statements. */
export const deleteBefore = (moment: number, most: number): Query =>
  part('DELETE FROM calls WHERE call IN (SELECT call FROM calls WHERE arrived_at < ? ORDER BY arrived_at LIMIT ?)', moment, most)

/** The result of a read. A line that we did not write is skipped. */
export function recordsFound(row: Row | undefined): Found<CallRecord, RecordPlace> {
  const [, at, call] = /^(\d+)\.(.*)$/s.exec(textIn(row, 'next')) ?? []
  const next = at === undefined || call === undefined ? {} : { next: { arrivedAt: wallTime(Number(at)), call: callId(call) } }
  return { items: recordsIn(textIn(row, 'records')), ...next }
}

function recordsIn(lines: string): CallRecord[] {
  return lines.split('\n').flatMap(line => recordIn(line) ?? [])
}

/** The table whose columns `arrived_at` and `call` have an index in this order. */
type Table = 'calls' | 'call_agents'

/** The conditions for which no index has the order of results. */
/** In our JSON, quotes inside a text are escaped, so this text is surely a field. */
const isOutbound = `instr(record, '"outbound":true') > 0`

function conditionsOf({ group, queue, outcome, direction, caller }: RecordFilter): Query[] {
  return [
    ...(group === undefined ? [] : [part('agent_group = ?', group)]),
    ...(outcome === undefined ? [] : [part('outcome = ?', outcome)]),
    ...(direction === undefined ? [] : [part(direction === 'outbound' ? isOutbound : `NOT ${isOutbound}`)]),
    ...(queue === undefined ? [] : [part('instr(queues, ?) > 0', `|${queue}|`)]),
    ...(caller === undefined ? [] : [hasOneOf(callerSearches(caller))]),
  ]
}

const hasOneOf = (texts: readonly string[]): Query => part(`(${texts.map(() => 'instr(caller, ?) > 0').join(' OR ')})`, ...texts)

const tookPart = (agent: string): Query =>
  part('(?, calls.arrived_at, calls.call) IN (SELECT agent, arrived_at, call FROM call_agents)', agent)
