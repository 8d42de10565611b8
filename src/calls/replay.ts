import { restoreWorld, step, type Event, type RoutingSettings, type World } from '../routing/index.js'
import { acting, type ActingEffect, type JournalEntry, type JournalHeader } from './journal.js'

export interface ReplayReport {
  readonly events: number
  /** Calls that arrived in it. */
  readonly calls: number
  readonly firstDifference?: Difference
  /** A line that can't be read: the last one of a journal that a crash cut off, or damage, past which nothing can be told. */
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
  let number = 0
  let broken = false
  for await (const line of lines) {
    if (broken) {
      tally.notes.push(
        `line ${number} can not be read, and lines follow it: the journal is damaged; nothing past it was replayed`,
      )
      return tally
    }
    number += 1
    if (!world) {
      world = beginning(line, options.settings)
      continue
    }
    const entry = readEntry(line)
    if (!entry) {
      broken = true
      continue
    }
    tally.events += 1
    if (entry.event.kind === 'callArrived') tally.calls += 1
    // The world of the header holds the first entry already.
    if (tally.events === 1) continue
    const difference = replayed(world, entry, options.settings !== undefined)
    if (difference) return { ...tally, firstDifference: { line: number, event: entry.event, ...difference } }
  }
  if (!world) throw new Error('an empty file is no journal')
  if (broken) tally.notes.push(`line ${number}, the last, can not be read: the journal was cut off there`)
  return tally
}

function beginning(line: string, settings: RoutingSettings | undefined): World {
  const header = readObject(line) as Partial<JournalHeader> | undefined
  if (header?.journal !== 1 || !header.world) throw new Error('its first line is not the header of a journal of version 1')
  const world = restoreWorld(header.world)
  if (settings) step(world, { kind: 'configReplaced', at: world.now, settings })
  return world
}

function readEntry(line: string): JournalEntry | undefined {
  const entry = readObject(line) as Partial<JournalEntry> | undefined
  return entry?.event && entry.effects && { event: entry.event, effects: entry.effects }
}

function readObject(line: string): object | undefined {
  try {
    const read: unknown = JSON.parse(line)
    return typeof read === 'object' && read !== null ? read : undefined
  } catch {
    return undefined // the caller tells it with the line's number
  }
}

function replayed(
  world: World,
  { event, effects }: JournalEntry,
  otherRules: boolean,
): Pick<Difference, 'expected' | 'actual'> | undefined {
  if (otherRules && event.kind === 'configReplaced') return undefined
  const actual = acting(step(world, event))
  for (let index = 0; index < Math.max(actual.length, effects.length); index += 1) {
    if (JSON.stringify(actual[index]) !== JSON.stringify(effects[index]))
      return { expected: effects[index], actual: actual[index] }
  }
  return undefined
}
