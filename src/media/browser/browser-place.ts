import { randomBytes } from 'node:crypto'
import type { Credentials, Endpoint } from '../sdp.js'
import { Allowance } from './allowance.js'
import { writeBindingRequest, type BindingResponse } from './stun.js'

/** The two sides' credentials of one negotiation. */
export interface CredentialPair {
  readonly ours: Credentials
  readonly theirs: Credentials
}

/** An address that a check came from. */
interface Candidate {
  readonly at: Endpoint
  /** Our question to it, until it is answered. */
  asked: { readonly transaction: Buffer; readonly pair: CredentialPair } | undefined
  isProven: boolean
  /** When its last check came, in milliseconds. */
  checkedAt: number
}

/** Addresses known at a time. A browser has one for each of its networks. */
const mostCandidates = 4
/** Our own checks. A browser repeats its checks until the way works, so a lost one is made good. */
const checks = { perSecond: 10, atOnce: 20 }
/** An address that asked nothing for so long gets no sound (RFC 7675 §5.1), even when checks come from elsewhere. */
const consentMs = 30_000
/** DTLS flights of some 800 bytes to addresses that have not proven themselves, in a leg's life. */
export const mostUnprovenFlights = 6

/**
 * Where the browser is. The source of a datagram can be forged, and a check proves only that its writer knows our password. So sound goes to
 * an address only when somebody there has answered what we sent to it: our own connectivity check, whose transaction nobody can guess, or the
 * DTLS handshake. Until then it goes to the address before (docs/decisions/041).
 */
export class BrowserPlace {
  readonly #candidates: Candidate[] = []
  readonly #checks = new Allowance(checks.perSecond, checks.atOnce)
  /** Where the browser nominated last, or asked before it nominated. */
  #claimed: Candidate | undefined
  /** Where sound goes. */
  #target: Candidate | undefined
  #nominated = false
  #unprovenFlights = 0

  /** Undefined: no address is proven. */
  get target(): Endpoint | undefined {
    return this.#target?.at
  }

  /** Whether this is where sound goes, or, before there is such a place, where the browser says that it is. */
  isAt(source: Endpoint): boolean {
    const place = this.#target ?? this.#claimed
    return place !== undefined && same(place.at, source)
  }

  /** Whether a handshake may come from there: an address that passed a check and is in use. */
  mayShakeHands(source: Endpoint): boolean {
    return this.isAt(source) || (this.#claimed !== undefined && same(this.#claimed.at, source))
  }

  /** A check of the browser's came from there. Gives the check of ours that is due to that address. */
  checked(source: Endpoint, nominates: boolean, pair: CredentialPair, now: number): Buffer | undefined {
    const known = this.#candidates.find(({ at }) => same(at, source))
    if (known) known.checkedAt = now
    if (nominates || !this.#nominated) this.#claimed = known ?? this.#add(source, now)
    this.#nominated ||= nominates
    const claimed = this.#claimed
    if (!claimed || !same(claimed.at, source)) return undefined
    if (claimed.isProven) {
      this.#target = claimed
      return undefined
    }
    if (!this.#checks.takes(now)) return undefined
    const transaction = claimed.asked?.pair.theirs.ufrag === pair.theirs.ufrag ? claimed.asked.transaction : randomBytes(12)
    claimed.asked = { transaction, pair }
    const username = `${pair.theirs.ufrag}:${pair.ours.ufrag}`
    return writeBindingRequest({ transaction, username, password: pair.theirs.password })
  }

  /** An answer to a check came from there; false: it answers none of ours. */
  answered(source: Endpoint, { transaction, isBy }: BindingResponse): boolean {
    const candidate = this.#candidates.find(({ at }) => same(at, source))
    const asked = candidate?.asked
    if (!asked?.transaction.equals(transaction) || !isBy(asked.pair.theirs.password)) return false
    this.prove(source)
    return true
  }

  /** Somebody at this address, which passed a check, has answered what was sent to it. */
  prove(source: Endpoint): void {
    const candidate = this.#candidates.find(({ at }) => same(at, source))
    if (!candidate) return
    candidate.isProven = true
    candidate.asked = undefined
    if (!this.#target || candidate === this.#claimed) this.#target = candidate
  }

  /** Whether a flight of the handshake may go there; it is counted. */
  takesFlight(source: Endpoint): boolean {
    if (this.#candidates.some(({ at, isProven }) => isProven && same(at, source))) return true
    this.#unprovenFlights += 1
    return this.#unprovenFlights <= mostUnprovenFlights
  }

  /** To be called about every second. */
  look(now: number): void {
    if (!this.#target || now - this.#target.checkedAt < consentMs) return
    this.#target.isProven = false
    this.#target = undefined
  }

  #add({ address, port }: Endpoint, checkedAt: number): Candidate {
    const made: Candidate = { at: { address, port }, asked: undefined, isProven: false, checkedAt }
    if (this.#candidates.length >= mostCandidates)
      this.#candidates.splice(
        this.#candidates.findIndex(each => each !== this.#target && each !== this.#claimed),
        1,
      )
    this.#candidates.push(made)
    return made
  }
}

export const same = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address
