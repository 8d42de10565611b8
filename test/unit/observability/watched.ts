import { outcomeOf, type StepReader } from '../../../src/calls/step.js'
import { createWorld, type Effect, type Event } from '../../../src/routing/index.js'
import { Live, start, type WorldBuilder } from '../routing/build.js'

/** A real core whose steps go to readers, as the engine passes them. */
export class Watched extends Live {
  constructor(
    builder: WorldBuilder,
    private readonly readers: readonly StepReader[] = [],
    signIns: Parameters<typeof createWorld>[1]['signIns'] = [],
  ) {
    super(createWorld(builder.settings(), { signIns, pointers: [] }, start))
  }

  override take(event: Event): readonly Effect[] {
    const effects = super.take(event)
    for (const read of this.readers) read({ at: event.at, event, ...outcomeOf(effects), tookMs: 0.02, doneMs: 1.5 })
    return effects
  }
}
