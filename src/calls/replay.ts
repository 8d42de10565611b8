import { messageOf } from '../foundation/errors.js'
import { restoreWorld, step, type Event, type Fact, type World } from '../routing/index.js'
import { journalEntries } from './journal-entries.js'
import type { JournalEntry } from './journal.js'
import { outcomeOf, type ActingEffect } from './step.js'

export interface ReplayReport {
  readonly events: number
  /** The number of calls that arrived in the replayed events. */
  readonly calls: number
  readonly firstDifference?: Difference
  /** Why the rest of the journal can't be compared. The line counts from 1. */
  readonly damage?: { readonly line: number; readonly why: string }
  /** A note about the last line, if a crash cut it off. This is not damage. */
  readonly notes: readonly string[]
}

interface Difference {
  /** From 1. */
  readonly line: number
  readonly event: Event
  /** The effect in the journal. Undefined: the event has no further effect there. */
  readonly expected: ActingEffect | undefined
  readonly actual: ActingEffect | undefined
}

/** Hears what the core did. `facts`: none for the header, whose world it hears before the first event. */
export type ReplayListener = (world: World, facts: readonly Fact[]) => void

/** Replays a journal with the current core, up to the first difference. Rejects if the lines are not a journal. */
export async function replayJournal(
  lines: AsyncIterable<string> | Iterable<string>,
  heard: ReplayListener = () => undefined,
): Promise<ReplayReport> {
  const tally = { events: 0, calls: 0, notes: new Array<string>() }
  let world: World | undefined
  for await (const read of journalEntries(lines)) {
    if (read.kind === 'header') {
      world = restoreWorld(read.world)
      heard(world, [])
      continue
    }
    if (read.kind === 'cutOff') tally.notes.push(`line ${read.line}, the last, cannot be read: the journal was cut off there`)
    if (read.kind === 'damaged') return { ...tally, damage: { line: read.line, why: read.why } }
    if (read.kind !== 'entry' || !world) continue
    const { line, entry } = read
    tally.events += 1
    tally.calls += Number(entry.event.kind === 'callArrived')
    // The world of the header already contains the first entry.
    if (tally.events === 1) continue
    const difference = replayed(world, entry, heard)
    if (typeof difference === 'string') return { ...tally, damage: { line, why: difference } }
    if (difference) return { ...tally, firstDifference: { line, event: entry.event, ...difference } }
  }
  return tally
}

/** The first difference, or a text that says why the core can't take the event. Undefined: no difference. */
function replayed(
  world: World,
  { event, effects }: JournalEntry,
  heard: ReplayListener,
): Pick<Difference, 'expected' | 'actual'> | string | undefined {
  let actual: readonly ActingEffect[]
  try {
    const { acts, facts } = outcomeOf(step(world, event))
    actual = acts
    heard(world, facts)
  } catch (error) {
    return `the core can't take its event: ${messageOf(error)}`
  }
  for (let index = 0; index < Math.max(actual.length, effects.length); index += 1) {
    if (JSON.stringify(actual[index]) !== JSON.stringify(effects[index]))
      return { expected: effects[index], actual: actual[index] }
  }
  return undefined
}
