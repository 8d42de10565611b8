import type { AgentExclusion } from './world.js'
import type { PresenceState } from './words.js'

/**
 * Why a presence state excludes an agent, for methods that take free agents and for attendant (response-group.md §2, table
 * Presence).
 */
interface PresenceClass {
  readonly free: AgentExclusion | undefined
  readonly present: AgentExclusion | undefined
}

const yes: PresenceClass = { free: undefined, present: undefined }
const attendantsOnly: PresenceClass = { free: 'notAvailable', present: undefined }

export const presenceClasses: Readonly<Record<PresenceState, PresenceClass>> = {
  available: yes,
  inactive: yes,
  busy: attendantsOnly,
  beRightBack: attendantsOnly,
  away: attendantsOnly,
  offWork: attendantsOnly,
  doNotDisturb: { free: 'doNotDisturb', present: 'doNotDisturb' },
  offline: { free: 'offline', present: 'offline' },
}

/** Whether idle time runs: Available or Inactive. */
export const isIdleState = (state: PresenceState): boolean => presenceClasses[state].free === undefined
