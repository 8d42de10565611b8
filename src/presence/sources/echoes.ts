import { between, millis, seconds, type Instant, type Millis } from '../../foundation/time.js'
import type { PhoneCall } from '../documents/dialog-info.js'
import type { OurCall } from './our-calls.js'

/** A PBX that tells at once says that our call is over a moment after our BYE or CANCEL. */
const shortest = seconds(2)
/** How long we wait for the first word of a PBX that has not told of any call of ours yet. */
const unknownLag = seconds(10)
/** A PBX that is slower is not waited for. */
const longest = seconds(30)
/** Who has not told of a call of ours for so long does not tell of our calls. */
const silentFor = seconds(30)

/** What one subscription or publication told of our own calls so far. */
export interface Echoes {
  /** Names of the calls that are taken for ours. */
  readonly keys: ReadonlySet<string>
  /** Calls of ours of which it told. `over`: it told of their end, too. */
  readonly told: ReadonlyMap<OurCall, 'here' | 'over'>
  /** How long after our INVITE it tells of it; undefined: not known yet. */
  readonly lag: Millis | undefined
}

export const noEchoes: Echoes = { keys: new Set(), told: new Map(), lag: undefined }

/** What a document tells, and what the one before it told; undefined: there was none. */
export interface Documents {
  readonly calls: readonly PhoneCall[]
  readonly before: readonly PhoneCall[] | undefined
}

/**
 * Which of the calls in a document are our own (docs/decisions/033). A call is ours when it was not there before, nobody dials it, and there is
 * a call of ours of which this source has not told yet. One of our INVITEs may ring several phones, so while an offer is open all that ring
 * are ours; of those that talk, as many as we have. What was once taken for ours stays so. When all of these have ended, the oldest call of
 * ours that is over is used up: the next call is another's.
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
    // The first document tells what has been there for long.
    if (first && before) lag = slower(lag, between(first.since, now))
    if (first) told.set(first, 'here')
    keys.add(key)
  }
  return { keys, told, lag }
}

const stillTold = ({ told }: Echoes, ours: readonly OurCall[]): Map<OurCall, 'here' | 'over'> =>
  new Map([...told].filter(([each]) => ours.includes(each)))

/** All that were taken for ours are gone: the oldest call of ours that is over was told to its end. */
function useUp(told: Map<OurCall, 'here' | 'over'>, ours: readonly OurCall[]): void {
  const over = ours.find(each => each.ended && told.get(each) !== 'over')
  if (over) told.set(over, 'over')
}

/** When the time of one of our calls is over: what still stands is another's, as far as it is more than what is left of ours. */
export function fewerEchoes(last: Echoes, ours: readonly OurCall[]): Echoes {
  const told = stillTold(last, ours)
  const open = ours.filter(each => told.get(each) !== 'over')
  if (open.some(each => each.rings)) return { ...last, told }
  return { ...last, told, keys: new Set([...last.keys].slice(0, open.length)) }
}

/** How long after its end a call of ours may still be told of, by one who told so far in these ways. */
export function patienceFor(echoes: readonly Echoes[], call: OurCall, now: Instant): Millis {
  const lags = echoes.flatMap(({ lag }) => lag ?? [])
  if (lags.length > 0) return millis(Math.min(longest, Math.max(shortest, 2 * Math.max(...lags))))
  const isSilent = !echoes.some(({ told }) => told.has(call)) && between(call.since, now) > silentFor
  return isSilent ? shortest : unknownLag
}

/** The slowest of late; a single slow one is forgotten by and by. */
const slower = (lag: Millis | undefined, seen: Millis): Millis => millis(Math.max(seen, Math.round((lag ?? 0) / 2)))
