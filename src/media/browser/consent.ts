import type { LossReason } from '../port.js'
import type { CredentialPair } from './browser-place.js'

/** A browser without checks for this long has gone (RFC 7675 §5.1). */
export const lostAfterMs = 30_000
/** Browsers start checks at once. A leg without any check after this time ends, and its ports are free again. */
export const checkWithinMs = 10_000

/** Times in ms of the process's clock. */
type State =
  | { readonly kind: 'notAgreed' }
  /** The two sides agreed, and no check has come yet. */
  | { readonly kind: 'awaited'; readonly since: number }
  | { readonly kind: 'given'; readonly at: number }

/** Whether the browser still wants the leg, as its connectivity checks show (RFC 7675). Times are in milliseconds. */
export class Consent {
  #state: State = { kind: 'notAgreed' }
  /** The latest credentials, and the previous ones, which the browser may still use in checks. */
  #credentials: readonly CredentialPair[] = []

  agree(pair: CredentialPair, now: number): void {
    if (this.#state.kind === 'notAgreed') this.#state = { kind: 'awaited', since: now }
    const before = this.#credentials.filter(({ ours }) => ours.ufrag !== pair.ours.ufrag)
    this.#credentials = [pair, ...before.slice(0, 1)]
  }

  /** The credentials that a check with this user name has to prove. */
  credentialsFor(username: string): CredentialPair | undefined {
    return this.#credentials.find(({ ours }) => username.startsWith(`${ours.ufrag}:`))
  }

  /** A check came whose sender knows our password. */
  give(now: number): void {
    this.#state = { kind: 'given', at: now }
  }

  /** Why the leg has to end. Undefined: it goes on. */
  lossAt(now: number): readonly [LossReason, string] | undefined {
    const state = this.#state
    if (state.kind === 'awaited' && now - state.since >= checkWithinMs) return ['noCheck', 'no connectivity check']
    if (state.kind === 'given' && now - state.at >= lostAfterMs) return ['silent', 'the browser asks no more']
    return undefined
  }
}
