import { sourceOf } from '../sip/index.js'

/** An untrusted caller: the INVITE came with a password, and not from a trusted peer. */
interface Caller {
  /** The agent, or the holder of a guest's credentials. */
  readonly account: string
  /** The source IP address of the INVITE. */
  readonly address: string
}

/** How many simultaneous calls untrusted callers may have. */
export interface CallerLimits {
  readonly perAccount: number
  /** An IPv6 /48 counts as one address. */
  readonly perAddress: number
  /** The limit for all of them together. The rest of the server's calls is reserved for trusted peers. */
  readonly together: number
}

interface CallerSettings {
  readonly maxCalls: number
  /** `keptForPeers` is a percentage of `maxCalls`. */
  readonly callers: { readonly perAccount: number; readonly perAddress: number; readonly keptForPeers: number }
}

/** At least one call is left for untrusted callers, unless all are reserved. */
export const callerLimits = ({ maxCalls, callers: { keptForPeers, ...each } }: CallerSettings): CallerLimits => ({
  ...each,
  together: Math.ceil((maxCalls * (100 - keptForPeers)) / 100),
})

/** Why a call is refused. It is also the reason in the counter of rejected requests. */
type CallerRefusal = 'callsOfAccount' | 'callsFromAddress' | 'keptForPeers'

/** Counts the calls of untrusted callers, so that none of them can take the room of all others. */
export class CallerShares {
  readonly #accounts = new Map<string, number>()
  readonly #addresses = new Map<string, number>()
  #all = 0

  /** Why this caller gets no further call. Undefined: there is room. */
  refusal({ account, address }: Caller, { perAccount, perAddress, together }: CallerLimits): CallerRefusal | undefined {
    if ((this.#accounts.get(account) ?? 0) >= perAccount) return 'callsOfAccount'
    if ((this.#addresses.get(sourceOf(address)) ?? 0) >= perAddress) return 'callsFromAddress'
    return this.#all >= together ? 'keptForPeers' : undefined
  }

  /** Counts one more call, until the returned function is called. */
  take({ account, address }: Caller): () => void {
    this.#count(account, address, 1)
    return () => this.#count(account, address, -1)
  }

  #count(account: string, address: string, change: 1 | -1): void {
    add(this.#accounts, account, change)
    add(this.#addresses, sourceOf(address), change)
    this.#all += change
  }
}

/** Names without a call are removed. */
function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
