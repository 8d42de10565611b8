import type { LegOwner, Refusal } from '../../legs/gateway.js'

export interface ShareSettings {
  /** Legs that one account may begin and have at one time. */
  readonly perAccount: number
  /** Legs of guests from one source address. */
  readonly perAddress: number
  /** Percent of all legs that guests can't have. */
  readonly keptForAgents: number
}

type Counted = Extract<LegOwner, { kind: 'agent' | 'guest' }>

/**
 * Who may have another leg, while ports are free. Agents who are called always may: their phones ring because we ask, and each call rings them
 * once. Guests, who come and go with credentials that cost nothing, together have no more than their share.
 */
export class Shares {
  readonly #accounts = new Map<string, number>()
  readonly #addresses = new Map<string, number>()
  readonly #mostGuests: number
  #guests = 0

  constructor(
    private readonly settings: ShareSettings,
    /** Of legs. */
    all: number,
  ) {
    this.#mostGuests = Math.floor((all * (100 - settings.keptForAgents)) / 100)
  }

  /** Counted as another leg from here on, unless it is refused. */
  take(owner: LegOwner): Refusal | undefined {
    if (owner.kind === 'called') return undefined
    const refusal = this.#refusal(owner)
    if (refusal === undefined) this.#count(owner, 1)
    return refusal
  }

  giveBack(owner: LegOwner): void {
    if (owner.kind !== 'called') this.#count(owner, -1)
  }

  #refusal({ kind, account, address }: Counted): Refusal | undefined {
    const { perAccount, perAddress } = this.settings
    if ((this.#accounts.get(account) ?? 0) >= perAccount) return 'account'
    if (kind === 'agent') return undefined
    if (this.#guests >= this.#mostGuests) return 'guests'
    return (this.#addresses.get(address) ?? 0) >= perAddress ? 'address' : undefined
  }

  #count({ kind, account, address }: Counted, change: 1 | -1): void {
    add(this.#accounts, account, change)
    if (kind === 'agent') return
    add(this.#addresses, address, change)
    this.#guests += change
  }
}

/** Names without a leg are forgotten. */
function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
