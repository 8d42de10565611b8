import { z } from 'zod'
import type { CarillonServer } from '../../test/wire/harness/server.js'

const page = z.object({
  calls: z.array(z.object({ callId: z.string(), outcome: z.string(), sipCallIds: z.array(z.string()).optional() })),
  next: z.string().nullable(),
})

export interface Records {
  readonly count: number
  readonly byOutcome: Record<string, number>
  /** The number of records with a leg of that SIP Call-ID. */
  readonly bySipCallId: ReadonlyMap<string, number>
}

/** The records of all calls, by their legs. */
export async function readRecords(server: CarillonServer): Promise<Records> {
  const byOutcome: Record<string, number> = {}
  const bySipCallId = new Map<string, number>()
  let count = 0
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { calls, next } = page.parse(await server.get<unknown>(`/api/calls?state=finished&limit=1000${query}`))
    for (const { outcome, sipCallIds = [] } of calls) {
      count += 1
      byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1
      for (const id of new Set(sipCallIds)) bySipCallId.set(id, (bySipCallId.get(id) ?? 0) + 1)
    }
    cursor = next
  }
  return { count, byOutcome, bySipCallId }
}
