import { presenceStates } from '../../routing/world/words.js'
import type { PresenceState } from '../port.js'

export const isPresenceState = (word: unknown): word is PresenceState => presenceStates.some(state => state === word)

/**
 * The presence state for each RPID activity (RFC 4480 §3.2), and for other words that phones send. docs/presence.md shows the
 * table to people. `unknown`, `other` and `looking-for-work` are left out, because they say nothing about taking calls.
 */
export const activities: Readonly<Record<string, PresenceState>> = {
  working: 'available',
  busy: 'busy',
  'on-the-phone': 'busy',
  appointment: 'busy',
  meeting: 'busy',
  steering: 'busy',
  'be-right-back': 'beRightBack',
  away: 'away',
  breakfast: 'away',
  lunch: 'away',
  dinner: 'away',
  meal: 'away',
  'in-transit': 'away',
  playing: 'away',
  shopping: 'away',
  spectator: 'away',
  travel: 'away',
  tv: 'away',
  holiday: 'offWork',
  vacation: 'offWork',
  sleeping: 'offWork',
  'permanent-absence': 'offWork',
  dnd: 'doNotDisturb',
  'do-not-disturb': 'doNotDisturb',
  performance: 'doNotDisturb',
  presentation: 'doNotDisturb',
  worship: 'doNotDisturb',
}

/** Lync and Skype for Business send availability as a number. Each row covers the numbers from its own up to the next row's. */
const availabilities: readonly { readonly from: number; readonly state: PresenceState }[] = [
  { from: 3_000, state: 'available' },
  { from: 4_500, state: 'inactive' },
  { from: 6_000, state: 'busy' },
  // Idle at the desk during a meeting or call: still busy.
  { from: 7_500, state: 'busy' },
  { from: 9_000, state: 'doNotDisturb' },
  { from: 12_000, state: 'beRightBack' },
  { from: 15_000, state: 'away' },
  { from: 18_000, state: 'offline' },
]

/** Undefined below 3000, because such a number says nothing. */
export const availabilityOf = (number: number): PresenceState | undefined =>
  availabilities.findLast(({ from }) => number >= from)?.state
