/**
 * The public interface of routing. Other folders import types and functions from here, except the types of settings, events and effects,
 * which they import from the files of those.
 */
export { createWorld } from './inputs/build.js'
export { keptAgent } from './inputs/restore-agents.js'
export type { KeptAgent } from './world/kept-agent.js'
export { keptCall } from './inputs/restore-call.js'
export { checkInvariants } from './readers/invariants.js'
export * from './readers/queries.js'
export { workflowView } from './readers/workflows.js'
export { reachedFrom } from './readers/reach.js'
export { restoreWorld, snapshotWorld, type WorldSnapshot } from './readers/snapshot.js'
export { pickRefusal } from './placing/pick.js'
export { step } from './inputs/step.js'
export { usualCause } from './call/ending.js'
export type { World } from './world/world.js'
export type { Effect, Fact } from './world/effects.js'
export type { Event } from './world/events.js'
export { agentUri } from './world/ids.js'
export type { KeptCall } from './world/kept-call.js'
export type { AgentUri, CallId, GroupName, OfferId, PromptId, QueueName, TimerId, WorkflowName } from './world/ids.js'
export type { AgentSettings, GroupSettings, QueueSettings, RoutingSettings, WorkflowSettings } from './world/settings.js'
export * from './world/words.js'
