import type { AgentExclusion, Membership } from '../world/world.js'

/** Whether an agent in each state takes a group's calls, now or when free again. */
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
  unreachable: false,
}

/** Who talks to a caller of ours takes part, though their phone says that they are busy. */
export const takesPart = ({ agent }: Membership, excluded: AgentExclusion | undefined): boolean =>
  counts[excluded ?? 'available'] || (excluded === 'notAvailable' && agent.calls.length > 0)

/** Begins or ends to take part in the group. Its queues count each agent once, in however many of their groups. */
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
