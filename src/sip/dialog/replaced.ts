import { parseReplaces } from '../message/extensions.js'
import type { HeaderTable } from '../message/headers.js'
import type { Session } from './session.js'

/** Where dialogs are looked up. */
export interface Dialogs {
  /** By Call-ID, our tag and theirs. */
  session(key: string): Session | undefined
  /** Whether an INVITE of ours rings there, by Call-ID and our tag. */
  isRinging(key: string): boolean
}

/** The session that an INVITE names to take its place, if it names one; or the status by which it is refused (RFC 3891 §3). */
export function replacedBy(headers: HeaderTable, dialogs: Dialogs): Session | number | undefined {
  if (!headers.has('Replaces')) return undefined
  const [value = '', ...others] = headers.lines('Replaces')
  const named = others.length > 0 ? undefined : parseReplaces(value)
  if (!named) return 400
  const { callId, toTag, fromTag } = named
  const session = dialogs.session(`${callId} ${toTag} ${fromTag}`)
  // It is over, and waits for the answer to our BYE.
  if (session?.isOver === true) return 603
  if (session) return named.earlyOnly ? 486 : session
  // Who may take a ringing phone's call is the routing's to say, not the caller's.
  return dialogs.isRinging(`${callId} ${toTag}`) ? 603 : 481
}
