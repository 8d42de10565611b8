import type { CallPasts } from '../calls/step.js'
import type { Fact } from '../routing/world/effects.js'
import type { CallId } from '../routing/world/ids.js'
import type { CallerSide } from './callers.js'
import type { LegNames } from './leg-names.js'
import type { Stories } from './stories.js'

/** What story and record of a call in progress are made of. */
interface Past {
  readonly caller: CallerSide
  readonly facts: readonly Fact[]
  /** Absent in what 0.1 wrote. */
  readonly sipCallIds?: readonly string[]
}

export interface PastsOptions {
  readonly stories: Pick<Stories, 'factsOf' | 'restore'>
  /** By the call's id, from its arrival to its end. */
  readonly callers: Map<CallId, CallerSide>
  readonly legs: LegNames
}

/** Hands stories and records over a restart: so a call that outlives one is recorded once, at its end, with all that befell it. */
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

/** A decision names each agent of its groups: that many names are not worth a row each time. */
function brief(fact: Fact): Fact {
  if (fact.kind !== 'offerMade') return fact
  return { ...fact, decision: { ...fact.decision, candidates: [], excluded: [], passedOver: [] } }
}
