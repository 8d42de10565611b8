import { isDeeper } from '../foundation/deeper.js'
import type { AuditEntry, CallRecord } from './port.js'

/**
 * Records and audit entries as they come from a store. Another version, or somebody with an editor, may have written anything. What can't be
 * shown is left out, so that one bad line does not hide the others: the whole line if a field that every version writes is wrong, and else
 * the field alone.
 */

type Fields = Readonly<Record<string, unknown>>
type Tests<Of> = { readonly [Name in keyof Of as undefined extends Of[Name] ? Name : never]?: (value: unknown) => boolean }

const isText = (value: unknown): boolean => typeof value === 'string'
const isTrue = (value: unknown): boolean => value === true

/** The fields that only some lines have and that no other function looks at. */
const partsOfRecord: Tests<CallRecord> = {
  ...{
    callerName: isText,
    agent: isText,
    group: isText,
    forwardedTo: isText,
    transferredBy: isText,
    cause: isText,
    recorded: isText,
  },
  ...{ outbound: isTrue, anchored: isTrue, status: value => typeof value === 'number' },
  forwardFailed: value => isFields(value) && isText(value['to']) && typeof value['code'] === 'number',
  sipCallIds: value => Array.isArray(value) && value.every(isText),
  supervised: value =>
    areAll(value, time => areTexts(time, ['name', 'agent']) && areMoments(time, ['from', 'to']) && areModes(time)),
}
const partsOfEntry: Tests<AuditEntry> = { agent: isText, group: isText, because: isText }

/** The most levels of a line. Ours have four. */
const mostLevels = 16

/** Undefined: it is no record. */
export function recordIn(text: unknown): CallRecord | undefined {
  const fields = fieldsIn(text)
  return fields && isRecord(fields) ? (fitting(fields, partsOfRecord) as unknown as CallRecord) : undefined
}

/** Undefined: it is no entry. */
export function entryIn(text: unknown): AuditEntry | undefined {
  const fields = fieldsIn(text)
  return fields && isEntry(fields) ? (fitting(fields, partsOfEntry) as unknown as AuditEntry) : undefined
}

function fieldsIn(text: unknown): Fields | undefined {
  try {
    const read: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    return isFields(read) && !isDeeper(read, mostLevels) ? read : undefined
  } catch {
    return undefined // It is not JSON. The caller leaves it out.
  }
}

/** The fields without those that fail their test. */
function fitting(fields: Fields, tests: Readonly<Record<string, (value: unknown) => boolean>>): Fields {
  const fits = ([name, value]: [string, unknown]): boolean => !Object.hasOwn(tests, name) || tests[name]?.(value) !== false
  const all = Object.entries(fields)
  return all.every(fits) ? fields : Object.fromEntries(all.filter(fits))
}

function isRecord(fields: Fields): boolean {
  const { waits, offers, answers, talks = [], transfers = [] } = fields
  return (
    areTexts(fields, ['call', 'workflow', 'caller', 'outcome']) &&
    areMoments(fields, ['arrivedAt', 'endedAt', 'talked']) &&
    areMoments(defaults(fields), ['answeredAt', 'joinedAt']) &&
    areAll(waits, wait => areTexts(wait, ['queue', 'outcome']) && areMoments(wait, ['from', 'waited'])) &&
    areAll(offers, offer => areTexts(offer, ['agent', 'group', 'outcome']) && areMoments(offer, ['rang'])) &&
    areAll(answers, answer => areTexts(answer, ['name'])) &&
    areAll(talks, talk => areTexts(talk, ['agent']) && areMoments(talk, ['from', 'to'])) &&
    areAll(transfers, transfer => areTexts(transfer, ['asker', 'to', 'outcome']) && areMoments(transfer, ['at']))
  )
}

const areModes = ({ modes }: Fields): boolean => Array.isArray(modes) && modes.every(isText)

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
