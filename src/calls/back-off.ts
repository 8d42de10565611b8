import type { Clock, Timer } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'

export interface BackOffContext {
  readonly clock: Clock
  /** Random bytes that nobody can guess. */
  readonly random: (size: number) => Uint8Array
}

const tens = 10

/**
 * Calls `again` when we may repeat a re-INVITE that crossed one of the peer's. The delay is random: 2.1 to 4 s if the dialog is `ours` (we
 * began it), otherwise up to 2 s, in units of 10 ms (RFC 3261 §14.1).
 */
export function backOff({ clock, random }: BackOffContext, dialog: 'ours' | 'theirs', again: () => void): Timer {
  const [chance = 0] = random(1)
  const wait = dialog === 'ours' ? 210 + (chance % 191) : chance % 201
  return clock.after(millis(wait * tens), again)
}
