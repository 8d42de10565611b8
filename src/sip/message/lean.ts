import type { SipResponse } from './message.js'
import { serialize } from './serialize.js'

/**
 * The most bytes sent per byte received. Sender addresses are easily forged, and the holder of a forged address gets the
 * response.
 */
const mostPerByte = 1.5

/** The fields that a response needs (RFC 3261 §8.2.6), and those that tell its receiver what to do. */
const needed: ReadonlySet<string> = new Set([
  ...['Via', 'From', 'To', 'Call-ID', 'CSeq', 'WWW-Authenticate', 'Retry-After', 'Unsupported', 'Min-Expires'],
])
const challenge = 'WWW-Authenticate'

/** How many bytes the response to a request of this size may have. */
export const budgetOf = (size: number): number => Math.floor(size * mostPerByte)

/**
 * The response in at most this many bytes. If it is too long, it loses its body and the fields that its receiver does not need.
 * If it is still too long, it keeps only the last challenge, which old phones also support. Undefined: even that is too long.
 */
export function lean(response: SipResponse, budget: number): Buffer | undefined {
  for (const answer of [whole, bare, withOneChallenge]) {
    const bytes = serialize(answer(response))
    if (bytes.length <= budget) return bytes
  }
  return undefined
}

const whole = (response: SipResponse): SipResponse => response

function bare(response: SipResponse): SipResponse {
  const headers = response.headers.clone()
  for (const name of new Set([...headers].map(([each]) => each))) if (!needed.has(name)) headers.delete(name)
  return { ...response, headers, body: '' }
}

function withOneChallenge(response: SipResponse): SipResponse {
  const { headers, ...rest } = bare(response)
  const last = headers.lines(challenge).at(-1)
  if (last !== undefined) headers.set(challenge, last)
  return { headers, ...rest }
}
