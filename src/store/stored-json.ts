import type { AuditEntry, CallRecord } from './port.js'

/**
 * Records and audit entries as they come from a store. Another version, or somebody with an editor, may have written anything. What can't be
 * shown is left out, so that one bad line does not hide the others. Only the fields that every version writes are looked at.
 */

type Fields = Readonly<Record<string, unknown>>

/** Undefined: it is no record. */
export function recordIn(text: unknown): CallRecord | undefined {
  const fields = fieldsIn(text)
  return fields && isRecord(fields) ? (fields as unknown as CallRecord) : undefined
}

/** Undefined: it is no entry. */
export function entryIn(text: unknown): AuditEntry | undefined {
  const fields = fieldsIn(text)
  return fields && isEntry(fields) ? (fields as unknown as AuditEntry) : undefined
}

function fieldsIn(text: unknown): Fields | undefined {
  try {
    const read: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    return isFields(read) ? read : undefined
  } catch {
    return undefined // It is not JSON. The caller leaves it out.
  }
}

function isRecord(fields: Fields): boolean {
  const { waits, offers, answers, talks = [], transfers = [], sipCallIds = [] } = fields
  return (
    areTexts(fields, ['call', 'workflow', 'caller', 'outcome']) &&
    areMoments(fields, ['arrivedAt', 'endedAt', 'talked']) &&
    areMoments(defaults(fields), ['answeredAt', 'joinedAt']) &&
    areAll(waits, wait => areTexts(wait, ['queue', 'outcome']) && areMoments(wait, ['from', 'waited'])) &&
    areAll(offers, offer => areTexts(offer, ['agent', 'group', 'outcome']) && areMoments(offer, ['rang'])) &&
    areAll(answers, answer => areTexts(answer, ['name'])) &&
    areAll(talks, talk => areTexts(talk, ['agent']) && areMoments(talk, ['from', 'to'])) &&
    areAll(transfers, transfer => areTexts(transfer, ['asker', 'to', 'outcome']) && areMoments(transfer, ['at'])) &&
    Array.isArray(sipCallIds)
  )
}

const isEntry = (fields: Fields): boolean =>
  areTexts(fields, ['who', 'kind', 'from', 'what']) && areMoments(fields, ['at']) && typeof fields['done'] === 'boolean'

const defaults = ({ answeredAt = 0, joinedAt = 0 }: Fields): Fields => ({ answeredAt, joinedAt })

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

const areTexts = (fields: Fields, names: readonly string[]): boolean => names.every(name => typeof fields[name] === 'string')

/** In ms, in the range of dates (ECMA-262 §21.4.1.1). Durations are far below it. */
const areMoments = (fields: Fields, names: readonly string[]): boolean =>
  names.every(name => {
    const at = fields[name]
    return typeof at === 'number' && Math.abs(at) <= 8.64e15
  })

const areAll = (values: unknown, isGood: (fields: Fields) => boolean): boolean =>
  Array.isArray(values) && values.every(value => isFields(value) && isGood(value))
