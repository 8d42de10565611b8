import type { Log } from '../../foundation/log.js'
import type { ExtraHeader } from '../../legs/body.js'
import type { InboundCall } from '../../legs/answering.js'
import type { AgentUri, CallId } from '../../routing/index.js'
import type { Media } from '../../media/port.js'
import type { Signaling } from '../../signaling/port.js'
import type { BackOffContext } from '../back-off.js'
import type { Happening } from '../engine.js'
import type { QueuePlace } from '../progress.js'
import type { CallerReader } from '../step.js'
import type { ReferVerdict } from './change.js'
import type { Person } from './participant.js'

/** The ports through which calls are made and heard. */
export interface CallPorts {
  readonly signaling: Signaling
  readonly media: Media
}

/** Is told what happens to live calls. */
export interface CallListener {
  /** The result of `LiveCall.kept` has changed without an event of the core. */
  readonly changed: (call: CallId) => void
  /** Something happens to the caller's INVITE. */
  readonly callerNews: CallerReader
  /** Somebody else talks with the caller now. */
  readonly partnerChanged: (call: CallId) => void
  /** The call should be recorded, and can't be. */
  readonly notRecorded: (call: CallId) => void
  /** The caller's connection is closed. */
  readonly cutOff: (call: CallId) => void
  /** A supervisor has left the call. */
  readonly supervisorLeft: (agent: AgentUri) => void
  /** The call is over, and nothing of it is left. */
  readonly gone: (call: CallId) => void
}

/** Knows who calls and who is called, by the current config. */
interface CallDirectory {
  /** The target of a REFER from that side. */
  readonly referTarget: (to: string, asker: Person) => ReferVerdict
  /** The header fields by which a phone finds the console's page of the call. */
  readonly pageHeaders: (call: CallId) => readonly ExtraHeader[]
  /** The agent who calls. Undefined: the caller is not an agent. */
  readonly callingAgent: (inbound: InboundCall) => AgentUri | undefined
}

/** What a live call needs from outside. */
export interface CallContext extends BackOffContext {
  readonly log: Log
  readonly signaling: Pick<Signaling, 'invite'>
  readonly directory: CallDirectory
  readonly listener: CallListener
  readonly post: (happening: Happening) => void
  /** The place in the queue, for the reason phrase of a 182. Undefined: the call does not wait. */
  readonly position: (call: CallId) => QueuePlace | undefined
}
