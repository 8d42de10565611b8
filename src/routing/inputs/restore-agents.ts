import { later, millis, type Instant, type Millis } from '../../foundation/time.js'
import type { KeptAgent } from '../world/kept-agent.js'
import { startSpan, stopSpan, type Turn } from '../world/turn.js'
import type { Agent } from '../world/world.js'
import { refresh } from '../agents/lease.js'
import { isIdleState } from '../world/presence-class.js'

/**
 * If presence arrives within this time after a restart, the idle time from before it continues. Phones need time to register again, and a
 * PBX needs time to answer our SUBSCRIBE.
 */
const idleKeptFor = millis(600_000)

/** Restores what a restart must not change: idle times, running wrap-ups and automatic pauses. */
export function restoreAgents(turn: Turn, kept: readonly KeptAgent[]): void {
  for (const { agent: uri, idleSince, wasIdle, wrapUpUntil, pausedSince } of kept) {
    const agent = turn.world.agents.get(uri)
    if (!agent) continue
    agent.idleSince = earlier(idleSince, turn.at)
    if (wasIdle && !isIdleState(agent.presence.state)) agent.idleKeptUntil = later(turn.at, idleKeptFor)
    if (wrapUpUntil !== undefined) wrapUpAgain(turn, agent, wrapUpUntil)
    if (pausedSince !== undefined && turn.world.settings.pauseAfterMisses !== undefined)
      agent.pausedSince = earlier(pausedSince, turn.at)
    refresh(turn, agent)
  }
}

export function keptAgent(agent: Agent): KeptAgent {
  const { settings, idleSince, presence, wrapUp, idleKeptUntil, pausedSince } = agent
  return {
    agent: settings.uri,
    idleSince,
    wasIdle: isIdleState(presence.state) || idleKeptUntil !== undefined,
    ...(wrapUp && { wrapUpUntil: wrapUp.until }),
    ...(pausedSince !== undefined && { pausedSince }),
  }
}

/** Restarts the rest of a wrap-up, limited to what the current config allows. */
function wrapUpAgain(turn: Turn, agent: Agent, until: Instant): void {
  const left = Math.min(until - turn.at, longestWrapUp(agent))
  if (left <= 0) return
  stopSpan(turn, agent.wrapUp)
  agent.wrapUp = startSpan(turn, { kind: 'wrapUp', agent }, millis(left))
}

const longestWrapUp = ({ settings, memberships }: Agent): Millis =>
  millis(Math.max(settings.wrapUp, ...memberships.map(({ group }) => group.settings.wrapUp ?? 0)))

const earlier = (one: Instant, other: Instant): Instant => (one < other ? one : other)
