import type { CallEnd, Effect } from '../routing/index.js'
import type { ExtraHeader } from '../legs/body.js'
import type { Reason } from '../legs/reason.js'

export type Withdrawal = Extract<Effect, { kind: 'withdraw' }>['because']

/** Reason (RFC 3326) of a CANCEL or BYE by why the offer was withdrawn. Cause 200 keeps phones from showing a missed call. */
export const withdrawReasons: Readonly<Record<Withdrawal, Reason>> = {
  lostRace: { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' },
  missed: { protocol: 'SIP', cause: 408, text: 'Agent alert time over' },
  withdrawn: { protocol: 'SIP', cause: 487, text: 'Call withdrawn' },
}

/** For the one who talked to a side that no longer answers. */
export const sideLost: Reason = { protocol: 'SIP', cause: 408, text: 'The other side is gone' }

/** What the caller's INVITE is answered with, by why the call ended; never the agent's own answer. */
export const callEndStatus: Readonly<Record<CallEnd, number>> = {
  // The workflow, or everybody behind it, is not there now: the caller may try again.
  inactive: 480,
  closed: 480,
  holiday: 480,
  disconnected: 480,
  unanswered: 480,
  noAgents: 480,
  timedOut: 480,
  forwardFailed: 480,
  // The workflow asks by voice, and the caller's media are none that we speak.
  unheard: 488,
  // All lines are taken.
  overflowed: 486,
  looped: 482,
  // The number led somewhere when it was dialled, and now does no more.
  unconfigured: 404,
  failed: 500,
  // These end otherwise; the status is for a caller who is there all the same.
  answered: 480,
  abandoned: 487,
  noMedia: 480,
  forwarded: 480,
}

/** The same for a caller whose call was answered already: the Reason of the BYE. */
export const callEndReason = (why: CallEnd): Reason => ({ protocol: 'SIP', cause: callEndStatus[why], text: why })

/**
 * What the caller hears of a forward target's failure. That it is busy, or declines, is the caller's to know; other failures are between us
 * and a target of the config: a 404 from there does not mean that the caller's number is wrong.
 */
export function forwardFailureStatus(code: number): number {
  if (code === 486 || code === 600) return 486
  return code === 603 ? 603 : callEndStatus.forwardFailed
}

/** Why a REFER is refused, for people who read traces: phones show the status at most. */
export const referRefusal = (status: number, why: string): readonly ExtraHeader[] => [
  ['Reason', `SIP;cause=${status};text="${why}"`],
]
