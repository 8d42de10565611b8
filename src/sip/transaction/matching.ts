import { detached } from '../../foundation/detached.js'
import { callId, cseq, from, to } from '../message/fields.js'
import type { SipRequest } from '../message/message.js'
import type { Via } from '../message/via.js'
import { isUnique } from './tokens.js'

/**
 * The key of a request's server transaction (RFC 3261 §17.2.3): branch, sent-by and method. For an ACK or a CANCEL, pass the
 * method INVITE to find its INVITE.
 */
export function serverKey(request: SipRequest, via: Via, method: string): string {
  const { branch, host, port } = via
  return `${method} ${host}:${port ?? ''} ${isUnique(branch) ? branch : legacyBranch(request, via)}`
}

/**
 * For RFC 2543 peers, whose branches are not unique. The To tag is left out: an ACK has the tag of our response, but its INVITE
 * does not.
 */
function legacyBranch({ uri, headers }: SipRequest, { branch }: Via): string {
  return `${callId(headers) ?? ''} ${from(headers)?.tag ?? ''} ${cseq(headers)?.number ?? ''} ${uri} ${branch ?? ''}`
}

/**
 * What copies of one request on different paths have in common (§8.2.2.2). Undefined within a dialog, where merged requests can't
 * occur.
 */
export function mergeKey({ method, headers }: SipRequest): string | undefined {
  if (to(headers)?.tag !== undefined) return undefined
  return detached(`${method} ${cseq(headers)?.number ?? ''} ${from(headers)?.tag ?? ''} ${callId(headers) ?? ''}`)
}
