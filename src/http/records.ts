import { callId } from '../routing/world/ids.js'
import type { FastifyRequest } from 'fastify'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { shownUri } from '../calls/shown-uri.js'
import { iso, wallTime } from '../foundation/time.js'
import { usualCause } from '../routing/index.js'
import type { CallRecord, RecordFilter, RecordPlace } from '../store/port.js'
import type { Access, StoreReading } from './access.js'
import type { CallRecordDocument } from './documents.js'
import type { LiveServer } from './live-server.js'
import { pageOf } from './pages.js'
import { Problem } from './problem.js'
import { defined, parsed, recordQuery } from './queries.js'

/** How many records are summed or shown in one turn of the event loop: about a millisecond's work. */
const recordsPerTurn = 100
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

/** What somebody asked for, within what they may see. */
export function filterOf(asked: AskedRecords, sight: RecordSight): Omit<RecordFilter, 'limit'> {
  if (sight.agent !== undefined && asked.agent !== undefined && asked.agent !== sight.agent)
    throw new Problem(403, `an agent sees the records of their own calls: agent=${sight.agent}, or none`)
  const { from, to, workflow, queue, group, agent, caller, sipCallId, outcome, direction } = asked
  return defined({ from, to, workflow, queue, group, agent, caller, sipCallId, outcome, direction, ...sight })
}
type AskedRecords = { readonly [Key in keyof Omit<RecordFilter, 'limit'>]: RecordFilter[Key] | undefined }

/** One page of records, and the cursor of the next. */
export async function recordPage(
  live: LiveServer,
  query: unknown,
  sight: RecordSight,
  details: RecordDetails,
  reading: StoreReading,
): Promise<{ calls: unknown[]; next: string | null }> {
  const { cursor, limit, ...asked } = parsed(recordQuery, query)
  const filter = filterOf(asked, sight)
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
    calls: await documentsOf(items, details),
    next: next ? `${next.arrivedAt}.${next.call}` : null,
  }
}

/** Calls can run between two groups of records. */
async function documentsOf(records: readonly CallRecord[], details: RecordDetails): Promise<CallRecordDocument[]> {
  const documents: CallRecordDocument[] = []
  for (const record of records) {
    documents.push(recordDocument(record, details))
    if (documents.length % recordsPerTurn === 0) await nextTurn()
  }
  return documents
}

/** About the length of the record's JSON. A call to a parallel group has an offer for each phone that rang. */
const bytesOf = ({ offers, waits }: CallRecord): number => 600 + 150 * (offers.length + waits.length)

/** The details of a record that not everybody sees. */
export interface RecordDetails {
  /** Its SIP Call-IDs, which would let somebody forge a request in the call. */
  readonly withDialogNames: boolean
  /** Who listened to it. */
  readonly withSupervisors: boolean
}

/** A finished call as the API shows it. */
export function recordDocument(record: CallRecord, { withDialogNames, withSupervisors }: RecordDetails): CallRecordDocument {
  const { call, arrivedAt, answeredAt, joinedAt, endedAt, talked, waits, offers, talks, transfers, ...others } = record
  const { cause, sipCallIds, outbound, supervised, ...rest } = others
  return {
    callId: call,
    state: 'finished',
    direction: outbound ? 'outbound' : 'inbound',
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
    ...(withSupervisors &&
      supervised && {
        supervised: supervised.map(({ from, to, modes, ...who }) => ({
          ...who,
          modes: [...modes],
          from: iso(from),
          to: iso(to),
        })),
      }),
  }
}

function placeAt(cursor: string | undefined): RecordPlace | undefined {
  if (cursor === undefined) return undefined
  const [, at, call] = /^(\d+)\.(.+)$/.exec(cursor) ?? []
  if (at === undefined || call === undefined || !Number.isSafeInteger(Number(at)))
    throw new Problem(400, `cursor: '${cursor}' is none that an answer gave as 'next'`)
  return { arrivedAt: wallTime(Number(at)), call: callId(call) }
}
