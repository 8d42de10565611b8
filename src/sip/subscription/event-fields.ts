import { smallNumber } from '../message/grammar.js'
import { parseParameters, type Parameters } from '../message/parameters.js'
import type { HeaderTable } from '../message/headers.js'

/** Readers of the header fields of RFC 6665 and RFC 3903. They return undefined for malformed fields and never throw. */

export interface SubscriptionState {
  /** An unknown state counts as `active` (RFC 6665 §4.1.3). */
  readonly state: 'active' | 'pending' | 'terminated'
  /** In lower case. */
  readonly reason?: string
  /** In seconds. */
  readonly expires?: number
  /** In seconds. */
  readonly retryAfter?: number
}

const largest = 2 ** 31 - 1

/** The name of the event package in lower case, without parameters. */
export const eventOf = (headers: HeaderTable): string | undefined =>
  headers.first('Event')?.split(';', 1)[0]?.trim().toLowerCase()

export function subscriptionState(headers: HeaderTable): SubscriptionState | undefined {
  const text = headers.first('Subscription-State')
  if (text === undefined) return undefined
  const semicolon = text.includes(';') ? text.indexOf(';') : text.length
  const parameters = parseParameters(text, semicolon)
  const word = text.slice(0, semicolon).trim().toLowerCase()
  if (word === '' || !parameters) return undefined
  const reason = parameters.get('reason')?.toLowerCase()
  return {
    state: word === 'pending' || word === 'terminated' ? word : 'active',
    ...(reason !== undefined && { reason }),
    ...numberIn(parameters, 'expires', 'expires'),
    ...numberIn(parameters, 'retry-after', 'retryAfter'),
  }
}

function numberIn(parameters: Parameters, name: string, key: 'expires' | 'retryAfter'): { [Key in typeof key]?: number } {
  const value = smallNumber(parameters.get(name), largest)
  return value === undefined ? {} : { [key]: value }
}

/** In seconds. */
export const expiresOf = (headers: HeaderTable): number | undefined => smallNumber(headers.first('Expires'), largest)

/** The shortest expiry that the peer accepts, in seconds, from a 423. */
export const minExpiresOf = (headers: HeaderTable): number | undefined => smallNumber(headers.first('Min-Expires'), largest)

/** In seconds, without the comment and the parameters (RFC 3261 §20.33). */
export const retryAfterOf = (headers: HeaderTable): number | undefined =>
  smallNumber(/^\d+/.exec(headers.first('Retry-After') ?? '')?.[0], largest)
