import { messageOf } from '../foundation/errors.js'
import type { Millis } from '../foundation/time.js'

/** What became of one attempt. */
export type Attempt =
  { readonly kind: 'answered'; readonly status: number } | { readonly kind: 'failed'; readonly because: string }

export interface Posted {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly timeout: Millis
  /** Ends the attempt early. */
  readonly gone: AbortSignal
}

export type Post = (posted: Posted) => Promise<Attempt>

/** Sends one event. Never rejects. The answer's body is not read, and a redirect is not followed. */
export const post: Post = async ({ url, headers, body, timeout, gone }) => {
  const tooLate = AbortSignal.timeout(timeout)
  try {
    const response = await fetch(url, {
      ...{ method: 'POST', body, redirect: 'manual', signal: AbortSignal.any([tooLate, gone]) },
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'Carillon' },
    })
    // A connection with an unread answer can't be used again.
    await response.body?.cancel()
    return { kind: 'answered', status: response.status }
  } catch (error) {
    if (tooLate.aborted) return { kind: 'failed', because: `no answer within ${timeout / 1000} s` }
    // The cause of a fetch error has the reason, such as a refused connection.
    return { kind: 'failed', because: messageOf(error instanceof Error && error.cause instanceof Error ? error.cause : error) }
  }
}
