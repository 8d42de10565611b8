import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { journalVersion, type JournalEntry } from '../calls/journal.js'
import { journalEntries } from '../calls/journal-entries.js'
import { messageOf } from '../foundation/errors.js'
import { restoreWorld, snapshotWorld, step, type CallId, type World, type WorldSnapshot } from '../routing/index.js'
import { journalMoment } from '../store/journal-folder.js'
import { linesOf } from './lines.js'

/** A part of a journal that can be replayed by itself, as its first line and entries. The world contains the first entry. */
interface Segment {
  readonly world: WorldSnapshot
  readonly entries: readonly JournalEntry[]
}

export interface Slice {
  readonly segments: readonly Segment[]
  /** What is missing, as sentences. */
  readonly notes: readonly string[]
}

interface SliceAsked {
  readonly folder: string
  readonly call: CallId
  /** In wall-clock time, in ms. `to`: the end of the call, or now. */
  readonly from: number
  readonly to: number
  /** The most characters of the slice. */
  readonly most: number
}

/** The wall clock may be set during a call, so files that seem a little too early or late are read, too. */
const slack = 60_000

/** The events of the journal from the arrival of a call to its end. Other calls stay in it, because agents are busy with them. */
export async function sliceOf(asked: SliceAsked): Promise<Slice> {
  const files = filesBetween(await readdir(asked.folder), asked.from - slack, asked.to + slack)
  const segments: Segment[] = []
  const notes: string[] = []
  let left = asked.most
  for (const file of files) {
    const cut = new SegmentCut(asked.call, left)
    try {
      await cut.read(join(asked.folder, file))
    } catch (error) {
      notes.push(`A journal file can't be read to its end: ${messageOf(error)}`)
    }
    if (cut.segment) segments.push(cut.segment)
    left = cut.left
    if (left > 0) continue
    notes.push(`The slice ends before the call did: it would have more than ${asked.most} characters.`)
    break
  }
  if (segments.length === 0) notes.push('The journal does not have this call any more (journal.keep of the config).')
  return { segments, notes }
}

/** A file ends where the next one begins. */
function filesBetween(names: readonly string[], from: number, to: number): string[] {
  const files = names.filter(name => journalMoment(name) !== undefined).sort()
  return files.filter((name, index) => {
    const next = journalMoment(files[index + 1] ?? '')
    return (journalMoment(name) ?? 0) <= to && (next === undefined || next >= from)
  })
}

/** Reads one file, and keeps what lies between the arrival and the end of the call. */
class SegmentCut {
  #world: World | undefined
  #start: WorldSnapshot | undefined
  #previous: JournalEntry | undefined
  readonly #entries: JournalEntry[] = []
  #isOver = false

  constructor(
    private readonly call: CallId,
    /** How many characters may still be kept. */
    public left: number,
  ) {}

  get segment(): Segment | undefined {
    return this.#start && { world: this.#start, entries: this.#entries }
  }

  async read(file: string): Promise<void> {
    for await (const read of journalEntries(linesOf(file))) {
      if (read.kind === 'damaged') throw new Error(`line ${read.line}: ${read.why}`)
      if (read.kind === 'header') this.#begin(read.world)
      else if (read.kind === 'entry') this.#take(read.entry)
      if (this.#isOver || this.left <= 0) return
    }
  }

  #begin(world: WorldSnapshot): void {
    this.#world = restoreWorld(world)
    // The header already contains the first entry. A call that is there has arrived with it, or before.
    if (this.#world.calls.has(this.call)) this.#keepFrom(world)
  }

  #take(entry: JournalEntry): void {
    const world = this.#world
    if (!world) return
    const { event } = entry
    const isArrival = (event.kind === 'callArrived' || event.kind === 'callRestored') && event.call === this.call
    if (!this.#start && isArrival && this.#previous) {
      this.#keepFrom(snapshotWorld(world))
      this.#keep(this.#previous)
    }
    // The first entry of the file is in the world already.
    if (this.#previous) step(world, event)
    this.#previous = entry
    if (!this.#start) return
    this.#keep(entry)
    this.#isOver = !world.calls.has(this.call)
  }

  #keepFrom(world: WorldSnapshot): void {
    this.#start = world
    this.left -= JSON.stringify(world).length
  }

  #keep(entry: JournalEntry): void {
    this.#entries.push(entry)
    this.left -= JSON.stringify(entry).length
  }
}

/** The lines of a segment as a journal file has them. `change`: what becomes of each value. */
export function linesOfSegment({ world, entries }: Segment, version: string, change: (value: unknown) => unknown): string[] {
  const header = { journal: journalVersion, version, world: change(world) }
  return [header, ...entries.map(change)].map(value => JSON.stringify(value))
}
