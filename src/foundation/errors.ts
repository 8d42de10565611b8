/** The message of an error, for a log line or a text. Code may throw anything, so `error` need not be an Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The message with its stack trace, for an internal error. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Why an address can't be listened on, in words for an admin. */
export function whyNotBound(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : /\bE[A-Z]+\b/.exec(messageOf(error))?.[0]
  const words = code === undefined ? undefined : bindFaults[code]
  return words === undefined ? messageOf(error) : `${words} (${messageOf(error)})`
}

const bindFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses this port',
  EADDRNOTAVAIL: 'this machine does not have this address',
  EACCES: 'this user may not use this port',
}
