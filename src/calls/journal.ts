import { snapshotWorld, type Event, type World, type WorldSnapshot } from '../routing/index.js'
import type { JournalWriter } from '../store/port.js'
import type { ActingEffect, StepReader } from './step.js'

/** Version 2: the effects `hold` and `redirect` of version 1 are called `wait` and `forward`. */
export const journalVersion = 2

/**
 * The first line of each journal file: a world from which the following events can be replayed. A file is created when a line is written, so
 * its world already contains the first entry. That entry is skipped in a replay.
 */
export interface JournalHeader {
  readonly journal: typeof journalVersion
  /** Carillon's version. */
  readonly version: string
  /** The node of a cluster that wrote it. Absent: the server was alone, or an older version wrote it. */
  readonly node?: string
  readonly world: WorldSnapshot
}

/** Every further line: an event that entered the core, and its effects on the outside. */
export interface JournalEntry {
  readonly event: Event
  readonly effects: readonly ActingEffect[]
}

/** Writes each step. */
export function journalReader(writer: JournalWriter, world: World, version: string, node?: string): StepReader {
  writer.onNewFile(() => {
    const header: JournalHeader = {
      journal: journalVersion,
      version,
      ...(node !== undefined && { node }),
      world: snapshotWorld(world),
    }
    return JSON.stringify(header)
  })
  return ({ event, acts }) => {
    writer.append({ event, effects: acts } satisfies JournalEntry)
  }
}
