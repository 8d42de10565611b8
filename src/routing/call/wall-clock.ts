import type { Zone } from 'luxon'

/** How far the clocks are ahead of UTC at a moment, in minutes. */
type Offsets = Pick<Zone, 'offset'>

export const minuteSpan = 60_000
export const daySpan = 86_400_000

/** What wall clocks in the zone show at a moment, as the Unix time in ms at which clocks in UTC show the same. */
export const shownAt = (zone: Zone, at: number): number => at + zone.offset(at) * minuteSpan

/**
 * The moment at which wall clocks in the zone show this time. When summer time ends, a time occurs twice, and `which` selects one. When it
 * starts, some times are skipped, and the result is the moment of the change. Only offsets are used, because the answer of luxon for an
 * ambiguous time depends on the day on which it is asked.
 */
export function momentOf(zone: Offsets, shown: number, which: 'first' | 'last' = 'first'): number {
  const [before, after] = [zone.offset(shown - daySpan), zone.offset(shown + daySpan)]
  const earlier = shown - before * minuteSpan
  if (before === after) return earlier
  const later = shown - after * minuteSpan
  if (zone.offset(earlier) === before && (which === 'first' || zone.offset(later) !== after)) return earlier
  return zone.offset(later) === after ? later : changeBetween(zone, later, earlier)
}

/** The first moment at which the offset of `to` is in force, found by binary search to the millisecond. */
export function changeBetween(zone: Offsets, from: number, to: number): number {
  const offset = zone.offset(to)
  let [early, late] = [from, to]
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2)
    if (zone.offset(middle) === offset) late = middle
    else early = middle
  }
  return late
}
