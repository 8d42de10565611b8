import { snapshotWorld, type Event, type World, type WorldSnapshot } from '../routing/index.js'
import type { JournalWriter } from '../store/port.js'
import type { ActingEffect, StepReader } from './step.js'

/** 2: the effects of 1 that were called `hold` and `redirect` are `wait` and `forward`. */
export const journalVersion = 2

/**
 * The first line of each journal file: a world from which the events below can be replayed. A file begins when a line is to be written, so its
 * world holds what the first entry below did already; that entry is not taken again.
 */
export interface JournalHeader {
  readonly journal: typeof journalVersion
  /** Carillon's version. */
  readonly version: string
  readonly world: WorldSnapshot
}

/** Every further line: an event that entered the core, and the effects that acted on the outside. */
export interface JournalEntry {
  readonly event: Event
  readonly effects: readonly ActingEffect[]
}

/** Writes each step. */
export function journalReader(writer: JournalWriter, world: World, version: string): StepReader {
  writer.onNewFile(() => {
    const header: JournalHeader = { journal: journalVersion, version, world: snapshotWorld(world) }
    return JSON.stringify(header)
  })
  return ({ event, acts }) => {
    const entry: JournalEntry = { event, effects: acts }
    writer.append(JSON.stringify(entry))
  }
}
