import type { CallEnd, Effect } from '../routing/index.js'
import type { ExtraHeader } from '../legs/body.js'
import type { Reason } from '../legs/reason.js'

export type Withdrawal = Extract<Effect, { kind: 'withdraw' }>['because']

/** The Reason (RFC 3326) of a CANCEL or BYE, by the cause of the withdrawal. Cause 200 keeps phones from showing a missed call. */
export const withdrawReasons: Readonly<Record<Withdrawal, Reason>> = {
  lostRace: { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' },
  missed: { protocol: 'SIP', cause: 408, text: 'Agent alert time over' },
  withdrawn: { protocol: 'SIP', cause: 487, text: 'Call withdrawn' },
}

/** For the side that talked to one that no longer answers. */
export const sideLost: Reason = { protocol: 'SIP', cause: 408, text: 'The other side is gone' }

/** The final status of the caller's INVITE, by the cause of the call's end. Never the agent's own response. */
export const callEndStatus: Readonly<Record<CallEnd, number>> = {
  // The workflow, or everybody behind it, is not available now: the caller may try again.
  inactive: 480,
  closed: 480,
  holiday: 480,
  disconnected: 480,
  unanswered: 480,
  noAgents: 480,
  timedOut: 480,
  forwardFailed: 480,
  // The workflow asks by voice, and we can't use the caller's media.
  unheard: 488,
  // All places are taken.
  overflowed: 486,
  looped: 482,
  // The number was valid when it was dialled, and no longer is.
  unconfigured: 404,
  failed: 500,
  // These end in other ways. The status is for a caller who is still there.
  answered: 480,
  abandoned: 487,
  noMedia: 480,
  forwarded: 480,
}

/** The same for an answered call: the Reason of the BYE. */
export const callEndReason = (why: CallEnd): Reason => ({ protocol: 'SIP', cause: callEndStatus[why], text: why })

/**
 * The status for the caller when a forward target fails. The caller learns that the target is busy or declined. Other failures concern us and
 * the target: its 404 does not mean that the caller's number is wrong.
 */
export function forwardFailureStatus(code: number): number {
  if (code === 486 || code === 600) return 486
  return code === 603 ? 603 : callEndStatus.forwardFailed
}

/** Why a REFER is refused, for people who read traces. Phones show at most the status. */
export const referRefusal = (status: number, why: string): readonly ExtraHeader[] => [
  ['Reason', `SIP;cause=${status};text="${why}"`],
]
