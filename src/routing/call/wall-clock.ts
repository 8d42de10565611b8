import type { Zone } from 'luxon'

export const minuteSpan = 60_000
export const daySpan = 86_400_000

/** What the clocks on the walls of a zone show at a moment, as the milliseconds that UTC's count when they show the same. */
export const shownAt = (zone: Zone, at: number): number => at + zone.offset(at) * minuteSpan

/**
 * The moment at which the clocks show this. They show a time twice when summer time ends: `which` says which of the two. They skip a time when
 * summer time begins: that is the moment of the skip. By offsets alone: what luxon makes of a wall clock's time depends on the day on which it is asked.
 */
export function momentOf(zone: Zone, shown: number, which: 'first' | 'last' = 'first'): number {
  const [before, after] = [zone.offset(shown - daySpan), zone.offset(shown + daySpan)]
  const earlier = shown - before * minuteSpan
  if (before === after) return earlier
  const later = shown - after * minuteSpan
  if (zone.offset(earlier) === before && (which === 'first' || zone.offset(later) !== after)) return earlier
  return zone.offset(later) === after ? later : skipBetween(zone, later, earlier)
}

/** The first moment of the offset in force at `to`. */
function skipBetween(zone: Zone, from: number, to: number): number {
  const offset = zone.offset(to)
  let [early, late] = [from, to]
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2)
    if (zone.offset(middle) === offset) late = middle
    else early = middle
  }
  return late
}
