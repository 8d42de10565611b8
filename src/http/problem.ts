import { STATUS_CODES } from 'node:http'

/** On every answer: a browser takes it for what its type says. */
export const noSniffing = { 'x-content-type-options': 'nosniff' } as const

/** An error for the client, sent as RFC 9457 problem details. */
export class Problem extends Error {
  override readonly name = 'Problem'

  constructor(
    readonly status: number,
    /** What was wrong with this request, and the remedy. */
    readonly detail: string,
  ) {
    super(detail)
  }

  /** The document of RFC 9457 §3.1; `about:blank` says that the status tells the kind. */
  document(): { type: string; title: string; status: number; detail: string } {
    return { type: 'about:blank', title: STATUS_CODES[this.status] ?? 'Error', status: this.status, detail: this.detail }
  }
}
