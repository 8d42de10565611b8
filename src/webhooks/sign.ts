import { createHmac } from 'node:crypto'

/**
 * The header fields of the specification Standard Webhooks. Receivers check them with its libraries: that Carillon sent the body, and that
 * nobody sends an old one again.
 */
export function signedHeaders(id: string, at: number, body: string, key: Uint8Array): Record<string, string> {
  const seconds = String(Math.floor(at / 1000))
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` }
}
