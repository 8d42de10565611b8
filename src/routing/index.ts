/** The one face of routing. Others import types and functions from here, and the words of settings, events and effects from their files. */
export { createWorld, type Kept } from './inputs/build.js'
export { keptAgent } from './inputs/restore-agents.js'
export type { KeptAgent } from './world/kept-agent.js'
export { keptCall } from './inputs/restore-call.js'
export { checkInvariants, type Violation } from './readers/invariants.js'
export * from './readers/queries.js'
export { restoreWorld, snapshotWorld, type WorldSnapshot } from './readers/snapshot.js'
export { pickRefusal } from './placing/pick.js'
export { step } from './inputs/step.js'
export { usualCause } from './call/ending.js'
export type { AgentExclusion, World } from './world/world.js'
export type { Candidacy, Decision, ExcludedAgent, Exclusion } from './world/decision.js'
export type { CallEnd, CallFinishCause, Effect, Fact, LegState, OfferEnd, TransferOutcome, WaitOutcome } from './world/effects.js'
export type { CallEndCause, Event, EventKind, Presence, PresenceState, TransferSide } from './world/events.js'
export { agentUri } from './world/ids.js'
export type { GivenUp, KeptCall } from './world/kept-call.js'
export type { AgentUri, CallId, GroupName, OfferId, PromptId, QueueName, TimerId, WorkflowName } from './world/ids.js'
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
} from './world/settings.js'
