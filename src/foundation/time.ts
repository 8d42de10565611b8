import { fault, ok, type Result } from './result.js'

/** A type that only one function makes, so that a plain string or number can't be passed by mistake. */
export type Brand<T, B extends string> = T & { readonly __brand: B }

/** A moment in the process's own time, which never jumps (`Clock.now`). Whole milliseconds since the epoch. */
export type Instant = Brand<number, 'Instant'>

/** A moment of the machine's wall clock, for people, files and calendars. Whole milliseconds since the epoch. */
export type WallTime = Brand<number, 'WallTime'>

/** A span of time in milliseconds, never negative. */
export type Millis = Brand<number, 'Millis'>

export const instant = (ms: number): Instant => ms as Instant
export const wallTime = (ms: number): WallTime => ms as WallTime
export const millis = (ms: number): Millis => ms as Millis
export const seconds = (s: number): Millis => (s * 1000) as Millis

export const later = (from: Instant, span: Millis): Instant => (from + span) as Instant
/** The span from one moment to another. Zero if `to` is not later. */
export const between = (from: Instant, to: Instant): Millis => Math.max(0, to - from) as Millis

/** The moment in ISO 8601, in UTC. */
export const iso = (at: WallTime): string => new Date(at).toISOString()

/** A number above this is a moment (after 2001). No span is that long (31 years). */
const leastMoment = 1_000_000_000_000

/**
 * Copies a plain JSON value and moves each moment in it by this many milliseconds. An object that occurs twice is copied once.
 */
export function moveMoments<T>(value: T, by: number): T {
  return by === 0 ? value : (moved(value, by, new Map()) as T)
}

function moved(value: unknown, by: number, done: Map<object, unknown>): unknown {
  if (typeof value === 'number') return value > leastMoment ? value + by : value
  if (typeof value !== 'object' || value === null) return value
  const known = done.get(value)
  if (known !== undefined) return known
  const copy = Array.isArray(value)
    ? value.map((each: unknown) => moved(each, by, done))
    : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, moved(each, by, done)]))
  done.set(value, copy)
  return copy
}

/** The latest moment in a plain JSON value, or 0 if it has none. */
export function latestMoment(value: unknown): number {
  if (typeof value === 'number') return value > leastMoment ? value : 0
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((latest, each) => Math.max(latest, latestMoment(each)), 0)
}

const unitMillis = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const
const durationForm = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/

/** Reads a duration as the config writes it: `20s`, `5m`, `1h30m`, `250ms`. */
export function parseDuration(text: string): Result<Millis> {
  const parts = durationForm.exec(text)
  if (!parts || text === '') return fault(`'${text}' is not a duration such as 20s, 5m or 1h30m`)
  const [, h = '0', m = '0', s = '0', ms = '0'] = parts
  return ok(millis(Number(h) * unitMillis.h + Number(m) * unitMillis.m + Number(s) * unitMillis.s + Number(ms)))
}

/** Prints the shortest form that `parseDuration` reads back to the same span. */
export function formatDuration(span: Millis): string {
  let rest: number = span
  let text = ''
  for (const unit of ['h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMillis[unit])
    rest -= count * unitMillis[unit]
    if (count > 0) text += `${count}${unit}`
  }
  return text === '' ? '0s' : text
}
