import { effectsOn, type CallEffect, type WaitingCall } from './plan-calls.js'
import { hasMark, hiddenMark, withoutMark, type PlanView } from './plan-view.js'
import { type FieldWords, type Thing, thingsOf } from './plan-words.js'
import { waitsForStart } from './restart-keys.js'

/** The effects of applying a config. Plain JSON. */
export interface PlanReport {
  readonly changes: readonly Change[]
  readonly calls: readonly CallEffect[]
}

export interface Change {
  readonly kind: Thing['kind']
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  /** Added things: all fields. Changed things: the fields that differ. Removed things: none. */
  readonly fields: readonly FieldChange[]
}

/** `before` and `after` in words, absent if the field is not set. Lists have the entries that were added and removed instead. */
export interface FieldChange {
  readonly field: string
  readonly before?: string
  readonly after?: string
  readonly added?: readonly string[]
  readonly removed?: readonly string[]
  /** The same entries are in another order, which has an effect. */
  readonly reordered?: true
  /** The running server keeps the old value until its next start. */
  readonly atNextStart?: true
}

/** Compares two configs by meaning, and predicts what the change does to the waiting calls. */
export function plan(running: PlanView, next: PlanView, waiting: readonly WaitingCall[]): PlanReport {
  const keyOf = ({ kind, name }: Thing): string => `${kind} ${name}`
  const before = new Map(thingsOf(running).map(thing => [keyOf(thing), thing]))
  const after = new Map(thingsOf(next).map(thing => [keyOf(thing), thing]))
  const changes: Change[] = []
  for (const [key, { kind, name }] of before) if (!after.has(key)) changes.push({ kind, name, change: 'removed', fields: [] })
  for (const [key, thing] of after) {
    const old = before.get(key)
    const fields = fieldChanges(old?.fields ?? {}, thing.fields)
    const { kind, name } = thing
    if (!old) changes.push({ kind, name, change: 'added', fields })
    else if (fields.length > 0) changes.push({ kind, name, change: 'changed', fields })
  }
  return {
    changes: changes.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind)),
    calls: effectsOn(waiting, next.routing),
  }
}

/** The order of the report: the server, then what callers dial, then the parts behind it. */
const kinds: readonly Thing['kind'][] = ['server', 'workflow', 'queue', 'group', 'agent', 'prompt']

function fieldChanges(before: Thing['fields'], after: Thing['fields']): FieldChange[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...fields].flatMap(field => {
    const difference = field === 'password' ? compareMarks(before[field], after[field]) : compare(before[field], after[field])
    return difference ? [{ field, ...difference, ...(waitsForStart(field) && { atNextStart: true as const }) }] : []
  })
}

function compare(before: FieldWords, after: FieldWords): Omit<FieldChange, 'field'> | undefined {
  if (typeof (before ?? after) === 'object') return compareLists(listOf(before), listOf(after))
  if (before === after) return undefined
  if (typeof before === 'string' && typeof after === 'string' && (hasMark(before) || hasMark(after)))
    return compareSecrets(before, after)
  return { ...(typeof before === 'string' && { before }), ...(typeof after === 'string' && { after }) }
}

/**
 * Compares words with marks. The result has no marks, because a report is shown to people who may not know them. For these people a change
 * of the secret alone is not visible.
 */
function compareSecrets(before: string, after: string): Omit<FieldChange, 'field'> | undefined {
  const [had, has] = [withoutMark(before), withoutMark(after)]
  if (had !== has) return { before: had, after: has }
  return hasMark(before) && hasMark(after) ? { before: had, after: 'another' } : undefined
}

/**
 * Compares the marks of passwords. The result only says whether there is a password and whether it is another one, because a report is
 * shown to people who may not know the marks.
 */
function compareMarks(before: FieldWords, after: FieldWords): Omit<FieldChange, 'field'> | undefined {
  if (before === after || ((before === hiddenMark || after === hiddenMark) && before !== undefined && after !== undefined))
    return undefined
  if (before !== undefined && after !== undefined) return { before: hiddenMark, after: 'another' }
  return before === undefined ? { after: hiddenMark } : { before: hiddenMark }
}

const listOf = (words: FieldWords): readonly string[] => (typeof words === 'string' ? [words] : (words ?? []))

function compareLists(before: readonly string[], after: readonly string[]): Omit<FieldChange, 'field'> | undefined {
  const [had, has] = [new Set(before), new Set(after)]
  const added = after.filter(entry => !had.has(entry))
  const removed = before.filter(entry => !has.has(entry))
  const keptBefore = before.filter(entry => has.has(entry))
  const keptAfter = after.filter(entry => had.has(entry))
  const reordered = keptBefore.some((entry, index) => entry !== keptAfter[index])
  if (added.length + removed.length === 0 && !reordered) return undefined
  return { ...(added.length > 0 && { added }), ...(removed.length > 0 && { removed }), ...(reordered && { reordered }) }
}
