import type { Session } from './documents.js'

/** Why a person who was logged in sees the log-in page. `expired`: the session's time is over. `ended`: the server ended the session. */
export type Closed = 'expired' | 'ended'

/**
 * Why nobody is logged in now although somebody was before. Undefined if no session has ended, or if the person logged out here. `at`:
 * now, in milliseconds since the epoch.
 */
export function closedBecause(last: Session | undefined, next: Session, at: number, loggedOut: boolean): Closed | undefined {
  if (loggedOut || !last || last.name === null || last.open || next.open || next.name !== null) return undefined
  return last.expires !== null && Date.parse(last.expires) <= at ? 'expired' : 'ended'
}
