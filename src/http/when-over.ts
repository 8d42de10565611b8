/** What is used of Node's response. Its errors go to the framework. */
interface Response {
  readonly destroyed: boolean
  once(event: 'close', told: () => void): unknown
}

/**
 * Calls `told` once, when nothing more is sent of this response: all of it was sent, or its connection has ended. If that has happened before,
 * it calls `told` at once: the event `close` of a client that left while the answer was made never comes again, and what waits for it would
 * count for ever.
 */
export function whenOver(response: Response, told: () => void): void {
  if (response.destroyed) told()
  else response.once('close', told)
}
