import type { SipResponse } from './message.js'
import { serialize } from './serialize.js'

/** Bytes out for bytes in, at most: a sender's address is easily forged, and whoever has that address gets the answer. */
const mostPerByte = 1.5

/** What an answer needs by RFC 3261 §8.2.6, and what tells its reader what to do. */
const needed: ReadonlySet<string> = new Set([
  ...['Via', 'From', 'To', 'Call-ID', 'CSeq', 'WWW-Authenticate', 'Retry-After', 'Unsupported', 'Min-Expires'],
])
const challenge = 'WWW-Authenticate'

/** How many bytes may be answered to a request of so many. */
export const budgetOf = (size: number): number => Math.floor(size * mostPerByte)

/**
 * The answer in so many bytes at most: whole, else without what tells of us, else with one challenge, the last one, which old phones know too. Undefined: none is
 * as short.
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
