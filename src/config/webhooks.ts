import type { Millis } from '../foundation/time.js'

export const webhookEvents = ['call.arrived', 'call.ringing', 'call.answered', 'call.ended'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

/** A program that is told about calls by HTTP. */
export interface WebhookSettings {
  readonly name: string
  /** http:// or https://, without a user, a password and a fragment. */
  readonly url: string
  /** The key of the signatures: at least 24 bytes. */
  readonly key: Uint8Array
  readonly events: readonly WebhookEvent[]
  /** The longest time until an answer. */
  readonly timeout: Millis
}

/** The URL without its query, which may hold a key of the receiver. */
export function shownWebhook(url: string): string {
  const { origin, pathname, search } = new URL(url)
  return `${origin}${pathname}${search === '' ? '' : '?…'}`
}
