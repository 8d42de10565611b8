import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { JournalEntry, JournalHeader } from '../../src/calls/journal.js'
import { replayJournal } from '../../src/calls/replay.js'
import { checkInvariants, restoreWorld, step, type World } from '../../src/routing/index.js'

export interface JournalFindings {
  files: number
  events: number
  calls: number
  /** How often the whole world was checked. */
  checks: number
  readonly wrongs: string[]
}

/** A check of the whole world is expensive, so it runs once in this many events. */
const checkEvery = 50
const mostTold = 20

/** Runs each journal through the core: the decisions must be the same, and no rule may be broken. */
export async function judgeJournals(data: string): Promise<JournalFindings> {
  const found: JournalFindings = { files: 0, events: 0, calls: 0, checks: 0, wrongs: [] }
  for (const name of (await readdir(data, { recursive: true })).filter(file => file.endsWith('.jsonl')).sort()) {
    const file = join(data, name)
    const report = await replayJournal(linesOf(file))
    found.files += 1
    found.events += report.events
    found.calls += report.calls
    if (report.damage) found.wrongs.push(`${name}: line ${report.damage.line}: ${report.damage.why}`)
    if (report.firstDifference) found.wrongs.push(`${name}: ${JSON.stringify(report.firstDifference)}`)
    await checkRules(file, name, found)
  }
  return found
}

const linesOf = (file: string): Interface => createInterface({ input: createReadStream(file) })

async function checkRules(file: string, name: string, found: JournalFindings): Promise<void> {
  let world: World | undefined
  let number = 0
  for await (const line of linesOf(file)) {
    number += 1
    if (!world) {
      world = restoreWorld((JSON.parse(line) as JournalHeader).world)
      continue
    }
    // The world in the header already contains the first entry.
    if (number > 2) {
      const entry = entryOf(line)
      if (!entry) return
      step(world, entry.event)
    }
    if (number % checkEvery !== 0) continue
    found.checks += 1
    for (const { rule, what } of checkInvariants(world))
      if (found.wrongs.length < mostTold) found.wrongs.push(`${name}, after line ${number}: rule ${rule} is broken: ${what}`)
  }
}

/** Undefined for the last line, which a crash may have cut off. `replayJournal` checks all others. */
function entryOf(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry
  } catch {
    return undefined
  }
}
