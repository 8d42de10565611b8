import { fault, ok, type Result } from './result.js'

/** A type that has exactly one kind of maker: a plain string or number can't be passed by mistake. */
export type Brand<T, B extends string> = T & { readonly __brand: B }

/** A moment: milliseconds since the epoch, whole. */
export type Instant = Brand<number, 'Instant'>

/** A span of time in milliseconds, never negative. */
export type Millis = Brand<number, 'Millis'>

export const instant = (ms: number): Instant => ms as Instant
export const millis = (ms: number): Millis => ms as Millis
export const seconds = (s: number): Millis => (s * 1000) as Millis

export const later = (from: Instant, span: Millis): Instant => (from + span) as Instant
/** The span from one moment to another; zero when `to` is not later. */
export const between = (from: Instant, to: Instant): Millis => Math.max(0, to - from) as Millis

const unitMillis = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const
const durationForm = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/

/** Reads `20s`, `5m`, `1h30m`, `250ms`; the config's form of a duration. */
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
