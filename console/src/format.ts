/** How the console writes dates, durations and people. These functions are pure: they get the time and the locale as arguments. */

/** `0:42`, `12:05`, `1:03:09`. Negative values count as 0. */
export function clockSpan(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (part: number): string => String(part).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** Seconds from the moment until `at`, at least 0. */
export const secondsSince = (moment: string, at: number): number => Math.max(0, (at - Date.parse(moment)) / 1_000)

/** `+15550100` from `sip:+15550100@gw.example.com;user=phone`. A text that is not a SIP or tel URI stays as it is. */
export function userOf(uri: string): string {
  const [, user] = /^sips?:([^@;?]+)@/i.exec(uri) ?? /^tel:([^;]+)/i.exec(uri) ?? []
  return user === undefined ? uri : unescaped(user)
}

/** The caller's name, or the number if the name is missing. Empty if neither is known. */
export const callerLabel = (caller: string, name: string | null | undefined): string =>
  name !== null && name !== undefined && name !== '' ? name : userOf(caller)

/** `AM` for Alice Martin. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter(word => word !== '')
  const letters = words.length > 1 ? [words.at(0), words.at(-1)] : [words.at(0)]
  return letters.map(word => (word ?? '').slice(0, 1).toUpperCase()).join('')
}

export const clockTime = (moment: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(Date.parse(moment))

/** `3 pm` or `15 h`. `at` is in milliseconds since the epoch. */
export const hourOf = (at: number, locale: string): string => new Intl.DateTimeFormat(locale, { hour: 'numeric' }).format(at)

/** A time of day with seconds, because talks may be short. */
export const secondTime = (moment: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(Date.parse(moment))

/** A time of day with milliseconds, for events that follow each other closely. */
export const exactTime = (moment: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 }).format(
    Date.parse(moment),
  )

export const dayAndTime = (moment: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(
    Date.parse(moment),
  )

/** `86%` or `86 %` for a share from 0 to 1. */
export const percent = (share: number, locale: string): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share)

export const decimal = (value: number, locale: string): string =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value)

/** The last midnight in the browser's time zone, in the API's format. */
export function startOfDay(at: number): string {
  const midnight = new Date(at)
  midnight.setHours(0, 0, 0, 0)
  return midnight.toISOString()
}

/** The next midnight. 25.5 hours after a midnight is always within the next day, also if the day has 23 or 25 hours. */
export const nextMidnight = (midnight: string): string => startOfDay(Date.parse(midnight) + 25.5 * 3_600_000)

/**
 * The start of a day (`2026-11-27`, from a date field or the page's address) in the browser's time zone, or of the day `daysLater`
 * days after it. Undefined if the text is not a date. Counts calendar days, because a day has 23 or 25 hours when clocks change.
 */
export function dayBegin(field: string, daysLater = 0): string | undefined {
  const day = /^\d{4}-\d\d-\d\d$/.test(field) ? new Date(`${field}T00:00`) : new Date(NaN)
  day.setDate(day.getDate() + daysLater)
  return Number.isNaN(day.getTime()) ? undefined : day.toISOString()
}

/** `2026-11-27`, the format of a date field: the day in the browser's time zone, or `daysLater` days after it. */
export function dayField(at: number, daysLater = 0): string {
  const day = new Date(at)
  day.setDate(day.getDate() + daysLater)
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}

/**
 * The text to search callers for: lower case without accents, or a number without the separators that people write. The server searches
 * finished calls in the same way (src/store/filter.ts).
 */
export const callerSought = (text: string): string =>
  /^[+\d][\d\s().-]*$/.test(text.trim()) ? text.replace(/[\s().-]/g, '') : plain(text)

/** Lower case without accents, for searching. */
export const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()

function unescaped(user: string): string {
  try {
    return decodeURIComponent(user)
  } catch {
    return user // It has a percent sign that is not an escape.
  }
}
