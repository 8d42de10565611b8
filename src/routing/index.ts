/** The one face of routing. Others import types and functions from here, and the words of settings, events and effects from their files. */
export { createWorld, type Kept } from './build.js'
export { keptAgent } from './agent/restore.js'
export type { KeptAgent } from './kept-agent.js'
export { keptCall } from './call/restore.js'
export { checkInvariants, type Violation } from './invariants.js'
export * from './queries.js'
export { restoreWorld, snapshotWorld, type WorldSnapshot } from './snapshot.js'
export { pickRefusal } from './queue/pick.js'
export { step } from './step.js'
export { usualCause } from './call/ending.js'
export type { AgentExclusion, World } from './world.js'
export type { Candidacy, Decision, ExcludedAgent, Exclusion } from './decision.js'
export type { CallEnd, CallFinishCause, Effect, Fact, LegState, OfferEnd, TransferOutcome, WaitOutcome } from './effects.js'
export type { CallEndCause, Event, EventKind, Presence, PresenceState, TransferSide } from './events.js'
export { agentUri } from './ids.js'
export type { GivenUp, KeptCall } from './kept-call.js'
export type { AgentUri, CallId, GroupName, OfferId, PromptId, QueueName, TimerId, WorkflowName } from './ids.js'
export type {
  Action,
  AgentSettings,
  Digit,
  GroupSettings,
  ParticipationPolicy,
  QueueSettings,
  RoutingMethodName,
  RoutingSettings,
  WorkflowSettings,
} from './settings.js'
