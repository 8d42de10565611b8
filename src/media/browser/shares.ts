import type { LegOwner, Refusal } from '../../legs/gateway.js'

export interface ShareSettings {
  /** How many legs one account may start and have at a time. */
  readonly perAccount: number
  /** How many legs guests at one source address may have. */
  readonly perAddress: number
  /** The share of all legs that guests can't use, in percent. */
  readonly keptForAgents: number
}

type Counted = Extract<LegOwner, { kind: 'agent' | 'guest' }>

/**
 * Decides who may have another leg while ports are free. A called agent always may, because we make the phone ring, once per call.
 * Guests need no account, so all guests together get only a share of the legs.
 */
export class Shares {
  readonly #accounts = new Map<string, number>()
  readonly #addresses = new Map<string, number>()
  readonly #mostGuests: number
  #guests = 0

  constructor(
    private readonly settings: ShareSettings,
    /** The number of legs in all. */
    all: number,
  ) {
    this.#mostGuests = Math.floor((all * (100 - settings.keptForAgents)) / 100)
  }

  /** Counts another leg from now on, unless it is refused. */
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

/** Changes a count. Removes names without a leg, so that the map does not grow. */
function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
