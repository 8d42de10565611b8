/** Fields of a log line. Every line about a call has `callId`. */
export interface LogFields {
  readonly event?: string
  readonly callId?: string
  readonly [field: string]: string | number | boolean | undefined
}

/**
 * The log port. A level that is off has no method, so `log.debug?.(…)` costs one property read and builds nothing.
 * - error: somebody must act.
 * - warn: a call was served worse than it should be.
 * - info: the story of a call.
 * - debug: decisions and the first lines of SIP messages.
 */
export interface Log {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info?(message: string, fields?: LogFields): void
  debug?(message: string, fields?: LogFields): void
  /** A log whose lines all carry these fields. */
  child(fields: LogFields): Log
}

/** Writes nothing. For tests and tools. */
export const silentLog: Log = {
  error: () => undefined,
  warn: () => undefined,
  child: () => silentLog,
}
