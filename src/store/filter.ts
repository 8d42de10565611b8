import type { AuditFilter, CallRecord, NumberedEntry, RecordFilter } from './port.js'

/** Whether a record matches the filter, apart from `limit`. */
// eslint-disable-next-line complexity -- a line for each field of the filter
export function fits(record: CallRecord, filter: RecordFilter): boolean {
  const { from, to, workflow, workflows, agent, group, queue, outcome, direction, caller, sipCallId, after } = filter
  if (from !== undefined && record.arrivedAt < from) return false
  if (to !== undefined && record.arrivedAt >= to) return false
  if (workflow !== undefined && record.workflow !== workflow) return false
  if (workflows && !workflows.includes(record.workflow)) return false
  if (agent !== undefined && !tookPart(record, agent)) return false
  if (group !== undefined && record.group !== group) return false
  if (queue !== undefined && !record.waits.some(wait => wait.queue === queue)) return false
  if (outcome !== undefined && record.outcome !== outcome) return false
  if (direction !== undefined && (direction === 'outbound') !== (record.outbound === true)) return false
  if (caller !== undefined && !callerSearches(caller).some(text => callerText(record).includes(text))) return false
  if (sipCallId !== undefined && !record.sipCallIds?.includes(sipCallId)) return false
  return after === undefined || latestFirst(record, after) > 0
}

/** Whether the agent answered the call or talked in it, for example after a transfer. */
function tookPart(record: Pick<CallRecord, 'agent' | 'talks'>, agent: string): boolean {
  return record.agent === agent || record.talks?.some(talk => talk.agent === agent) === true
}

/** The order of all results: the latest arrival first, then by call id. */
export function latestFirst(a: Pick<CallRecord, 'arrivedAt' | 'call'>, b: Pick<CallRecord, 'arrivedAt' | 'call'>): number {
  return b.arrivedAt - a.arrivedAt || (a.call < b.call ? 1 : a.call > b.call ? -1 : 0)
}

/** The text in which the filter `caller` searches. For an outbound call it also has the number that the agent called. */
export function callerText({ caller, callerName = '', outbound, forwardedTo, forwardFailed }: CallRecord): string {
  const called = outbound ? ` ${forwardedTo ?? forwardFailed?.to ?? ''}` : ''
  return folded(`${caller} ${callerName}${called}`)
}

/**
 * The texts to search for. One of them must be part of `callerText`. Case and accents don't matter, and separators in a number don't either
 * (RFC 3966 §5.1.1). Records of earlier versions are stored with accents, so one text keeps them.
 */
export function callerSearches(caller: string): string[] {
  const number = /^[+\d][\d\s().-]*$/.test(caller.trim()) ? [caller.replace(/[\s().-]/g, '')] : []
  return [...new Set([folded(caller), caller.toLowerCase(), ...number])]
}

const folded = (text: string): string => (isAscii(text) ? text : text.normalize('NFD').replace(/\p{Mn}/gu, '')).toLowerCase()

/** A loop, because this runs for each record, and the engine interprets a regular expression that runs seldom. */
function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false
  return true
}

/** Whether an entry matches the filter, apart from `limit`. */
// eslint-disable-next-line complexity -- a line for each field of the filter
export function entryFits(entry: NumberedEntry, { from, to, who, agent, agents, text, before }: AuditFilter): boolean {
  if (from !== undefined && entry.at < from) return false
  if (to !== undefined && entry.at >= to) return false
  if (who !== undefined && entry.who !== who) return false
  if (agent !== undefined && entry.agent !== agent) return false
  if (agents && (entry.agent === undefined || !agents.includes(entry.agent))) return false
  if (text !== undefined && !entryText(entry).includes(lowered(text))) return false
  return before === undefined || entry.id < before
}

const entryText = ({ who, what, because = '' }: NumberedEntry): string => lowered(`${who} ${what} ${because}`)

/** As SQLite's `lower` does. */
export const lowered = (text: string): string => text.replace(/[A-Z]+/g, letters => letters.toLowerCase())
