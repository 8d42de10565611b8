import type { Session } from './documents.js'

/** Why the console shows the log-in page to a person who was logged in. `expired`: the log-in has come to its end. */
export type Closed = 'expired' | 'ended'

/**
 * Why `next` has no person although `last` had one. Undefined if nothing has ended, or if this person logged out here. `at`: now, in
 * milliseconds since the epoch.
 */
export function closedBecause(last: Session | undefined, next: Session, at: number, loggedOut: boolean): Closed | undefined {
  if (loggedOut || !last || last.name === null || last.open || next.open || next.name !== null) return undefined
  return last.expires !== null && Date.parse(last.expires) <= at ? 'expired' : 'ended'
}
