/** Fields of a log line. Every line about a call has `callId`. */
export interface LogFields {
  readonly event?: string
  readonly callId?: string
  readonly [field: string]: string | number | boolean | undefined
}

type LogMethod = (message: string, fields?: LogFields) => void

/** The levels, from the one with the fewest lines to the one with the most. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** The parts of the server whose log levels can be set separately. */
export const logAreas = ['server', 'config', 'calls', 'sip', 'media', 'presence', 'http', 'store'] as const
export type LogArea = (typeof logAreas)[number]
export type LogLevels = Readonly<Record<LogArea, LogLevel>>

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
  readonly info?: LogMethod | undefined
  readonly debug?: LogMethod | undefined
  /** A log whose lines all carry these fields. */
  child(fields: LogFields): Log
}

/** Writes nothing. For tests and tools. */
export const silentLog: Log = {
  error: () => undefined,
  warn: () => undefined,
  child: () => silentLog,
}
