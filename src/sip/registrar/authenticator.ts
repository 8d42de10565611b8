import type { Clock } from '../../foundation/clock.js'
import {
  formatChallenge,
  isResponseTo,
  meansUri,
  Nonces,
  passwordHashes,
  readCredentials,
  type Credentials,
} from '../message/digest.js'
import type { SipRequest } from '../message/message.js'
import type { RandomBytes } from '../transaction/tokens.js'
import type { Hop } from '../transport/transport.js'
import type { Account, Accounts } from './accounts.js'
import { Guesses, secondsPerGuess } from './guesses.js'

/** What a request's credentials came to. `why`: the word under which it is counted; a first challenge is nothing to count. */
export type Verdict =
  | { readonly kind: 'known'; readonly account: Account }
  | {
      readonly kind: 'refused'
      readonly status: 400 | 401 | 503
      readonly headers: readonly (readonly [string, string])[]
      readonly why?: 'badCredentials' | 'replayedNonce' | 'guessing'
    }

/**
 * Asks for digest credentials and checks them (RFC 3261 §22, RFC 8760). An account that is not there, or has no password, is answered as
 * one with another password would be, and as fast.
 */
export class Authenticator {
  readonly #nonces: Nonces
  readonly #guesses: Guesses
  /** Stands in for accounts that are not there. */
  readonly #nobody

  constructor(
    private readonly accounts: Accounts,
    clock: Clock,
    random: RandomBytes,
  ) {
    this.#nonces = new Nonces({ monotonic: () => clock.monotonic(), random })
    this.#guesses = new Guesses(clock)
    this.#nobody = passwordHashes('', '', Buffer.from(random(16)).toString('hex'))
  }

  /** Whether somebody showed the right password from that address before. */
  knows(host: string): boolean {
    return this.#guesses.knows(host)
  }

  check(request: SipRequest, source: Hop): Verdict {
    const said = readCredentials(request.headers, this.accounts.realm)
    if (said === 'none') return this.#challenge(source, false)
    if (said === 'unreadable' || !this.accounts.algorithms.includes(said.algorithm))
      return this.#challenge(source, false, 'badCredentials')
    // RFC 7616 §3.4.6: before anything that depends on the account.
    if (!meansUri(said.uri, request.uri)) return { kind: 'refused', status: 400, headers: [], why: 'badCredentials' }
    if (this.#guesses.isSlowed(source.host, this.accounts.nameOf(said.username)))
      return { kind: 'refused', status: 503, headers: [['Retry-After', String(secondsPerGuess)]], why: 'guessing' }
    return this.#verify(said, request.method, source)
  }

  #verify(said: Credentials, method: string, source: Hop): Verdict {
    const { username, nonce, nc } = said
    const [account, name] = [this.accounts.find(username), this.accounts.nameOf(username)]
    const right = isResponseTo(said, method, account?.hashes ?? this.#nobody)
    if (!account || !right) {
      this.#guesses.failed(source.host, name)
      return this.#challenge(source, false, 'badCredentials')
    }
    // The password is right, so asking again needs nobody to type it (RFC 7616 §3.3, stale).
    if (this.#nonces.look(nonce) !== 'fresh') return this.#challenge(source, true)
    if (!this.#nonces.use(nonce, nc)) return this.#challenge(source, true, 'replayedNonce')
    this.#guesses.succeeded(source.host, name)
    return { kind: 'known', account }
  }

  /**
   * One header field for each algorithm, the preferred one first (RFC 8760 §2.4); to browsers MD5 first, for their usual library reads no
   * further and knows no other.
   */
  #challenge(source: Hop, stale: boolean, why?: 'badCredentials' | 'replayedNonce'): Verdict {
    const nonce = this.#nonces.issue()
    const { algorithms } = this.accounts
    const ordered = source.transport.startsWith('ws') ? algorithms.toSorted() : algorithms
    const headers = ordered.map(
      algorithm => ['WWW-Authenticate', formatChallenge({ realm: this.accounts.realm, nonce, algorithm, stale })] as const,
    )
    return { kind: 'refused', status: 401, headers, ...(why && { why }) }
  }
}
