import type { CallPasts, StepReader } from '../calls/step.js'
import { toWall, type Clock } from '../foundation/clock.js'
import { Callers } from '../observability/callers.js'
import { LegNames } from '../observability/leg-names.js'
import { createPasts } from '../observability/past.js'
import { recordReader } from '../observability/records.js'
import { createViews, type Views } from '../observability/views.js'
import type { CallRecord, Store } from '../store/port.js'
import { callId } from '../routing/world/ids.js'
import { recordDocument } from '../http/records.js'
import type { Log } from '../foundation/log.js'
import type { Instant, WallTime } from '../foundation/time.js'
import { Webhooks } from '../webhooks/webhooks.js'

/** The parts that follow the calls and answer questions about them. */
export interface Observers {
  readonly views: Views
  readonly callers: Callers
  readonly legs: LegNames
  /** The parts that are stored for the next process. */
  readonly pasts: CallPasts
  /** Records each call at its end. */
  readonly recordReader: StepReader
  /** Called for each new record. */
  readonly onRecord: (listener: (record: CallRecord) => void) => void
  /** Tells other programs about calls. */
  readonly webhooks: Webhooks
  /** How often each rule of docs/invariants.md was found broken. */
  readonly violations: Map<string, number>
}

export function createObservers(clock: Clock, store: Store, log: Log): Observers {
  const legs = new LegNames()
  const views = createViews(clock)
  const callers = new Callers(clock, legs, call => views.callChanged(call))
  const recordListeners: ((record: CallRecord) => void)[] = []
  const wall = (at: Instant): WallTime => toWall(clock, at)
  const webhooks = new Webhooks({
    ...{ clock, log, wall, caller: call => callers.byCall.get(callId(call)) },
    document: record => recordDocument(record, { withDialogNames: false, withSupervisors: false }),
  })
  return {
    webhooks,
    views,
    callers,
    legs,
    violations: new Map(),
    onRecord: listener => void recordListeners.push(listener),
    pasts: createPasts({ stories: views.stories, callers: callers.byCall, legs }),
    recordReader: recordReader({
      callers: callers.byCall,
      legs,
      save: record => {
        store.saveRecord(record)
        webhooks.ended(record)
        for (const listener of recordListeners) listener(record)
      },
      story: call => views.story(call),
      wall,
    }),
  }
}
