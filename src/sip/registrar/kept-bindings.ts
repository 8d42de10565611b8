import { fromWall, toWall, type Clock } from '../../foundation/clock.js'
import { between, later, millis, seconds, type WallTime } from '../../foundation/time.js'
import { areTexts, isHop, isObject } from '../dialog/session-state.js'
import { longestRegistration, type Binding } from './bindings.js'

/** The bindings of one address of record as they outlive the process; plain JSON. */
interface KeptBindings {
  /** Of the account that registered them. */
  readonly mark: string
  readonly bindings: readonly KeptBinding[]
}

/** Its end is in wall time: the next process has a time of its own. */
type KeptBinding = Omit<Binding, 'ends' | 'expires'> & { readonly expires: WallTime }

/** Those that end with the process are left out: of a connection (RFC 5626 §4.2.1), and of issued credentials. Undefined: there are none. */
export function keptBindings(mark: string, bindings: readonly Binding[], clock: Clock): string | undefined {
  const stay = bindings
    .filter(({ flow, issuedTo }) => flow?.connection === undefined && issuedTo === undefined)
    .map(({ ends: _ends, expires, ...rest }): KeptBinding => ({ ...rest, expires: toWall(clock, expires) }))
  return stay.length === 0 ? undefined : JSON.stringify({ mark, bindings: stay } satisfies KeptBindings)
}

/** Those that hold on, when the account is still the one that registered them. None where the text is not ours. */
export function restoredBindings(text: string, mark: string, clock: Clock): readonly Binding[] {
  const kept = readKept(text)
  if (kept?.mark !== mark) return []
  const [now, monotonic] = [clock.now(), clock.monotonic()]
  return kept.bindings
    .map(binding => ({ ...binding, expires: fromWall(clock, binding.expires) }))
    .filter(({ expires }) => expires > now)
    .map(binding => {
      // The machine's clock may have been set meanwhile.
      const left = millis(Math.min(between(now, binding.expires), seconds(longestRegistration)))
      return { ...binding, expires: later(now, left), ends: monotonic + left }
    })
}

function readKept(text: string): KeptBindings | undefined {
  try {
    const kept: unknown = JSON.parse(text)
    if (!isObject(kept) || typeof kept['mark'] !== 'string' || !Array.isArray(kept['bindings'])) return undefined
    const bindings: unknown[] = kept['bindings']
    return bindings.every(isBinding) ? { mark: kept['mark'], bindings } : undefined
  } catch {
    return undefined // an edited file: the phones come back at their next refresh
  }
}

function isBinding(kept: unknown): kept is KeptBinding {
  if (!isObject(kept)) return false
  const { uri, callId, cseq, path, expires, flow } = kept
  const isPath = Array.isArray(path) && areTexts(...(path as unknown[]))
  const numbers = typeof cseq === 'number' && typeof expires === 'number'
  return areTexts(uri, callId) && numbers && isPath && (flow === undefined || isHop(flow))
}
