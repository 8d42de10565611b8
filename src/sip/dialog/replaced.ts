import { parseReplaces } from '../message/extensions.js'
import type { HeaderTable } from '../message/headers.js'
import type { Session } from './session.js'

/** Lookup of dialogs. */
interface Dialogs {
  /** The session with this key: the Call-ID, our tag and the peer's tag. */
  session(key: string): Session | undefined
  /** Whether an INVITE of ours with this Call-ID and tag rings. */
  isRinging(key: string): boolean
}

/** The session that an INVITE with Replaces names, or the status that refuses the INVITE (RFC 3891 §3). Undefined: no Replaces. */
export function replacedBy(headers: HeaderTable, dialogs: Dialogs): Session | number | undefined {
  if (!headers.has('Replaces')) return undefined
  const [value = '', ...others] = headers.lines('Replaces')
  const named = others.length > 0 ? undefined : parseReplaces(value)
  if (!named) return 400
  const { callId, toTag, fromTag } = named
  const session = dialogs.session(`${callId} ${toTag} ${fromTag}`)
  // The session is over and only waits for the response to our BYE (RFC 3891 §3: 603).
  if (session?.isOver === true) return 603
  if (session) return named.earlyOnly ? 486 : session
  // A caller can't take the call of a ringing phone, because routing decides who gets it.
  return dialogs.isRinging(`${callId} ${toTag}`) ? 603 : 481
}
