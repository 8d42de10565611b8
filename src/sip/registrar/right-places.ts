import { detached } from '../../foundation/detached.js'
import { networkAt } from '../message/ipv6.js'

/** Per account. Beyond that, the network that was right longest ago is dropped. */
const mostOfAccount = 20
/** Beyond that, the account that was right longest ago is dropped. */
const mostAccounts = 10_000

/**
 * The networks from which the password of each account was right: IPv4 addresses and IPv6 /64s. Each account has its own limit, so
 * an account that shows its password from everywhere pushes out only its own networks.
 */
export class RightPlaces {
  readonly #byAccount = new Map<string, Set<string>>()
  /** How many accounts were right in a network. */
  readonly #counts = new Map<string, number>()

  add(host: string, of: string): void {
    const [network, account] = [detached(networkAt(host, 64)), detached(of)]
    const networks = this.#byAccount.get(account) ?? new Set()
    this.#byAccount.delete(account)
    this.#byAccount.set(account, networks)
    if (!networks.delete(network)) this.#count(network, 1)
    networks.add(network)
    const [oldest = network] = networks
    if (networks.size > mostOfAccount && networks.delete(oldest)) this.#count(oldest, -1)
    if (this.#byAccount.size > mostAccounts) this.#forgetOldest()
  }

  has(host: string, account: string): boolean {
    return this.#byAccount.get(account)?.has(networkAt(host, 64)) === true
  }

  /** Whether the password of any account was right there. */
  includes(host: string): boolean {
    return this.#counts.has(networkAt(host, 64))
  }

  #forgetOldest(): void {
    for (const [account, networks] of this.#byAccount) {
      this.#byAccount.delete(account)
      for (const network of networks) this.#count(network, -1)
      return
    }
  }

  #count(network: string, change: 1 | -1): void {
    const count = (this.#counts.get(network) ?? 0) + change
    if (count > 0) this.#counts.set(network, count)
    else this.#counts.delete(network)
  }
}
