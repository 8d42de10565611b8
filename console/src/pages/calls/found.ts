import type { CallRecord, CallRecordPage } from '../../api/documents.js'

/** The finished calls that a search has found so far, the latest first. */
export interface Found {
  readonly calls: readonly CallRecord[]
  readonly next: string | null
  /** More calls ended since the last reading than one page has, so `calls` lacks some of the latest. */
  readonly isBehind: boolean
}

/** Adds the next page, which "Show more" has read. */
export const withMore = (found: Found, page: CallRecordPage): Found => ({
  calls: [...found.calls, ...unknownIn(found, page)],
  next: page.next,
  isBehind: found.isBehind,
})

/**
 * Adds the calls that ended meanwhile at the front. `first`: the first page, read again. All calls that were shown stay, because the
 * person may be reading them.
 */
export function withNew(found: Found, first: CallRecordPage): Found {
  const added = unknownIn(found, first)
  if (found.calls.length === 0) return { ...first, isBehind: false }
  if (found.isBehind || (added.length === first.calls.length && added.length > 0)) return { ...found, isBehind: true }
  return { calls: [...added, ...found.calls], next: found.next, isBehind: false }
}

function unknownIn({ calls }: Found, page: CallRecordPage): CallRecord[] {
  const known = new Set(calls.map(({ callId }) => callId))
  return page.calls.filter(({ callId }) => !known.has(callId))
}
