import type { CallPasts } from '../calls/step.js'
import type { Fact } from '../routing/world/effects.js'
import type { CallId } from '../routing/world/ids.js'
import type { CallerSide } from './callers.js'
import type { LegNames } from './leg-names.js'
import type { Stories } from './stories.js'

/** What the story and the record of a call in progress are made from. */
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
 * Carries stories and records over a restart. A call that outlives the process is still recorded once, at its end, with its whole
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
      callers.set(call, caller)
      for (const sipCallId of sipCallIds) legs.begin(call, sipCallId)
      stories.restore(facts)
    },
  }
}

/** A decision names each agent of its groups. Saving all names each time would cost too much, so they are left out. */
function brief(fact: Fact): Fact {
  if (fact.kind !== 'offerMade') return fact
  return { ...fact, decision: { ...fact.decision, candidates: [], excluded: [], passedOver: [] } }
}
