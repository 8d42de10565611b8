import type { AgentExclusion, Membership } from '../world/world.js'

/** Whether an agent in this state counts as taking the group's calls, now or as soon as the agent is free again. */
const counts: Readonly<Record<'available' | AgentExclusion, boolean>> = {
  available: true,
  ringing: true,
  offersFull: true,
  onACall: true,
  wrappingUp: true,
  unsteady: true,
  homedOnline: false,
  notSignedIn: false,
  offline: false,
  doNotDisturb: false,
  notAvailable: false,
  paused: false,
  unreachable: false,
}

/** Whether the agent takes part in the group. An agent on one of our calls does, even if their phone reports them as busy. */
export const takesPart = ({ agent }: Membership, excluded: AgentExclusion | undefined): boolean =>
  counts[excluded ?? 'available'] || (excluded === 'notAvailable' && agent.calls.length > 0)

/**
 * Records that the agent starts or stops taking part in the group. A queue counts an agent once, even if they are in several of
 * its groups.
 */
export function countCrew(membership: Membership, takes: boolean): void {
  const { agent, group } = membership
  const by = takes ? 1 : -1
  membership.takesPart = takes
  for (const { crew } of group.queues) {
    const inGroups = (crew.get(agent) ?? 0) + by
    if (inGroups > 0) crew.set(agent, inGroups)
    else crew.delete(agent)
  }
}
