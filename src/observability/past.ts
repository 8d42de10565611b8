import type { CallPasts } from '../calls/step.js'
import type { Fact } from '../routing/effects.js'
import type { CallId } from '../routing/ids.js'
import type { CallerSide } from './callers.js'
import type { Stories } from './stories.js'

/** What story and record of a call in progress are made of. */
interface Past {
  readonly caller: CallerSide
  readonly facts: readonly Fact[]
}

export interface PastsOptions {
  readonly stories: Pick<Stories, 'factsOf' | 'restore'>
  /** By the call's id, from its arrival to its end. */
  readonly callers: Map<CallId, CallerSide>
}

/** Hands stories and records over a restart: so a call that outlives one is recorded once, at its end, with all that befell it. */
export function createPasts({ stories, callers }: PastsOptions): CallPasts {
  return {
    of(call): Past | undefined {
      const [caller, facts] = [callers.get(call), stories.factsOf(call)]
      return caller && facts && { caller, facts: facts.map(brief) }
    },
    restore(call, past) {
      const { caller, facts } = past as Past
      callers.set(call, caller)
      stories.restore(facts)
    },
  }
}

/** A decision names each agent of its groups: that many names are not worth a row each time. */
function brief(fact: Fact): Fact {
  if (fact.kind !== 'offerMade') return fact
  return { ...fact, decision: { ...fact.decision, candidates: [], excluded: [], passedOver: [] } }
}
