import { callId } from '../routing/world/ids.js'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { shownUri } from '../calls/shown-uri.js'
import type { CacheStatistics } from '../foundation/cache.js'
import type { Clock } from '../foundation/clock.js'
import { iso, wallTime, type Millis } from '../foundation/time.js'
import { Report } from '../observability/report.js'
import { serviceLevelOf } from '../observability/service-level.js'
import { usualCause } from '../routing/index.js'
import type { CallRecord, Reader, RecordFilter, RecordPlace } from '../store/port.js'
import type { Access, StoreReading } from './access.js'
import type { CallRecordDocument } from './documents.js'
import type { LiveServer } from './live-server.js'
import { pageOf } from './pages.js'
import { Problem, readable } from './problem.js'
import { ReportCache } from './report-cache.js'
import { defined, parsed, recordQuery, reportQuery } from './queries.js'
import { Running } from './running.js'

/** How many records are summed or shown in one turn of the event loop: about a millisecond's work. */
const recordsPerTurn = 100
/** The most rows of a report. A report of 50 agents by hour for a month has some 9,000. */
const mostRows = 20_000
/** Reports are counted until their last record is read, even if their connection has ended before. */
const mostReports = { ofPerson: 2, inAll: 8 }

/** Call records: `/api/calls?state=finished&…`, and `/api/report`. */
export function reportRoutes(server: FastifyInstance, live: LiveServer, access: Access, clock: Clock): CacheStatistics {
  const running = new Running(
    mostReports,
    () => new Problem(429, 'too many reports are being made; try again in a few seconds', { 'retry-after': '5' }),
  )
  const cache = new ReportCache(clock, live)
  server.get('/api/report', async (request, reply) => {
    const { from, to, by, interval, zone: where } = parsed(reportQuery, request.query)
    const sight = recordSight(access, request)
    const question = { from, to, rest: [by, interval, where, sight] }
    const answer = { from: iso(from), to: iso(to), by, interval, zone: where }
    const known = cache.find(question)
    if (known) return { ...answer, rows: known }
    const report = new Report(by, interval, where, thresholds(live))
    const { reader } = access.reading(request)
    const left = running.enter(access.who(request))
    const making = cache.begin(question)
    try {
      for await (const record of recordsOf(live, { from, to, ...sight }, reader)) {
        // The client has gone.
        if (reply.raw.destroyed) return { ...answer, rows: [] }
        report.add(record)
        if (report.size > mostRows)
          throw new Problem(400, `this report has more than ${mostRows} rows: ask for a shorter time, or for longer intervals`)
      }
      const rows = report.rows()
      making.finished(rows)
      return { ...answer, rows }
    } finally {
      making.over()
      left()
    }
  })
  return cache.statistics
}

/** The threshold of each queue by its name, from the running config. */
function thresholds(live: LiveServer): (queue: string) => Millis {
  const within = new Map<string, Millis>(live.routing().queues.map(queue => [queue.name, serviceLevelOf(queue).within]))
  return queue => within.get(queue) ?? serviceLevelOf(undefined).within
}

/** The records that a person may see: those of some workflows, of calls that an agent answered or talked in, or all. */
type RecordSight = Pick<RecordFilter, 'workflows' | 'agent'>

export function recordSight(access: Access, request: FastifyRequest): RecordSight {
  const who = access.who(request)
  if (who?.role === 'manager') return { workflows: who.workflows }
  return who?.role === 'agent' && who.agent !== undefined ? { agent: who.agent } : {}
}

/** The same rule as the filter `agent` of the store. */
const tookPart = ({ agent, talks }: CallRecord, who: string): boolean =>
  agent === who || talks?.some(talk => talk.agent === who) === true

export const seesRecord = ({ workflows, agent }: RecordSight, record: CallRecord): boolean =>
  (!workflows || workflows.includes(record.workflow)) && (agent === undefined || tookPart(record, agent))

