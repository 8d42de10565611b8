import { messageOf } from '../foundation/errors.js'
import { STATUS_CODES } from 'node:http'

/**
 * Headers of every response: a browser must follow its content type, show it in no frame of another page (a click there would be the
 * user's), and give it to no page of another site. The console's page has a longer policy instead.
 */
export const safeHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
} as const

/** A detail repeats parts of the request, such as unknown keys. It goes into the log and the store, so a longer one is cut. */
const longestDetail = 1_000

/** An error for the client, sent as RFC 9457 problem details. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** What was wrong with this request, and the remedy. At most 1,000 characters. */
  readonly detail: string

  constructor(
    readonly status: number,
    detail: string,
    /** Headers besides those of every response. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    const short = detail.length > longestDetail ? `${detail.slice(0, longestDetail - 1)}…` : detail
    super(short)
    this.detail = short
  }

  /** The document of RFC 9457 §3.1. `about:blank` means that the status says the kind. `requestId`: as in the log. */
  document(requestId: string): { type: string; title: string; status: number; detail: string; requestId: string } {
    const title = STATUS_CODES[this.status] ?? 'Error'
    return { type: 'about:blank', title, status: this.status, detail: this.detail, requestId }
  }
}

/** Reads the store. If the store can't be read, the response says so. */
export function readable<T>(reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    const why = messageOf(error)
    throw new Problem(503, `the records can't be read now (${why}); try again when /health/ready names no trouble with the store`)
  })
}
