import { callId, cseq, from, to } from '../message/fields.js'
import type { SipRequest } from '../message/message.js'
import type { Via } from '../message/via.js'
import { isUnique } from './tokens.js'

/**
 * What a request's server transaction is found by (RFC 3261 §17.2.3): branch, sent-by and method. An ACK and a CANCEL find the INVITE's by
 * giving its method.
 */
export function serverKey(request: SipRequest, via: Via, method: string): string {
  const { branch, host, port } = via
  return `${method} ${host}:${port ?? ''} ${isUnique(branch) ? branch : legacyBranch(request, via)}`
}

/**
 * For a peer of RFC 2543, whose branches are not unique. The To tag is left out: an ACK bears that of our response, which its INVITE has not.
 */
function legacyBranch({ uri, headers }: SipRequest, { branch }: Via): string {
  return `${callId(headers) ?? ''} ${from(headers)?.tag ?? ''} ${cseq(headers)?.number ?? ''} ${uri} ${branch ?? ''}`
}

/**
 * What copies of one request have in common that came by different ways (§8.2.2.2); undefined within a dialog, where none may.
 */
export function mergeKey({ method, headers }: SipRequest): string | undefined {
  if (to(headers)?.tag !== undefined) return undefined
  return detached(`${method} ${cseq(headers)?.number ?? ''} ${from(headers)?.tag ?? ''} ${callId(headers) ?? ''}`)
}

/**
 * The same text in memory of its own. A piece of a datagram's text keeps the whole of it alive, which a transaction that lingers must not.
 */
export function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
