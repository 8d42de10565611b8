import type { StepReader } from '../calls/step.js'
import type { Clock } from '../foundation/clock.js'
import type { CallId } from '../routing/world/ids.js'
import { Changes, type ChangeNotice } from './changes.js'
import { Stories, type CallStory } from './stories.js'

/** The current and past calls that explain and the API read, and subscriptions to changes. Reading uses neither routing nor the store. */
export interface Views {
  readonly reader: StepReader
  /** The story of a call, also of an ended call while it is kept. */
  story(call: CallId): CallStory | undefined
  /** The facts behind the stories, for calls that outlive the process. */
  readonly stories: Pick<Stories, 'factsOf' | 'restore'>
  /** Tells listeners that the config was read again. */
  configRead(): void
  /** Tells listeners that something of this call changed without an event of the core. */
  callChanged(call: CallId): void
  /** The listener is called for every change until the returned function is called. */
  subscribe(listener: (notice: ChangeNotice) => void): () => void
}

export function createViews(clock: Clock): Views {
  const stories = new Stories()
  const changes = new Changes(clock)
  return {
    stories,
    reader(step) {
      for (const fact of step.facts) stories.read(fact)
      changes.read(step)
    },
    configRead: () => changes.configRead(),
    callChanged: call => changes.callChanged(call),
    story: call => stories.of(call, clock.now()),
    subscribe: listener => changes.subscribe(listener),
  }
}
