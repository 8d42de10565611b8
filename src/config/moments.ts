import { DateTime, IANAZone } from 'luxon'
import type { WallTime } from '../foundation/time.js'
import { fault, ok, type Result } from '../foundation/result.js'
import { didYouMean } from './faults.js'
import { zoneOfWindows } from './windows-zones.js'

const momentForm = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?$/

/** Reads a date, which means its first moment, or a date with a time of day such as `2026-12-24T13:00`. Both are wall-clock times. */
export function readMoment(text: string): Result<string> {
  const [whole, ...parts] = momentForm.exec(text) ?? []
  const [year, month, day, hour = 0, minute = 0] = parts.map(part => Number(part || 0))
  if (whole === undefined || year === undefined || month === undefined || day === undefined)
    return fault('expected a date such as 2026-12-24, or with a time 2026-12-24T13:00')
  const moment = DateTime.fromObject({ year, month, day, hour, minute }, { zone: 'utc' })
  return moment.isValid ? ok(wallClock(moment)) : fault('expected a date and time that exist')
}

/** What a wall clock in UTC shows, in the form of `readMoment`. */
export const utcMoment = (at: WallTime): string => wallClock(DateTime.fromMillis(at, { zone: 'utc' }))

const wallClock = (moment: DateTime): string => moment.toFormat("yyyy-MM-dd'T'HH:mm")

/**
 * Checks the name of a time zone. A name of Windows such as `W. Europe Standard Time` becomes its IANA name. Offsets such as +01:00 are
 * refused, because they have no summer time.
 */
export function readTimeZone(text: string): Result<string> {
  if (/^[a-z]/i.test(text) && IANAZone.isValidZone(text)) return ok(text)
  const zone = zoneOfWindows(text)
  if (zone !== undefined && IANAZone.isValidZone(zone)) return ok(zone)
  return fault(`expected a time zone such as Europe/Paris${didYouMean(text, Intl.supportedValuesOf('timeZone'))}`)
}
