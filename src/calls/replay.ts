import { messageOf } from '../foundation/errors.js'
import { restoreWorld, step, type Event, type RoutingSettings, type World, type WorldSnapshot } from '../routing/index.js'
import { journalVersion, type JournalEntry } from './journal.js'
import { outcomeOf, type ActingEffect } from './step.js'

export interface ReplayReport {
  readonly events: number
  /** Calls that arrived in it. */
  readonly calls: number
  readonly firstDifference?: Difference
  /** Past it nothing can be told. Line from 1. */
  readonly damage?: { readonly line: number; readonly why: string }
  /** The last line, when a crash cut it off: no damage. */
  readonly notes: readonly string[]
}

export interface Difference {
  /** From 1. */
  readonly line: number
  readonly event: Event
  /** What the journal says; undefined: nothing more. */
  readonly expected: ActingEffect | undefined
  readonly actual: ActingEffect | undefined
}

/**
 * Runs a journal through the core as it is now. With other settings it tells what would have been: the journal's own config changes are left
 * out then. Rejects when the lines are no journal.
 */
export async function replayJournal(
  lines: AsyncIterable<string> | Iterable<string>,
  options: { readonly settings?: RoutingSettings },
): Promise<ReplayReport> {
  const tally = { events: 0, calls: 0, notes: new Array<string>() }
  let world: World | undefined
  let names: FormerNames = {}
  let number = 0
  let cutOff = false
  for await (const line of lines) {
    if (cutOff) return { ...tally, damage: { line: number, why: 'it can not be read, and lines follow it' } }
    number += 1
    if (!world) {
      const header = headerIn(line)
      world = beginning(header, options.settings)
      names = header.journal === 1 ? formerNames : {}
      continue
    }
    const read = readObject(line)
    if (!read) {
      cutOff = true
      continue
    }
    const entry = entryIn(read, names)
    if (!entry) return { ...tally, damage: { line: number, why: 'it is no event with its effects' } }
    tally.events += 1
    tally.calls += Number(entry.event.kind === 'callArrived')
    // The world of the header holds the first entry already.
    if (tally.events === 1) continue
    const difference = replayed(world, entry, options.settings !== undefined)
    if (typeof difference === 'string') return { ...tally, damage: { line: number, why: difference } }
    if (difference) return { ...tally, firstDifference: { line: number, event: entry.event, ...difference } }
  }
  if (!world) throw new Error('an empty file is no journal')
  if (cutOff) tally.notes.push(`line ${number}, the last, can not be read: the journal was cut off there`)
  return tally
}

/** Effects by what an older journal calls them. */
type FormerNames = Readonly<Record<string, ActingEffect['kind']>>
const formerNames: FormerNames = { hold: 'wait', redirect: 'forward' }

interface AnyHeader {
  readonly journal: 1 | typeof journalVersion
  readonly world: WorldSnapshot
}

function headerIn(line: string): AnyHeader {
  const header = readObject(line) as Partial<AnyHeader> | undefined
  if ((header?.journal === 1 || header?.journal === journalVersion) && header.world) return header as AnyHeader
  throw new Error(`its first line is not the header of a journal of version 1 or ${journalVersion}`)
}

function beginning(header: AnyHeader, settings: RoutingSettings | undefined): World {
  const world = restoreWorld(header.world)
  if (settings) step(world, { kind: 'configReplaced', at: world.now, settings })
  return world
}

function entryIn(read: object, names: FormerNames): JournalEntry | undefined {
  const { event, effects } = read as { readonly event?: Partial<Event> | null; readonly effects?: unknown }
  if (typeof event?.kind !== 'string' || !Array.isArray(effects)) return undefined
  const entry = read as JournalEntry
  return { event: entry.event, effects: entry.effects.map(effect => withName(effect, names[effect.kind])) }
}

/** The kind comes first, as `replay` compares texts. */
const withName = (effect: ActingEffect, name: ActingEffect['kind'] | undefined): ActingEffect =>
  name === undefined ? effect : ({ ...effect, kind: name } as ActingEffect)

function readObject(line: string): object | undefined {
  try {
    const read: unknown = JSON.parse(line)
    return typeof read === 'object' && read !== null ? read : undefined
  } catch {
    return undefined // the caller tells it with the line's number
  }
}

/** In words when the core can't take the event. */
function replayed(
  world: World,
  { event, effects }: JournalEntry,
  otherRules: boolean,
): Pick<Difference, 'expected' | 'actual'> | string | undefined {
  if (otherRules && event.kind === 'configReplaced') return undefined
  let actual: readonly ActingEffect[]
  try {
    actual = outcomeOf(step(world, event)).acts
  } catch (error) {
    return `the core can't take its event: ${messageOf(error)}`
  }
  for (let index = 0; index < Math.max(actual.length, effects.length); index += 1) {
    if (JSON.stringify(actual[index]) !== JSON.stringify(effects[index]))
      return { expected: effects[index], actual: actual[index] }
  }
  return undefined
}
