import { restoreWorld, step, type Event, type RoutingSettings, type World } from '../routing/index.js'
import { acting, type ActingEffect, type JournalEntry, type JournalHeader } from './journal.js'

export interface ReplayReport {
  readonly events: number
  /** Calls that arrived in it. */
  readonly calls: number
  readonly firstDifference?: Difference
  /** A line that can't be read, at the end of a journal that a crash cut off. */
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
  for await (const line of lines) {
    number += 1
    if (!world) {
      world = beginning(line, options.settings)
      continue
    }
    const entry = readEntry(line)
    if (!entry) {
      tally.notes.push(`line ${number} can not be read: the journal was cut off there`)
      break
    }
    tally.events += 1
    if (entry.event.kind === 'callArrived') tally.calls += 1
    // The world of the header holds the first entry already.
    if (tally.events === 1) continue
    const difference = replayed(world, entry, options.settings !== undefined)
    if (difference) return { ...tally, firstDifference: { line: number, event: entry.event, ...difference } }
  }
  if (!world) throw new Error('an empty file is no journal')
  return tally
}

function beginning(line: string, settings: RoutingSettings | undefined): World {
  const header = JSON.parse(line) as Partial<JournalHeader>
  if (header.journal !== 1 || !header.world) throw new Error('its first line is not the header of a journal of version 1')
  const world = restoreWorld(header.world)
  if (settings) step(world, { kind: 'configReplaced', at: world.now, settings })
  return world
}

function readEntry(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry
  } catch {
    return undefined // told by the note: a crash cuts the last line
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