/** One page of records, and the cursor of the next. */
export async function recordPage(
  live: LiveServer,
  query: unknown,
  sight: RecordSight,
  withDialogNames: boolean,
  reading: StoreReading,
): Promise<{ calls: unknown[]; next: string | null }> {
  const { cursor, outcome, from, to, workflow, queue, group, agent, caller, sipCallId, limit } = parsed(recordQuery, query)
  if (sight.agent !== undefined && agent !== undefined && agent !== sight.agent)
    throw new Problem(403, `an agent sees the records of their own calls: agent=${sight.agent}, or none`)
  const filter = defined({ from, to, workflow, queue, group, agent, caller, sipCallId, outcome, ...sight })
  const { items, next } = await pageOf<CallRecord, RecordPlace>(
    {
      read: (most, after) => live.records({ ...filter, ...(after && { after }), limit: most }, reading.reader),
      placeOf: ({ arrivedAt, call }) => ({ arrivedAt, call }),
      ...{ bytesOf, searched: reading.searched },
    },
    limit,
    placeAt(cursor),
  )
  return {
    calls: await documentsOf(items, withDialogNames),
    next: next ? `${next.arrivedAt}.${next.call}` : null,
  }
}

/** Calls can run between two groups of records. */
async function documentsOf(records: readonly CallRecord[], withDialogNames: boolean): Promise<CallRecordDocument[]> {
  const documents: CallRecordDocument[] = []
  for (const record of records) {
    documents.push(recordDocument(record, withDialogNames))
    if (documents.length % recordsPerTurn === 0) await nextTurn()
  }
  return documents
}

/** About the length of the record's JSON. A call to a parallel group has an offer for each phone that rang. */
const bytesOf = ({ offers, waits }: CallRecord): number => 600 + 150 * (offers.length + waits.length)

/** A finished call as the API shows it. `withDialogNames`: with its SIP Call-IDs, which would let somebody forge a request in the call. */
export function recordDocument(record: CallRecord, withDialogNames: boolean): CallRecordDocument {
  const { call, arrivedAt, answeredAt, joinedAt, endedAt, talked, waits, offers, talks, transfers, ...others } = record
  const { cause, sipCallIds, ...rest } = others
  return {
    callId: call,
    state: 'finished',
    arrivedAt: iso(arrivedAt),
    answeredAt: answeredAt === undefined ? null : iso(answeredAt),
    joinedAt: joinedAt === undefined ? null : iso(joinedAt),
    endedAt: iso(endedAt),
    talked: talked / 1000,
    waits: waits.map(({ from, waited, ...wait }) => ({ from: iso(from), waited: waited / 1000, ...wait })),
    offers: offers.map(({ rang, ...offer }) => ({ rang: rang / 1000, ...offer })),
    ...(talks && { talks: talks.map(({ from, to, ...talk }) => ({ ...talk, from: iso(from), to: iso(to) })) }),
    ...(transfers && { transfers: transfers.map(({ at, ...transfer }) => ({ at: iso(at), ...transfer })) }),
    ...rest,
    // Records of older versions contain the escapes.
    caller: shownUri(rest.caller),
    cause: cause ?? usualCause(rest.outcome),
    ...(withDialogNames && sipCallIds && { sipCallIds }),
  }
}

/** Reads page by page, with a turn of the event loop after each, so that a report over a year delays no call (rule reads-never-block). */
async function* recordsOf(
  live: LiveServer,
  filter: Pick<RecordFilter, 'from' | 'to' | 'workflows'>,
  reader: Reader,
): AsyncGenerator<CallRecord> {
  let after: RecordPlace | undefined
  for (;;) {
    const { items, next } = await readable(live.records({ ...filter, ...(after && { after }), limit: recordsPerTurn }, reader))
    yield* items
    after = next
    if (!after) return
    await nextTurn()
  }
}

function placeAt(cursor: string | undefined): RecordPlace | undefined {
  if (cursor === undefined) return undefined
  const [, at, call] = /^(\d+)\.(.+)$/.exec(cursor) ?? []
  if (at === undefined || call === undefined || !Number.isSafeInteger(Number(at)))
    throw new Problem(400, `cursor: '${cursor}' is none that an answer gave as 'next'`)
  return { arrivedAt: wallTime(Number(at)), call: callId(call) }
}
