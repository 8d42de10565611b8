import type { Fact } from '../world/effects.js'
import { record, type Turn } from '../world/turn.js'
import type { Agent, Offer, World } from '../world/world.js'
import { refresh } from './lease.js'

/**
 * Automatic pause: an agent who missed too many calls in a row is probably not at their phone, and each further call would only ring there in
 * vain (docs/decisions/117). The config sets the number. Without one nobody is paused.
 */

/** Counts a call that the agent missed. Call it before the offer ends, so that no other call rings at the agent first. */
export function noteMiss(turn: Turn, { agent, group: name }: Offer): void {
  const { settings, groups } = turn.world
  const most = settings.pauseAfterMisses
  // Where all phones ring together, an agent who leaves a call to a colleague has missed nothing.
  if (most === undefined || agent.departed || groups.get(name)?.method.rings === 'all') return
  agent.missed += 1
  if (agent.missed < most || agent.pausedSince !== undefined) return
  agent.pausedSince = turn.at
  record(turn, { kind: 'agentPaused', agent: agent.settings.uri, group: name, missed: agent.missed, at: turn.at })
  refresh(turn, agent)
}

/** The agent has shown that they are at their phone. */
export function forgetMisses(agent: Agent): void {
  agent.missed = 0
}

/** The agent takes calls again. `because`: what they did. False: they were not paused. */
export function resume(turn: Turn, agent: Agent, because: Extract<Fact, { kind: 'agentResumed' }>['because']): boolean {
  agent.missed = 0
  if (agent.pausedSince === undefined) return false
  agent.pausedSince = undefined
  record(turn, { kind: 'agentResumed', agent: agent.settings.uri, because, at: turn.at })
  refresh(turn, agent)
  return true
}

/** Ends all pauses if a new config has none. Call it before the groups are built from it. */
export function resumeAll({ agents }: World): void {
  for (const agent of agents.values()) {
    agent.missed = 0
    agent.pausedSince = undefined
  }
}
