import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The header with which a proxy and Carillon identify one request, in both directions. */
export const requestIdHeader = 'x-request-id'
/** It is copied into the log and into responses, so it is short and has no spaces. */
const taken = /^[\w.:=+/-]{1,64}$/

/** The id of the request, or a new one if it has no valid id. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers[requestIdHeader]
  return typeof given === 'string' && taken.test(given) ? given : randomUUID()
}
