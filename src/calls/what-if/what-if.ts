import { messageOf } from '../../foundation/errors.js'
import { seconds } from '../../foundation/time.js'
import { restoreWorld, step, type CallId, type Event, type RoutingSettings, type WorldSnapshot } from '../../routing/index.js'
import { journalEntries } from '../journal-entries.js'
import { outcomeOf } from '../step.js'
import { Courses, type Course } from './courses.js'
import { Habits } from './habits.js'
import { Simulation } from './simulation.js'

interface WhatIfCall {
  readonly call: CallId
  readonly then: Course
  readonly now: Course
  /** The new course of the call rests on an answer that the journal does not have. */
  readonly isAssumed: boolean
}

export interface WhatIf {
  readonly events: number
  /** Calls that arrived and ended in the journal, in the order of arrival. */
  readonly calls: readonly WhatIfCall[]
  readonly notes: readonly string[]
}

/** How long the simulation goes on after the end of the journal. */
const longestRest = seconds(3_600)

type Lines = AsyncIterable<string> | Iterable<string>

/**
 * What other settings would have done with the calls of a journal. `open` gives the journal's lines. They are read twice, because the
 * simulation needs from the beginning what a caller did later. Rejects if the lines are not a journal, or if the journal is damaged.
 */
export async function whatIf(open: () => Lines, settings: RoutingSettings): Promise<WhatIf> {
  const habits = new Habits()
  const then = new Courses()
  let events = 0
  const notes = await eachEvent(open(), (event, { world, isFirst }) => {
    events += 1
    // The world of the header already contains the first entry.
    const outcome = isFirst ? { acts: [], facts: [] } : outcomeOf(step(world, event))
    habits.read(event, outcome)
    then.read(outcome)
  })
  const now = await simulated(open(), settings, habits)
  const calls = [...then.all]
    .filter(([, { end }]) => end !== undefined)
    .map(([call, course]) => ({
      ...{ call, then: course, now: now.courses.all.get(call) ?? { workflow: course.workflow, offered: [] } },
      isAssumed: now.assumed.has(call),
    }))
  return { events, calls, notes }
}

async function simulated(lines: Lines, settings: RoutingSettings, habits: Habits): Promise<Simulation> {
  let simulation: Simulation | undefined
  await eachEvent(lines, (event, { snapshot, isFirst }) => {
    simulation ??= new Simulation(snapshot, settings, habits)
    if (!isFirst) simulation.read(event)
  })
  if (!simulation) throw new Error('it has no events')
  // A call may take longer than in the journal. There is a limit, because a caller without a time-out would wait forever.
  simulation.runOn(longestRest)
  return simulation
}

interface Place {
  readonly snapshot: WorldSnapshot
  /** The world with the journal's own settings. It changes with each step. */
  readonly world: ReturnType<typeof restoreWorld>
  readonly isFirst: boolean
}

/** Calls `take` for each event. Returns notes about the journal. */
async function eachEvent(lines: Lines, take: (event: Event, place: Place) => void): Promise<readonly string[]> {
  let place: Place | undefined
  for await (const read of journalEntries(lines)) {
    switch (read.kind) {
      case 'header':
        place = { snapshot: read.world, world: restoreWorld(read.world), isFirst: true }
        break
      case 'damaged':
        throw new Error(`line ${read.line} is damaged: ${read.why}`)
      case 'cutOff':
        return [`line ${read.line}, the last, cannot be read: the journal was cut off there`]
      case 'entry':
        if (!place) break
        try {
          take(read.entry.event, place)
        } catch (error) {
          throw new Error(`line ${read.line} is damaged: the core can't take its event: ${messageOf(error)}`, { cause: error })
        }
        place = { ...place, isFirst: false }
    }
  }
  return []
}
