import type { CallPasts } from '../calls/step.js'
import type { Fact } from '../routing/world/effects.js'
import type { CallId } from '../routing/world/ids.js'
import type { CallerSide } from './callers.js'
import type { LegNames } from './leg-names.js'
import type { Stories } from './stories.js'

/** The data from which the story and the record of a call in progress are made. */
interface Past {
  readonly caller: CallerSide
  readonly facts: readonly Fact[]
  /** Absent in data of version 0.1. */
  readonly sipCallIds?: readonly string[]
}

interface PastsOptions {
  readonly stories: Pick<Stories, 'factsOf' | 'restore'>
  /** By call id. An entry exists from the call's arrival to its end. */
  readonly callers: Map<CallId, CallerSide>
  readonly legs: LegNames
}

/**
 * Carries stories and records over a restart. A call that outlives the process is still recorded once, at its end and with its whole
 * history.
 */
export function createPasts({ stories, callers, legs }: PastsOptions): CallPasts {
  return {
    of(call): Past | undefined {
      const [caller, facts] = [callers.get(call), stories.factsOf(call)]
      return caller && facts && { caller, facts: facts.map(brief), sipCallIds: legs.of(call) }
    },
    restore(call, past) {
      const { caller, facts, sipCallIds = [] } = past as Past
      // The legs of supervisors end with the process.
      callers.set(call, { ...caller, supervisors: [] })
      for (const sipCallId of sipCallIds) legs.begin(call, sipCallId)
      stories.restore(facts)
    },
  }
}

/** Removes the names of agents from a decision, because saving them each time would cost too much. */
function brief(fact: Fact): Fact {
  if (fact.kind !== 'offerMade') return fact
  return { ...fact, decision: { ...fact.decision, candidates: [], excluded: [], passedOver: [] } }
}
