import { z } from 'zod'
import { editKindNames } from '../config/edit/edit-text.js'
import { wallTime, type WallTime } from '../foundation/time.js'
import { reportIntervals } from '../observability/intervals.js'
import { reportKeys } from '../observability/report.js'
import { callEnds } from '../routing/world/words.js'
import { Problem } from './problem.js'

/** The query parameters of requests. */

/** The largest page. */
export const pageSize = 1_000

const momentExample = 'a date or date-time such as 2026-11-23 or 2026-11-23T08:00Z'
const momentForm = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

/** A date means its midnight in UTC. A date-time without an offset is in UTC. */
const moment = z.string({ error: `is required: ${momentExample}` }).transform((text, context): WallTime => {
  const [whole, day = '', offset] = momentForm.exec(text) ?? []
  const ms = whole === undefined ? NaN : Date.parse(offset !== undefined || whole === day ? whole : `${whole}Z`)
  if (Number.isNaN(ms)) context.addIssue({ code: 'custom', message: `is not ${momentExample}` })
  else if (!isInCalendar(day)) context.addIssue({ code: 'custom', message: `is not in the calendar: there is no ${day}` })
  return wallTime(ms)
})
const zone = z.string().transform((text, context) => {
  const known = zoneOf(text)
  if (known !== undefined) return known
  context.addIssue(`'${text}' is not a time zone; an example is Europe/Paris`)
  return z.NEVER
})
const name = z.string().min(1)
/** Which finished calls. All given fields must match. */
const callFields = {
  workflow: name.optional(),
  queue: name.optional(),
  group: name.optional(),
  agent: name.optional().describe('The agent who answered, or who talked at any time.'),
  outcome: z.enum(callEnds).optional(),
  direction: z.enum(['inbound', 'outbound']).optional(),
}
const searchFields = {
  ...{ from: moment.optional(), to: moment.optional() },
  ...callFields,
  caller: name.optional(),
  sipCallId: name.optional(),
}
export const recordQuery = z.strictObject({
  state: z.literal('finished'),
  ...searchFields,
  limit: z.coerce.number().int().min(1).max(pageSize).default(100),
  cursor: name.optional(),
})

/** `GET /api/calls.csv`. */
export const callListQuery = z.strictObject({ ...searchFields, zone: zone.prefault('UTC') })

/** Finds a call by the SIP Call-ID of one of its legs, in progress or finished. */
export const legQuery = z.strictObject({ sipCallId: name })

/** `DELETE /api/calls/{callId}/supervision`. */
export const supervisorQuery = z.strictObject({
  agent: z.string().max(512).describe('For admins: the agent whose phone is used. Default: the person’s own.').optional(),
})

export const takeBackQuery = z.strictObject({ callId: name.optional().describe('Of this call alone. Absent: of any.') })

export const reportQuery = z
  .strictObject({
    from: moment,
    to: moment,
    by: oneOf(reportKeys).default('workflow'),
    interval: oneOf(reportIntervals).default('all'),
    ...callFields,
    zone: zone.prefault('UTC'),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'is before from' })

export const auditQuery = z.strictObject({
  from: moment.optional(),
  to: moment.optional(),
  who: name.optional(),
  agent: name.optional(),
  text: name.optional().describe('Text that stands in the field who, what or because.'),
  limit: z.coerce.number().int().min(1).max(pageSize).default(100),
  cursor: z.coerce.number().int().positive().optional(),
})

/** `GET /api/audit.csv`. */
export const auditListQuery = auditQuery.omit({ limit: true, cursor: true })

/** `GET /api/calls/{callId}/ladder`. */
export const ladderQuery = z.strictObject({
  form: z
    .enum(['json', 'text', 'pcap'])
    .optional()
    .describe('text and pcap come as a file to save; pcap is for Wireshark. Default: as the header Accept says, JSON or text.'),
})

/** `GET /api/recordings`. */
export const storedQuery = z.strictObject({
  from: moment.optional(),
  to: moment.optional(),
  workflow: name.optional(),
  agent: name.optional().describe('The agent talks in it.'),
  caller: name.max(256).optional().describe('A part of the URI or name. Of a number, spaces and signs do not count.'),
  limit: z.coerce.number().int().min(1).max(pageSize).default(100),
  cursor: name.optional(),
})

export const editQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.coerce.number().int().positive().optional(),
})

/** The query as the schema reads it. An invalid query throws a problem that names each fault. */
export function parsed<Shape>(schema: z.ZodType<Shape>, query: unknown): Shape {
  const outcome = schema.safeParse(query)
  if (outcome.success) return outcome.data
  const faults = outcome.error.issues.map(({ path, message }) => `${path.join('.') || 'query'}: ${message}`)
  throw new Problem(400, faults.join('; '))
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** A copy without the fields that are undefined. */
export const defined = <T extends object>(given: T): Defined<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>

function oneOf<const Word extends string>(words: readonly Word[]): z.ZodEnum<{ [K in Word]: K }> {
  return z.enum(words, { error: `is one of ${words.join(', ')}` })
}

/** Whether the day exists. JavaScript reads the 30th of February as a day of March. */
const isInCalendar = (day: string): boolean => new Date(`${day}T00:00Z`).toISOString().startsWith(day)

/** The zone in its usual spelling, because libraries keep data for each spelling. Undefined: no zone, or an offset such as +01:00. */
function zoneOf(text: string): string | undefined {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions()
    return /^[+-]/.test(timeZone) ? undefined : timeZone
  } catch {
    return undefined // Intl throws a RangeError.
  }
}

/** `POST /api/config/recordings`. */
export const recordingQuery = z.strictObject({
  of: z.enum(editKindNames).describe('The kind of the object with the prompt.'),
  name: z.string().min(1).max(128).describe('The name of this object.'),
  label: z.string().max(128).describe('What the sound is. It becomes part of the name of the file.'),
})

/** A sound file, as the config names it. */
export const soundQuery = z.strictObject({ file: z.string().min(1).max(4_096) })
