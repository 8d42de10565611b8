import { between, millis, seconds, type Instant, type Millis } from '../../foundation/time.js'
import type { PhoneCall } from '../documents/dialog-info.js'
import type { OurCall } from './our-calls.js'

/** A fast PBX reports the end of our call shortly after our BYE or CANCEL. */
const shortest = seconds(2)
/** How long we wait for the first report of a PBX that has not reported any of our calls yet. */
const unknownLag = seconds(10)
/** We do not wait longer than this for a slow PBX. */
const longest = seconds(30)
/** A PBX that has not reported our call after this long does not report our calls at all. */
const silentFor = seconds(30)

/** What one subscription or publication has reported about our own calls so far. */
export interface Echoes {
  /** The keys of the calls that count as ours. */
  readonly keys: ReadonlySet<string>
  /** The calls of ours that it has reported. `over`: it has also reported their end. */
  readonly told: ReadonlyMap<OurCall, 'here' | 'over'>
  /** How long after our INVITE it reports a call. Undefined: not known yet. */
  readonly lag: Millis | undefined
}

export const noEchoes: Echoes = { keys: new Set(), told: new Map(), lag: undefined }

/** What a document reports, and what the one before it reported. `before` undefined: it is the first. */
interface Documents {
  readonly calls: readonly PhoneCall[]
  readonly before: readonly PhoneCall[] | undefined
}

/**
 * Finds which calls in a document are our own (docs/decisions/033). A call is ours if three things hold: it was not there before,
 * the agent did not dial it, and there is a call of ours that this source has not reported yet. One INVITE may ring several
 * phones, so while an offer rings, all ringing calls are ours. Of the talking calls, as many are ours as we have. A call that
 * once counted as ours stays ours. When all of these have ended, the oldest of our ended calls counts as reported, and the next
 * call is somebody else's.
 */
export function echoesIn({ calls, before }: Documents, ours: readonly OurCall[], last: Echoes, now: Instant): Echoes {
  const keys = new Set(calls.flatMap(({ key }) => (last.keys.has(key) ? [key] : [])))
  const told = stillTold(last, ours)
  if (last.keys.size > 0 && keys.size === 0) useUp(told, ours)
  const open = ours.filter(each => told.get(each) !== 'over')
  const rings = open.some(each => each.rings)
  const known = new Set(before?.map(({ key }) => key))
  const begun = calls.filter(({ key, phase }) => phase !== 'dialling' && !known.has(key))
  let { lag } = last
  for (const { key, phase } of begun) {
    if (keys.size >= open.length && !(rings && phase === 'ringing')) continue
    const first = open.find(each => !told.has(each))
    // Calls in the first document may have begun long ago, so they say nothing about the lag.
    if (first && before) lag = slower(lag, between(first.since, now))
    if (first) told.set(first, 'here')
    keys.add(key)
  }
  return { keys, told, lag }
}

const stillTold = ({ told }: Echoes, ours: readonly OurCall[]): Map<OurCall, 'here' | 'over'> =>
  new Map([...told].filter(([each]) => ours.includes(each)))

/** All calls that counted as ours are gone. So the end of our oldest ended call has been reported. */
function useUp(told: Map<OurCall, 'here' | 'over'>, ours: readonly OurCall[]): void {
  const over = ours.find(each => each.ended && told.get(each) !== 'over')
  if (over) told.set(over, 'over')
}

/**
 * The waiting time for one of our ended calls is over. If the source still reports more calls than we have, the rest are somebody
 * else's.
 */
export function fewerEchoes(last: Echoes, ours: readonly OurCall[]): Echoes {
  const told = stillTold(last, ours)
  const open = ours.filter(each => told.get(each) !== 'over')
  if (open.some(each => each.rings)) return { ...last, told }
  return { ...last, told, keys: new Set([...last.keys].slice(0, open.length)) }
}

/** How long after its end a call of ours may still be reported, judged by how fast these documents reported our calls so far. */
export function patienceFor(echoes: readonly Echoes[], call: OurCall, now: Instant): Millis {
  const lags = echoes.flatMap(({ lag }) => lag ?? [])
  if (lags.length > 0) return millis(Math.min(longest, Math.max(shortest, 2 * Math.max(...lags))))
  const isSilent = !echoes.some(({ told }) => told.has(call)) && between(call.since, now) > silentFor
  return isSilent ? shortest : unknownLag
}

/** The slowest recent lag. Each new report halves the weight of older ones, so a single slow one is forgotten. */
const slower = (lag: Millis | undefined, seen: Millis): Millis => millis(Math.max(seen, Math.round((lag ?? 0) / 2)))
