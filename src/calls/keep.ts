import { toWall, type Clock } from '../foundation/clock.js'
import type { Store } from '../store/port.js'
import type { StepReader } from './step.js'

/** Stores what must survive a restart: formal sign-ins and round-robin pointers. */
export function keepReader(store: Store, clock: Clock): StepReader {
  return ({ facts }) => {
    for (const fact of facts) {
      if (fact.kind === 'pointerMoved') store.savePointer(fact)
      else if (fact.kind !== 'signInChanged') continue
      else if (fact.signedIn) store.saveSignIn({ agent: fact.agent, group: fact.group, at: toWall(clock, fact.at) })
      else store.deleteSignIn(fact.agent, fact.group)
    }
  }
}
