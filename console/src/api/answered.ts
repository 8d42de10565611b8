/** An answer of the API. `detail` is the server's own text. `unreachable`: no answer came, or a proxy answered for the server. */
export type Answered<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'problem'; readonly status: number; readonly detail: string }
  | { readonly kind: 'unreachable' }

/** The statuses of a proxy while the server behind it can't be reached (RFC 9110 §15.6). */
const byProxy = [502, 503, 504]

/** The answer for a status that is not 2xx. The server's own answers have a `detail` (RFC 9457), a proxy's don't. */
export function problemOf(status: number, statusText: string, body: string): Answered<never> {
  const detail = /"detail":("(?:[^"\\]|\\.)*")/.exec(body)?.[1]
  if (detail === undefined && byProxy.includes(status)) return { kind: 'unreachable' }
  return { kind: 'problem', status, detail: detail === undefined ? statusText : String(JSON.parse(detail)) }
}

/** What a page shows after the answer `next`. A page that has a value keeps it while the server can't be reached. */
export const newest = <Value>(last: Answered<Value> | undefined, next: Answered<Value>): Answered<Value> =>
  next.kind === 'unreachable' && last?.kind === 'ok' ? last : next
