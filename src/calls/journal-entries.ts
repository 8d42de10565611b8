import type { Event, WorldSnapshot } from '../routing/index.js'
import { journalVersion, type JournalEntry } from './journal.js'
import type { ActingEffect } from './step.js'

/** What a line of a journal is. Lines count from 1. */
type JournalLine =
  | { readonly kind: 'header'; readonly world: WorldSnapshot }
  | { readonly kind: 'entry'; readonly line: number; readonly entry: JournalEntry }
  /** The last line, when a crash cut it off. This is not damage. */
  | { readonly kind: 'cutOff'; readonly line: number }
  /** Reading stops at this line. */
  | { readonly kind: 'damaged'; readonly line: number; readonly why: string }

/** Reads a journal. Rejects if the lines are not one. */
export async function* journalEntries(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<JournalLine> {
  let names: FormerNames | undefined
  let line = 0
  let isCutOff = false
  for await (const text of lines) {
    if (isCutOff) {
      yield { kind: 'damaged', line, why: 'it cannot be read, and it is not the last line' }
      return
    }
    line += 1
    if (!names) {
      const header = headerIn(text)
      names = header.journal === 1 ? formerNames : {}
      yield { kind: 'header', world: header.world }
      continue
    }
    const read = readObject(text)
    const entry = read && entryIn(read, names)
    if (!read) isCutOff = true
    else if (entry) yield { kind: 'entry', line, entry }
    else {
      yield { kind: 'damaged', line, why: 'it is not an event with its effects' }
      return
    }
  }
  if (!names) throw new Error('an empty file is not a journal')
  if (isCutOff) yield { kind: 'cutOff', line }
}

/** Effects by their names in older journals. */
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

function entryIn(read: object, names: FormerNames): JournalEntry | undefined {
  const { event, effects } = read as { readonly event?: Partial<Event> | null; readonly effects?: unknown }
  if (typeof event?.kind !== 'string' || !Array.isArray(effects)) return undefined
  const entry = read as JournalEntry
  return { event: entry.event, effects: entry.effects.map(effect => withName(effect, names[effect.kind])) }
}

/** The kind stays the first member, because `replay` compares effects as JSON texts. */
const withName = (effect: ActingEffect, name: ActingEffect['kind'] | undefined): ActingEffect =>
  name === undefined ? effect : ({ ...effect, kind: name } as ActingEffect)

function readObject(line: string): object | undefined {
  try {
    const read: unknown = JSON.parse(line)
    return typeof read === 'object' && read !== null ? read : undefined
  } catch {
    return undefined // `journalEntries` reports it with the line's number.
  }
}
