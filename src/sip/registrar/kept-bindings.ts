import { fromWall, toWall, type Clock } from '../../foundation/clock.js'
import { between, later, millis, seconds, type WallTime } from '../../foundation/time.js'
import { areTexts, isHop, isObject } from '../dialog/session-state.js'
import { longestRegistration, type Binding } from './bindings.js'

/** What is kept of one address of record over a restart, as plain JSON. */
interface KeptPhones {
  /** The mark of the account that registered them. */
  readonly mark: string
  readonly bindings: readonly KeptBinding[]
  /** Addresses from which the account's password was right, the latest first. Absent in data of older versions. */
  readonly origins?: readonly string[]
}

/** The expiry is stored as wall-clock time, because the next process has its own time. */
type KeptBinding = Omit<Binding, 'ends' | 'expires'> & { readonly expires: WallTime }

interface RestoredPhones {
  readonly bindings: readonly Binding[]
  readonly origins: readonly string[]
}

/**
 * Leaves out bindings that end with the process: those on a connection (RFC 5626 §4.2.1), and those made with issued credentials.
 * Undefined: there is nothing to keep.
 */
export function keptPhones(
  mark: string,
  bindings: readonly Binding[],
  origins: readonly string[],
  clock: Clock,
): string | undefined {
  const stay = bindings
    .filter(({ flow, issuedTo }) => flow?.connection === undefined && issuedTo === undefined)
    .map(({ ends: _ends, expires, ...rest }): KeptBinding => ({ ...rest, expires: toWall(clock, expires) }))
  if (stay.length === 0 && origins.length === 0) return undefined
  return JSON.stringify({ mark, bindings: stay, origins } satisfies KeptPhones)
}

/**
 * The bindings that are still valid, if one of these marks shows that the account is unchanged. Undefined: the account changed,
 * or the text is not ours.
 */
export function restoredPhones(text: string, marks: readonly string[], clock: Clock): RestoredPhones | undefined {
  const kept = readKept(text)
  if (!kept || !marks.includes(kept.mark)) return undefined
  const [now, monotonic] = [clock.now(), clock.monotonic()]
  const bindings = kept.bindings
    .map(binding => ({ ...binding, expires: fromWall(clock, binding.expires) }))
    .filter(({ expires }) => expires > now)
    .map(binding => {
      // The machine's clock may have been set since the bindings were stored.
      const left = millis(Math.min(between(now, binding.expires), seconds(longestRegistration)))
      return { ...binding, expires: later(now, left), ends: monotonic + left }
    })
  return { bindings, origins: kept.origins ?? [] }
}

function readKept(text: string): KeptPhones | undefined {
  try {
    const kept: unknown = JSON.parse(text)
    if (!isObject(kept) || typeof kept['mark'] !== 'string' || !Array.isArray(kept['bindings'])) return undefined
    const bindings: unknown[] = kept['bindings']
    const origins: unknown = kept['origins'] ?? []
    if (!bindings.every(isBinding) || !Array.isArray(origins)) return undefined
    return { mark: kept['mark'], bindings, origins: (origins as unknown[]).filter(origin => typeof origin === 'string') }
  } catch {
    return undefined // Somebody edited the file. The phones come back when they register again.
  }
}

function isBinding(kept: unknown): kept is KeptBinding {
  if (!isObject(kept)) return false
  const { uri, callId, cseq, path, expires, flow, through = [] } = kept
  const isPath = [path, through].every(texts => Array.isArray(texts) && areTexts(...(texts as unknown[])))
  const numbers = typeof cseq === 'number' && typeof expires === 'number'
  return areTexts(uri, callId) && numbers && isPath && (flow === undefined || isHop(flow))
}
