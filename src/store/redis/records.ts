import { wallTime, type WallTime } from '../../foundation/time.js'
import { callId } from '../../routing/world/ids.js'
import { fits } from '../filter.js'
import { recordIn } from '../stored-json.js'
import type { CallRecord, Found, RecordFilter, RecordPlace } from '../port.js'
import type { RedisConnection } from './connection.js'

/** How many records one read looks at, and how many at a time. Reading 100 records takes our thread about a millisecond. */
const mostLookedAt = 2_000
const atOnce = 100

/** A record on its way to Redis. */
export interface WaitingRecord {
  readonly values: readonly string[]
  /** In characters. */
  readonly size: number
}

export function waitingRecord(record: CallRecord): WaitingRecord {
  const text = JSON.stringify(record)
  return { values: ['r', record.call, memberOf(record), text], size: text.length }
}

const digits = 15
/** Sorts as text like the moment. Records have no moments before 1970. */
const momentText = (at: number): string => String(Math.max(0, Math.floor(at))).padStart(digits, '0')
/** The place of a record in the order of records. The script that writes finds the call behind the dot. */
const memberOf = ({ arrivedAt, call }: RecordPlace): string => `${momentText(arrivedAt)}.${call}`
const placeOf = (member: string): RecordPlace => ({
  arrivedAt: wallTime(Number(member.slice(0, digits))),
  call: callId(member.slice(digits + 1)),
})

/** Records that match, in the order of `latestFirst`. Redis gives them in order of arrival, and we compare them here. */
export async function findRecords(redis: RedisConnection, filter: RecordFilter): Promise<Found<CallRecord, RecordPlace>> {
  const items: CallRecord[] = []
  const least = filter.from === undefined ? '-' : `[${momentText(filter.from)}`
  let before = upTo(filter)
  for (let looked = 0; looked < mostLookedAt;) {
    const members = texts(await redis.ask(['ZREVRANGEBYLEX', redis.key('record-order'), before, least, 'LIMIT', 0, atOnce]))
    const last = members.at(-1)
    if (last === undefined) return { items }
    for (const [index, record] of (await recordsOf(redis, members)).entries()) {
      if (record && fits(record, filter)) items.push(record)
      const member = members[index]
      if (items.length >= filter.limit && member !== undefined) return { items, next: placeOf(member) }
    }
    if (members.length < atOnce) return { items }
    looked += members.length
    before = `(${last}`
    if (looked >= mostLookedAt) return { items, next: placeOf(last) }
  }
  return { items }
}

/** The upper limit of the order, which is not included. */
function upTo({ to, after }: Pick<RecordFilter, 'to' | 'after'>): string {
  const limits = [...(to === undefined ? [] : [momentText(to)]), ...(after ? [memberOf(after)] : [])].sort()
  return limits[0] === undefined ? '+' : `(${limits[0]}`
}

async function recordsOf(redis: RedisConnection, members: readonly string[]): Promise<readonly (CallRecord | undefined)[]> {
  const found = await redis.ask(['HMGET', redis.key('records'), ...members.map(member => placeOf(member).call)])
  return (Array.isArray(found) ? found : []).map(recordIn)
}

export async function findRecord(redis: RedisConnection, call: string): Promise<CallRecord | undefined> {
  return recordIn(await redis.ask(['HGET', redis.key('records'), call]))
}

export const texts = (reply: unknown): string[] =>
  Array.isArray(reply) ? reply.filter((each): each is string => typeof each === 'string') : []

/** Records that arrived before this are deleted, as the script that writes compares them. */
export const leastMember = (keptSince: WallTime): string => momentText(keptSince)
