import type { Activity } from '../api/documents.js'
import type { AgentStanding } from '../live/world.js'
import type { IconName } from './icon.js'

interface Look {
  readonly tone: string
  readonly icon: IconName
}

/** How an agent's activity looks. Each has its own shape, so that colour is never the only difference. */
export const activityLooks: Readonly<Record<Activity, Look>> = {
  free: { tone: 'good', icon: 'check' },
  ringing: { tone: 'ring', icon: 'bell' },
  talking: { tone: 'talk', icon: 'phone' },
  wrappingUp: { tone: 'quiet', icon: 'pen' },
}

export const standingLooks: Readonly<Record<AgentStanding, Look>> = {
  ...activityLooks,
  notAvailable: { tone: 'quiet', icon: 'forbidden' },
  signedOut: { tone: 'quiet', icon: 'cross' },
}
