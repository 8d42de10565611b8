import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { z } from 'zod'
import type { CacheStatistics } from '../foundation/cache.js'
import type { Clock } from '../foundation/clock.js'
import { iso, type Millis } from '../foundation/time.js'
import { callCsv, callCsvHead, reportCsv } from '../observability/csv.js'
import { Profile } from '../observability/profile.js'
import { Report } from '../observability/report.js'
import { serviceLevelOf } from '../observability/service-level.js'
import type { CallRecord, RecordFilter, RecordPlace } from '../store/port.js'
import type { Access, StoreReading } from './access.js'
import type { LiveServer } from './live-server.js'
import { Problem, readable } from './problem.js'
import { callListQuery, parsed, reportQuery } from './queries.js'
import { filterOf, recordSight } from './records.js'
import { ReportCache, type ReportContent } from './report-cache.js'
import { Running } from './running.js'

/** How many records are summed or shown in one turn of the event loop: about a millisecond's work. */
const recordsPerTurn = 100
/** The most rows of a report. A report of 50 agents by hour for a month has some 9,000. */
const mostRows = 20_000
/** The most calls of a list. The list lies in memory until the client has read it: about 5 MB. */
const mostListed = 20_000
/** Reports and lists are counted until their last record is read, even if their connection has ended before. */
const mostReports = { ofPerson: 2, inAll: 8 }

interface Parts {
  readonly live: LiveServer
  readonly access: Access
  readonly running: Running
  readonly cache: ReportCache
}

/** `/api/report`, and reports and call lists as files for spreadsheets. */
export function reportRoutes(server: FastifyInstance, live: LiveServer, access: Access, clock: Clock): CacheStatistics {
  const running = new Running(
    mostReports,
    () => new Problem(429, 'too many reports are being made; try again in a few seconds', { 'retry-after': '5' }),
  )
  const parts: Parts = { live, access, running, cache: new ReportCache(clock, live) }
  server.get('/api/report', async (request, reply) => {
    const asked = parsed(reportQuery, request.query)
    const content = await contentOf(parts, asked, request, reply)
    return { ...asked, from: iso(asked.from), to: iso(asked.to), ...content }
  })
  server.get('/api/report.csv', async (request, reply) => {
    const asked = parsed(reportQuery, request.query)
    const { rows } = await contentOf(parts, asked, request, reply)
    return sendCsv(reply, 'report', reportCsv(rows))
  })
  server.get('/api/calls.csv', async (request, reply) => sendCsv(reply, 'calls', await callLines(parts, request, reply)))
  return parts.cache.statistics
}

/** The mark at the start tells spreadsheets that the text is UTF-8. */
export function sendCsv(reply: FastifyReply, name: string, lines: readonly string[]): FastifyReply {
  return reply
    .header('content-type', 'text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .send(`\u{feff}${lines.join('')}`)
}

type AskedReport = z.output<typeof reportQuery>

async function contentOf(
  { live, access, running, cache }: Parts,
  { from, to, by, interval, zone, ...fields }: AskedReport,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ReportContent> {
  const sight = recordSight(access, request)
  const question = { from, to, rest: [by, interval, zone, fields, sight] }
  const known = cache.find(question)
  if (known) return known
  const [report, profile] = [new Report(by, interval, zone, thresholds(live)), new Profile(zone)]
  const left = running.enter(access.who(request))
  const making = cache.begin(question)
  try {
    for await (const record of recordsOf(live, filterOf({ from, to, ...fields }, sight), access.reading(request))) {
      // The client has gone.
      if (reply.raw.destroyed) return { rows: [], profile: profile.counted() }
      report.add(record)
      profile.add(record)
      if (report.size > mostRows)
        throw new Problem(400, `this report has more than ${mostRows} rows: ask for a shorter time, or for longer intervals`)
    }
    const content = { rows: report.rows(), profile: profile.counted() }
    making.finished(content)
    return content
  } finally {
    making.over()
    left()
  }
}

/** The call list as lines of CSV, latest arrival first. */
async function callLines(
  { live, access, running }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<readonly string[]> {
  const { zone, ...asked } = parsed(callListQuery, request.query)
  const filter = filterOf(asked, recordSight(access, request))
  const left = running.enter(access.who(request))
  const lines = [callCsvHead()]
  try {
    for await (const record of recordsOf(live, filter, access.reading(request))) {
      if (reply.raw.destroyed) return []
      if (lines.length > mostListed)
        throw new Problem(400, `more than ${mostListed} calls match: ask for a shorter time, or add a filter`)
      lines.push(callCsv(record, zone))
    }
    return lines
  } finally {
    left()
  }
}

/** The threshold of each queue by its name, from the running config. */
function thresholds(live: LiveServer): (queue: string) => Millis {
  const within = new Map<string, Millis>(live.routing().queues.map(queue => [queue.name, serviceLevelOf(queue).within]))
  return queue => within.get(queue) ?? serviceLevelOf(undefined).within
}

/**
 * Reads page by page, with a turn of the event loop after each, so that a report over a year delays no call (rule reads-never-block). A read
 * that finds less than it was asked for, because few records match, costs the person more (decision 080).
 */
async function* recordsOf(
  live: LiveServer,
  filter: Omit<RecordFilter, 'limit'>,
  { reader, searched }: StoreReading,
): AsyncGenerator<CallRecord> {
  let after: RecordPlace | undefined
  for (;;) {
    const { items, next } = await readable(live.records({ ...filter, ...(after && { after }), limit: recordsPerTurn }, reader))
    yield* items
    after = next
    if (!after) return
    if (items.length < recordsPerTurn) searched()
    await nextTurn()
  }
}
