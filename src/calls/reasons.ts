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

/** The Reason of the BYE to a side whose other side no longer answers. */
export const sideLost: Reason = { protocol: 'SIP', cause: 408, text: 'The other side is gone' }

/** The final status of the caller's INVITE, by the cause of the call's end. The agent's own response is never forwarded. */
export const callEndStatus: Readonly<Record<CallEnd, number>> = {
  // The workflow or its agents are not available now. The caller may try again.
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
  // All places of the queue are taken.
  overflowed: 486,
  looped: 482,
  // A new config has no such workflow or queue any more.
  unconfigured: 404,
  failed: 500,
  // These calls usually end without a final status of ours. The status is for a caller who is still there.
  answered: 480,
  abandoned: 487,
  noMedia: 480,
  forwarded: 480,
}

/** The Reason of the BYE that ends an answered call. */
export const callEndReason = (why: CallEnd): Reason => ({ protocol: 'SIP', cause: callEndStatus[why], text: why })

/**
 * The status for the caller when a forward target fails. The caller learns that the target is busy or declined. Other failures concern us and
 * the target: its 404 does not mean that the caller's number is wrong.
 */
export function forwardFailureStatus(code: number): number {
  if (code === 486 || code === 600) return 486
  return code === 603 ? 603 : callEndStatus.forwardFailed
}

/** What the called person's side can say to an agent who calls out. The agent's phone shows these; a fault of ours and the PBX's is 480. */
const toldToAgent: ReadonlySet<number> = new Set([404, 410, 480, 484, 486, 600, 603, 604, 607])

/** The status for an agent whose outbound call failed. They dialled the number, so they learn that it does not exist. */
export const outboundFailureStatus = (code: number): number => (toldToAgent.has(code) ? code : callEndStatus.forwardFailed)

/** Why a REFER is refused, for people who read traces. Phones show at most the status. */
export const referRefusal = (status: number, why: string): readonly ExtraHeader[] => [
  ['Reason', `SIP;cause=${status};text="${why}"`],
]
