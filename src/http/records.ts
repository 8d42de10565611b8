import type { FastifyInstance } from 'fastify'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import { instant, type Instant } from '../foundation/time.js'
import { Report, reportKeys } from '../observability/report.js'
import type { CallEnd } from '../routing/effects.js'
import type { CallId } from '../routing/ids.js'
import type { CallRecord, RecordFilter } from '../store/port.js'
import { iso } from './documents.js'
import type { LiveServer } from './live-server.js'
import { Problem } from './problem.js'

const pageSize = 1_000
/** What a report reads and adds up at a time: about a millisecond's work. */
const reportPage = 200

/** A date counts from its midnight in UTC; a date-time may name its offset. */
const moment = z.string().transform((text, context): Instant => {
  const ms = /^\d{4}-\d\d-\d\d/.test(text)
    ? Date.parse(/T.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`)
    : NaN
  if (Number.isNaN(ms))
    context.addIssue({ code: 'custom', message: 'is not a date or date-time such as 2026-11-23 or 2026-11-23T08:00Z' })
  return instant(ms)
})
const zone = z.string().refine(isZone, { message: 'is no IANA time zone such as Europe/Paris' })
const name = z.string().min(1)
/** All ends of a call: a word that is none of them must not pass for one that no call had. */
const ends: Readonly<Record<CallEnd, CallEnd>> = {
  ...{
    answered: 'answered',
    abandoned: 'abandoned',
    forwarded: 'forwarded',
    forwardFailed: 'forwardFailed',
    timedOut: 'timedOut',
  },
  ...{ overflowed: 'overflowed', noAgents: 'noAgents', inactive: 'inactive', closed: 'closed', holiday: 'holiday' },
  ...{ unanswered: 'unanswered', disconnected: 'disconnected', unheard: 'unheard', looped: 'looped' },
  ...{ unconfigured: 'unconfigured', failed: 'failed' },
}

const recordQuery = z.strictObject({
  state: z.literal('finished'),
  from: moment.optional(),
  to: moment.optional(),
  workflow: name.optional(),
  queue: name.optional(),
  group: name.optional(),
  agent: name.optional(),
  caller: name.optional(),
  outcome: z.enum(ends).optional(),
  limit: z.coerce.number().int().min(1).max(pageSize).default(100),
  cursor: name.optional(),
})

const reportQuery = z.strictObject({
  from: moment,
  to: moment,
  by: z.enum(reportKeys).default('workflow'),
  interval: z.enum(['all', 'day', 'hour']).default('all'),
  zone: zone.default('UTC'),
})

/** Call records: `/api/calls?state=finished&…`, and `/api/report`. */
export function reportRoutes(server: FastifyInstance, live: LiveServer): void {
  server.get('/api/report', async request => {
    const { from, to, by, interval, zone: where } = parsed(reportQuery, request.query)
    const report = new Report(by, interval, where)
    for await (const record of recordsOf(live, { from, to })) report.add(record)
    return { from: iso(from), to: iso(to), by, interval, zone: where, rows: report.rows() }
  })
}

/** One page of records, and the cursor of the next. */
export async function recordPage(live: LiveServer, query: unknown): Promise<{ calls: unknown[]; next: string | null }> {
  const { cursor, outcome, from, to, workflow, queue, group, agent, caller, limit } = parsed(recordQuery, query)
  const filter = { from, to, workflow, queue, group, agent, caller, limit, outcome, ...afterOf(cursor) }
  const records = await readable(live.records(defined(filter)))
  const last = records.length === limit ? records.at(-1) : undefined
  return { calls: records.map(recordDocument), next: last ? `${last.arrivedAt}.${last.call}` : null }
}

/** A call that is over, as the API shows it. */
export function recordDocument(record: CallRecord): unknown {
  const { call, arrivedAt, answeredAt, joinedAt, endedAt, talked, waits, offers, ...rest } = record
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
    ...rest,
  }
}

/** What is read from the store; while it can't be read, whoever asks is told so. */
export function readable<T>(reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new Problem(503, `the records can't be read now (${why}); try again when /health/ready names no trouble with the store`)
  })
}

/** Page after page, with a turn of the event loop after each: a report over a year holds up no call (rule reads-never-block). */
async function* recordsOf(live: LiveServer, filter: Pick<RecordFilter, 'from' | 'to'>): AsyncGenerator<CallRecord> {
  let after: RecordFilter['after']
  for (;;) {
    const page = await readable(live.records({ ...filter, ...(after && { after }), limit: reportPage }))
    yield* page
    after = page.at(-1)
    if (!after || page.length < reportPage) return
    await nextTurn()
  }
}

function afterOf(cursor: string | undefined): Pick<RecordFilter, 'after'> {
  if (cursor === undefined) return {}
  const [, at, call] = /^(\d+)\.(.+)$/.exec(cursor) ?? []
  if (at === undefined || call === undefined) throw new Problem(400, `cursor: '${cursor}' is none that an answer gave as 'next'`)
  return { after: { arrivedAt: instant(Number(at)), call: call as CallId } }
}

function parsed<Shape>(schema: z.ZodType<Shape>, query: unknown): Shape {
  const outcome = schema.safeParse(query)
  if (outcome.success) return outcome.data
  const faults = outcome.error.issues.map(({ path, message }) => `${path.join('.') || 'query'}: ${message}`)
  throw new Problem(400, faults.join('; '))
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the fields that were not given. */
const defined = <T extends object>(given: T): Defined<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false // Intl says it by a RangeError
  }
}
