import type { Log } from '../foundation/log.js'
import type { InboundCall } from '../legs/answering.js'
import type { AgentUri, CallId } from '../routing/index.js'
import type { Signaling } from '../signaling/port.js'
import type { BackOffContext } from './back-off.js'
import type { Happening } from './engine.js'
import type { QueuePlace } from './progress.js'
import type { CallerReader } from './step.js'
import type { ReferVerdict } from './live/change.js'
import type { Person } from './live/participant.js'

/** What a live call needs of its surroundings. */
export interface CallContext extends BackOffContext {
  readonly signaling: Signaling
  readonly post: (happening: Happening) => void
  /** The place in the queue, for the words of a 182; undefined when the call does not wait. */
  readonly position: (call: CallId) => QueuePlace | undefined
  /** Where a REFER of that side leads. */
  readonly referTarget: (to: string, asker: Person) => ReferVerdict
  /** The agent who calls; undefined: somebody else. */
  readonly callingAgent: (inbound: InboundCall) => AgentUri | undefined
  readonly log: Log
  /** Something of what `kept` gives is another, and no event tells. */
  readonly changed: (call: CallId) => void
  /** What happens to the caller's INVITE. */
  readonly callerNews: CallerReader
  /** The caller's connection is gone. */
  readonly cutOff: (call: CallId) => void
  /** Nothing of the call is left here. */
  readonly gone: (call: CallId) => void
}
