import { bareType, isMultipart, readParts, type Part } from './message/multipart.js'
import type { SipRequest, SipResponse } from './message/message.js'

/** A message body and its Content-Type. */
interface Description {
  readonly type: string
  readonly text: string
}

export const sessionDescription = 'application/sdp'
/** Types that we do not read, but carry to the ringing phone: signalling of other networks (RFC 3204) and locations (RFC 6442, RFC 4119). */
const carried: ReadonlySet<string> = new Set(['application/isup', 'application/qsig', 'application/pidf+xml'])

/** The SDP in a message: its whole body, or that part of it (RFC 5621 §3.1). Undefined: there is none. */
export function descriptionIn({ headers, body }: SipRequest | SipResponse): Description | undefined {
  if (body === '') return undefined
  const type = headers.first('Content-Type') ?? sessionDescription
  if (!isMultipart(type)) return bareType(type) === sessionDescription ? { type, text: body } : undefined
  const parts = readParts(type, body)
  const found = parts.ok ? parts.value.find(isDescription) : undefined
  return found && { type: found.type, text: found.text }
}

/** The parts of a multipart body with one of the types that we carry. */
export function carriedIn({ headers, body }: SipRequest): readonly Part[] {
  const type = headers.first('Content-Type') ?? ''
  const parts = body !== '' && isMultipart(type) ? readParts(type, body) : undefined
  return parts?.ok === true ? parts.value.filter(part => carried.has(bareType(part.type))) : []
}

/** The reason to refuse a multipart body. A part without `handling` is required, unless it is one that we carry (RFC 3261 §20.11). */
export function multipartFault(type: string, body: string): 'malformed' | 'unknown' | undefined {
  const parts = readParts(type, body)
  if (!parts.ok) return 'malformed'
  // One of the alternatives is enough (RFC 2046 §5.1.4).
  if (bareType(type) === 'multipart/alternative') return parts.value.some(isDescription) ? undefined : 'unknown'
  return parts.value.every(part => isDescription(part) || mayBeIgnored(part)) ? undefined : 'unknown'
}

function mayBeIgnored({ type, disposition = '' }: Part): boolean {
  const [, handling] = /;[ \t]*handling[ \t]*=[ \t]*"?(\w+)/i.exec(disposition) ?? []
  return handling === undefined ? carried.has(bareType(type)) : handling.toLowerCase() === 'optional'
}

/** A disposition other than `session` means something else, such as early media (RFC 3959). */
const isDescription = ({ type, disposition = 'session' }: Part): boolean =>
  bareType(type) === sessionDescription && /^\s*(?:session|render)\b/i.test(disposition)
