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
import type { Accounts } from './accounts.js'
import type { Account } from './issued.js'
import { Guesses, secondsPerGuess } from './guesses.js'
import type { Arrival } from './proxies.js'

/**
 * The result of checking a request's credentials. `arrival`: how they came. `why`: the label for counting; a
 * first challenge is not counted.
 */
export type Verdict =
  | { readonly kind: 'known'; readonly account: Account; readonly arrival: Arrival }
  | {
      readonly kind: 'refused'
      readonly status: 400 | 401 | 503
      readonly headers: readonly (readonly [string, string])[]
      readonly why?: 'badCredentials' | 'replayedNonce' | 'guessing' | 'malformed'
    }

interface AuthenticatorOptions {
  readonly accounts: Accounts
  readonly clock: Clock
  readonly random: RandomBytes
  /** How a request came. Undefined: one of its Vias is ambiguous. */
  readonly arrivalOf: (request: SipRequest, source: Hop) => Arrival | undefined
}

/**
 * Sends digest challenges and checks the answers (RFC 3261 §22, RFC 8760). An unknown account, or one without a password, gets
 * the same response in the same time as a wrong password. A password is only checked with a nonce that was given to the address
 * from which it comes. With any other nonce no guess is counted, because the address may be forged.
 */
export class Authenticator {
  readonly #nonces: Nonces
  readonly #guesses: Guesses
  /** The hashes that are compared for unknown accounts. */
  readonly #nobody

  constructor(private readonly options: AuthenticatorOptions) {
    const { clock, random } = options
    this.#nonces = new Nonces({ monotonic: () => clock.monotonic(), random })
    this.#guesses = new Guesses(clock)
    this.#nobody = passwordHashes('', '', Buffer.from(random(16)).toString('hex'))
  }

  /** Whether the right password was sent from this address before. */
  knows(host: string): boolean {
    return this.#guesses.knows(host)
  }

  /** The agent's password was right from this address before a restart. */
  restore(agent: string, origin: string): void {
    this.#guesses.succeeded(origin, this.options.accounts.nameOfAgent(agent))
  }

  /** Whether the request has a fresh nonce that was given to its address. Does not check the password. */
  answersChallenge(request: SipRequest, source: Hop): boolean {
    const { accounts, arrivalOf } = this.options
    const said = readCredentials(request.headers, accounts.realm)
    if (typeof said === 'string') return false
    const arrival = arrivalOf(request, source)
    return arrival !== undefined && this.#nonces.look(said.nonce, arrival.origin) === 'fresh'
  }

  check(request: SipRequest, source: Hop): Verdict {
    const { accounts, arrivalOf } = this.options
    const arrival = arrivalOf(request, source)
    if (!arrival) return { kind: 'refused', status: 400, headers: [], why: 'malformed' }
    const { origin } = arrival
    const said = readCredentials(request.headers, accounts.realm)
    if (said === 'none') return this.#challenge(source, origin, false)
    if (said === 'unreadable' || !accounts.algorithms.includes(said.algorithm))
      return this.#challenge(source, origin, false, 'badCredentials')
    // RFC 7616 §3.4.6. Checked before everything that depends on the account.
    if (!meansUri(said.uri, request.uri)) return { kind: 'refused', status: 400, headers: [], why: 'badCredentials' }
    // RFC 7616 §3.3, stale: the phone can answer again without asking its user. A wrong password gets the same response.
    if (this.#nonces.look(said.nonce, origin) !== 'fresh') return this.#challenge(source, origin, true)
    if (this.#guesses.isSlowed(origin, accounts.nameOf(said.username), arrival.unsureBehind))
      return { kind: 'refused', status: 503, headers: [['Retry-After', String(secondsPerGuess)]], why: 'guessing' }
    return this.#verify(said, request.method, source, arrival)
  }

  #verify(said: Credentials, method: string, source: Hop, arrival: Arrival): Verdict {
    const { accounts } = this.options
    const { origin, unsureBehind } = arrival
    const { username, nonce, nc } = said
    const [account, name] = [accounts.find(username), accounts.nameOf(username)]
    const right = isResponseTo(said, method, account?.hashes ?? this.#nobody)
    if (!account || !right) {
      this.#guesses.failed(origin, name, unsureBehind)
      return this.#challenge(source, origin, false, 'badCredentials')
    }
    if (!this.#nonces.use(nonce, nc)) return this.#challenge(source, origin, true, 'replayedNonce')
    this.#guesses.succeeded(origin, name)
    return { kind: 'known', account, arrival }
  }

  /**
   * One header field per algorithm, the preferred one first (RFC 8760 §2.4). For browsers MD5 comes first, because their usual
   * library reads only the first and only knows MD5.
   */
  #challenge(source: Hop, origin: string, stale: boolean, why?: 'badCredentials' | 'replayedNonce'): Verdict {
    const nonce = this.#nonces.issue(origin)
    const { algorithms, realm } = this.options.accounts
    const ordered = source.transport.startsWith('ws') ? algorithms.toSorted() : algorithms
    const headers = ordered.map(algorithm => ['WWW-Authenticate', formatChallenge({ realm, nonce, algorithm, stale })] as const)
    return { kind: 'refused', status: 401, headers, ...(why && { why }) }
  }
}
