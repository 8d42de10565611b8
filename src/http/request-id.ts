import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The header by which a proxy and Carillon name one request, in both directions. */
export const requestIdHeader = 'x-request-id'
/** It is copied into the log and into answers, so it is short and has no spaces. */
const taken = /^[\w.:=+/-]{1,64}$/

/** The id that the request brings, or a new one if it has none that can be taken. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[requestIdHeader]
  return typeof given === 'string' && taken.test(given) ? given : randomUUID()
}
