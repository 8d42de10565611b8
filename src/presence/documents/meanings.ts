import { presenceStates } from '../../routing/world/words.js'
import type { PresenceState } from '../port.js'

export const isPresenceState = (word: unknown): word is PresenceState => presenceStates.some(state => state === word)

/**
 * What each RPID activity (RFC 4480 §3.2) means to us, and words that phones write in its place. Docs/presence.md shows it to people.
 * Left out are `unknown`, `other` and `looking-for-work`: they tell nothing about taking calls.
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

/** Lync and Skype for Business tell availability as a number; each row holds from its first number to the next row's. */
export const availabilities: readonly { readonly from: number; readonly state: PresenceState }[] = [
  { from: 3_000, state: 'available' },
  { from: 4_500, state: 'inactive' },
  { from: 6_000, state: 'busy' },
  // Idle at the desk in a meeting or call: still busy.
  { from: 7_500, state: 'busy' },
  { from: 9_000, state: 'doNotDisturb' },
  { from: 12_000, state: 'beRightBack' },
  { from: 15_000, state: 'away' },
  { from: 18_000, state: 'offline' },
]

/** Undefined below 3000: such a number says nothing. */
export const availabilityOf = (number: number): PresenceState | undefined =>
  availabilities.findLast(({ from }) => number >= from)?.state
