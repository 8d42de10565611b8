import { randomBytes } from 'node:crypto'
import type { Credentials, Endpoint } from '../sdp.js'
import { Allowance } from '../rtp/allowance.js'
import { writeBindingRequest, type BindingResponse } from './stun.js'

/** The credentials of both sides from one negotiation. */
export interface CredentialPair {
  readonly ours: Credentials
  readonly theirs: Credentials
}

/** An address from which a check came. */
interface Candidate {
  readonly at: Endpoint
  /** Our own check to it, until it is answered. */
  asked: { readonly transaction: Buffer; readonly pair: CredentialPair } | undefined
  isProven: boolean
  /** When its last check came, in milliseconds. */
  checkedAt: number
}

/** How many addresses are known at a time. A browser has one for each of its networks. */
const mostCandidates = 4
/** The rate of our own checks, in checks. A browser repeats its checks until one succeeds, so a lost check does no harm. */
const checks = { perSecond: 10, atOnce: 20 }
/** An address without checks for this long gets no sound (RFC 7675 §5.1), even if checks come from elsewhere. */
const consentMs = 30_000
/** How many DTLS flights (about 800 bytes each) may go to unproven addresses in a leg's life. */
export const mostUnprovenFlights = 6

/**
 * Where the browser is. The source of a datagram can be forged, and a check only proves that its sender knows our password. So
 * sound goes to an address only after somebody there has answered what we sent to it: our own connectivity check, whose
 * transaction id nobody can guess, or the DTLS handshake. Until then it goes to the previous address (docs/decisions/041).
 */
export class BrowserPlace {
  readonly #candidates: Candidate[] = []
  readonly #checks = new Allowance(checks.perSecond, checks.atOnce)
  /** The address that the browser nominated last, or checked before any nomination. */
  #claimed: Candidate | undefined
  /** Where sound goes. */
  #target: Candidate | undefined
  #nominated = false
  #unprovenFlights = 0

  /** The address to which sound goes. Undefined: no address is proven. */
  get target(): Endpoint | undefined {
    return this.#target?.at
  }

  /** Whether sound goes to this address. Before any address is proven: whether the browser claims it. */
  isAt(source: Endpoint): boolean {
    const place = this.#target ?? this.#claimed
    return place !== undefined && same(place.at, source)
  }

  /** Whether a handshake may come from this address: it passed a check and is in use. */
  mayShakeHands(source: Endpoint): boolean {
    return this.isAt(source) || (this.#claimed !== undefined && same(this.#claimed.at, source))
  }

  /** The browser's check came from this address. Returns our own check to it, if one is due. */
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

  /** A check response came from this address. False: it answers none of our checks. */
  answered(source: Endpoint, { transaction, isBy }: BindingResponse): boolean {
    const candidate = this.#candidates.find(({ at }) => same(at, source))
    const asked = candidate?.asked
    if (!asked?.transaction.equals(transaction) || !isBy(asked.pair.theirs.password)) return false
    this.prove(source)
    return true
  }

  /** Somebody at this address, which passed a check, has answered what we sent there. */
  prove(source: Endpoint): void {
    const candidate = this.#candidates.find(({ at }) => same(at, source))
    if (!candidate) return
    candidate.isProven = true
    candidate.asked = undefined
    if (!this.#target || candidate === this.#claimed) this.#target = candidate
  }

  /** Whether a flight of the handshake may go to this address. The flight is counted. */
  takesFlight(source: Endpoint): boolean {
    if (this.#candidates.some(({ at, isProven }) => isProven && same(at, source))) return true
    this.#unprovenFlights += 1
    return this.#unprovenFlights <= mostUnprovenFlights
  }

  /** Call it about once per second. */
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
