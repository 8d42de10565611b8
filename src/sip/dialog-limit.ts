import type { Clock } from '../foundation/clock.js'
import type { DialogTaker, Payer } from './gate.js'
import { networkAt } from './message/ipv6.js'
import { Bucket, Buckets, type Rate } from './transport/peers.js'

/** The limits of one dialog, or of all dialogs of one account or address. */
interface Rates {
  readonly requests: Rate
  /** In bytes: a transaction keeps for 32 s about the length of the request. A longer response is charged when it is sent. */
  readonly bytes: Rate
}

const KiB = 1024

/** The burst is enough for a hold key, a hundred digits by INFO and all their retransmissions. */
const ofDialog: Rates = { requests: { burst: 200, perSecond: 20 }, bytes: { burst: 256 * KiB, perSecond: 64 * KiB } }
/** An account has at most 10 calls of its own, and few of them are busy. */
const ofAccount: Rates = { requests: { burst: 800, perSecond: 80 }, bytes: { burst: 1024 * KiB, perSecond: 256 * KiB } }
/** Higher than for an account, so that one account does not use up the share of the others at its address. */
const ofAddress: Rates = { requests: { burst: 2_000, perSecond: 400 }, bytes: { burst: 8 * 1024 * KiB, perSecond: 1024 * KiB } }
/** For the BYEs of one dialog. A dialog needs one BYE, with ten retransmissions over UDP. */
const byes: Rate = { burst: 20, perSecond: 2 }

/**
 * Limits the requests in dialogs of senders that are not trusted peers: for each dialog, account and address. Above the limit they get no
 * response. BYE has a limit of its own, so that other requests never keep a call from ending (docs/decisions/066).
 */
export class DialogLimit {
  /** By the dialog object, because a name could be of any length, and a forgotten dialog would start again. */
  readonly #dialogs = new WeakMap<DialogTaker, { readonly all: Pair; readonly byes: Bucket }>()
  readonly #accounts: Pairs
  readonly #addresses: Pairs

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {
    this.#accounts = new Pairs(clock, ofAccount)
    this.#addresses = new Pairs(clock, ofAddress)
  }

  /** `size`: that of the request, in bytes. `payer`: the account that pays for it, if any. */
  allows(method: string, host: string, dialog: DialogTaker, size: number, payer: string | undefined): boolean {
    const now = this.clock.monotonic()
    const known = this.#dialogs.get(dialog) ?? this.#open(dialog, now)
    if (method === 'BYE') return known.byes.take(now)
    if (!known.all.take(now, size)) return false
    return (payer === undefined || this.#accounts.take(payer, size)) && this.#addresses.take(networkAt(host, 64), size)
  }

  /** Takes the bytes of a long response, even if the limit is used up. */
  charge(host: string, dialog: DialogTaker, size: number, payer: string | undefined): void {
    const now = this.clock.monotonic()
    const known = this.#dialogs.get(dialog) ?? this.#open(dialog, now)
    known.all.charge(now, size)
    if (payer !== undefined) this.#accounts.charge(payer, size)
    this.#addresses.charge(networkAt(host, 64), size)
  }

  #open(dialog: DialogTaker, now: number): { readonly all: Pair; readonly byes: Bucket } {
    const opened = { all: new Pair(ofDialog, now), byes: new Bucket(byes, now) }
    this.#dialogs.set(dialog, opened)
    return opened
  }
}

/** The limits of one method outside dialogs. */
interface OutsideRates {
  /** For one account. */
  readonly ofAccount: Rates
  /** For all accounts at one address, which may be a proxy's. */
  readonly ofAddress: Rates
}

/** An account has at most 10 calls at a time, so a person or a small PBX begins few. */
export const newCalls: OutsideRates = {
  ofAccount: { requests: { burst: 50, perSecond: 5 }, bytes: { burst: 512 * KiB, perSecond: 64 * KiB } },
  ofAddress: { requests: { burst: 500, perSecond: 100 }, bytes: { burst: 4 * 1024 * KiB, perSecond: 512 * KiB } },
}

/** An account has few phones, each registers about once a minute, and 1 KiB is a long REGISTER. After a power cut, all phones of an office register at once. */
export const registrations: OutsideRates = {
  ofAccount: { requests: { burst: 50, perSecond: 5 }, bytes: { burst: 128 * KiB, perSecond: 8 * KiB } },
  ofAddress: { requests: { burst: 10_000, perSecond: 1_000 }, bytes: { burst: 16 * 1024 * KiB, perSecond: 1024 * KiB } },
}

/** The share of all guests at one address. There can be many of them, and they must not use up what the agents there need. */
const half = ({ requests, bytes }: Rates): Rates => ({ requests: halfOf(requests), bytes: halfOf(bytes) })
const halfOf = ({ burst, perSecond }: Rate): Rate => ({ burst: burst / 2, perSecond: perSecond / 2 })

/**
 * Limits the requests outside dialogs of senders that showed the right password and are not trusted peers. A transaction keeps the response,
 * which is about as long as the request, for 32 s. For an INVITE the SDP is also read.
 */
export class OutsideLimit {
  readonly #accounts: Pairs
  readonly #addresses: Pairs
  readonly #guests: Pairs

  constructor(clock: Pick<Clock, 'monotonic'>, { ofAccount, ofAddress }: OutsideRates) {
    this.#accounts = new Pairs(clock, ofAccount)
    this.#addresses = new Pairs(clock, ofAddress)
    this.#guests = new Pairs(clock, half(ofAddress))
  }

  /** `size`: that of the request, in bytes. */
  allows({ kind, account }: Payer, host: string, size: number): boolean {
    const network = networkAt(host, 64)
    if (!this.#accounts.take(account, size)) return false
    return (kind === 'agent' || this.#guests.take(network, size)) && this.#addresses.take(network, size)
  }

  /** Takes the bytes of a long response, even if the limit is used up. */
  charge(account: string, host: string, size: number): void {
    this.#accounts.charge(account, size)
    this.#addresses.charge(networkAt(host, 64), size)
  }
}

class Pair {
  readonly #requests: Bucket
  readonly #bytes: Bucket

  constructor({ requests, bytes }: Rates, now: number) {
    this.#requests = new Bucket(requests, now)
    this.#bytes = new Bucket(bytes, now)
  }

  take(now: number, size: number): boolean {
    return this.#requests.take(now) && this.#bytes.take(now, size)
  }

  charge(now: number, size: number): void {
    this.#bytes.charge(now, size)
  }
}

class Pairs {
  readonly #requests: Buckets
  readonly #bytes: Buckets

  constructor(clock: Pick<Clock, 'monotonic'>, { requests, bytes }: Rates) {
    this.#requests = new Buckets(clock, requests)
    this.#bytes = new Buckets(clock, bytes)
  }

  take(name: string, size: number): boolean {
    return this.#requests.take(name) && this.#bytes.take(name, size)
  }

  charge(name: string, size: number): void {
    this.#bytes.charge(name, size)
  }
}
