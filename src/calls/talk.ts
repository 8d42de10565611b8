import type {
  Body,
  ExtraHeader,
  InboundCall,
  InboundInfo,
  InboundRefer,
  InboundRenegotiation,
  Leg,
  LegEnd,
  Reason,
} from '../signaling/port.js'
import type { Timer } from '../foundation/clock.js'
import { backOff, type BackOffGround } from './back-off.js'
import { keptCaller, letGoOf } from './legs.js'
import { sameMedia, ShownSdp, withoutHold } from './shown-sdp.js'
import { answerInfo, digitOf, digitsAlone } from './digits.js'
import type { KeptSide } from './live-state.js'
import { sideLost } from './reasons.js'
import { Transfer, type Role, type TransferGround } from './transfer.js'

/** One of two who talk. */
export interface Side {
  readonly role: Role
  readonly leg: Leg
  /** Nothing that the other side gets may name whoever is here. */
  readonly hidden: boolean
  /** Their media, as they described them last. */
  description: Body | undefined
  /** What they were shown of the other side's. */
  readonly shown: ShownSdp
}

export interface TalkListener {
  /** This side left, and the other was hung up. */
  ended(who: Role, end: LegEnd): void
  /** This side sent the other on to somebody else, and is gone. */
  transferred(by: Role): void
  /** Something of what `kept` gives is another. */
  changed(): void
}

export interface TalkGround extends TransferGround, BackOffGround {
  /** Re-INVITEs of the partner that came before the join. */
  readonly early: readonly InboundRenegotiation[]
}

/** A Warning names the host that warns (RFC 3261 §20.43). */
const withoutWarning = (headers: readonly ExtraHeader[]): readonly ExtraHeader[] =>
  headers.filter(([name]) => name.toLowerCase() !== 'warning')

/**
 * Two legs joined: each side's hold, resume and INFO go to the other, and the other's answer comes back. A 491 comes back too: the side that
 * began backs off (docs/decisions/004). Either side may send the other on (docs/decisions/008).
 */
export class Talk {
  #sides: readonly [Side, Side]
  /** Whoever referred may hang up before the transfer is through: then one side is left, and waits. */
  #alone: Side | undefined
  #transfer: Transfer | undefined
  #referrer: Side | undefined
  #again: Timer | undefined
  #over = false

  constructor(
    caller: Side,
    partner: Side,
    private readonly ground: TalkGround,
    private readonly listener: TalkListener,
  ) {
    this.#sides = [caller, partner]
    this.#listen(caller, partner)
    this.#listen(partner, caller)
    for (const request of ground.early) this.#carry(request, partner, caller)
  }

  /** Hangs up whoever is left. */
  end(reason: Reason | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#again?.cancel()
    this.#transfer?.cancel()
    for (const { leg } of this.#sides) leg.hangUp(reason)
  }

  /** Both sides, as they outlive the process. A transfer under way does not. */
  kept(): readonly [KeptSide, KeptSide] {
    const [one, other] = this.#sides
    return [keptSide(one), keptSide(other)]
  }

  /** Nothing is said to either: the next process goes on. */
  letGo(): void {
    this.#over = true
    this.#again?.cancel()
    this.#transfer?.cancel()
    for (const { leg } of this.#sides) letGoOf(leg)
  }

  /** A new call takes the place of one of our legs (RFC 3891). False: that leg is none of these, or is being transferred already. */
  replace(leg: Leg, by: InboundCall): boolean {
    const old = this.#sides.find(side => side.leg === leg)
    if (!old || this.#over || this.#transfer) return false
    const stays = this.#otherOf(old)
    let gone = false
    by.listen({ cancelled: () => (gone = true) })
    stays.leg.renegotiate(by.body && stays.shown.of(by.body, by, false), outcome => {
      if (outcome.kind === 'rejected') return by.reject(outcome.status)
      if (gone || this.#over) {
        outcome.acknowledge(by.body ? undefined : old.description)
        return this.#backTo(old, stays)
      }
      if (outcome.body) stays.description = outcome.body
      const shown = new ShownSdp()
      const taken = by.answer(outcome.body && shown.of(outcome.body, stays.leg, stays.hidden))
      const side: Side = { role: 'target', leg: taken, hidden: false, description: by.body, shown }
      if (by.body) outcome.acknowledge()
      this.#swap(old, side, stays)
      if (!by.body) this.#listen(side, stays, answer => outcome.acknowledge(this.#passed(answer, side, stays)))
    })
    return true
  }

  /** Whoever the side that stays was taken to is gone, and it comes back. */
  #backTo(old: Side, stays: Side): void {
    if (this.#over || !old.description) return
    stays.leg.renegotiate(stays.shown.of(old.description, old.leg, old.hidden), back => {
      if (back.kind === 'accepted') back.acknowledge()
    })
  }

  /** What `to` gets to see of a body that came from `from`. */
  #passed(body: Body | undefined, from: Side, to: Side): Body | undefined {
    if (body) from.description = body
    this.listener.changed()
    return body && to.shown.of(body, from.leg, from.hidden)
  }

  #otherOf(side: Side): Side {
    const [one, other] = this.#sides
    return side === one ? other : one
  }

  #listen(side: Side, other: Side, confirmed: (answer?: Body) => void = () => undefined): void {
    side.leg.listen({
      confirmed,
      renegotiation: request => this.#carry(request, side, other),
      info: request => (this.#alone === side ? answerInfo(request) : carryInfo(request, side, other)),
      refer: request => this.#referred(request, side, other),
      ended: end => this.#ended(side, other, end),
    })
  }

  /** An offer is answered by the other side's answer; a request for an offer by the other side's, whose answer comes with the ACK. */
  #carry(request: InboundRenegotiation, from: Side, to: Side): void {
    // Nobody is there to ask until the transfer is through: the side that waits tries again (RFC 3261 §14.1).
    if (this.#alone === from) return request.reject(491)
    const delayed = request.body === undefined
    to.leg.renegotiate(this.#passed(request.body, from, to), outcome => {
      if (outcome.kind === 'rejected')
        return request.reject(outcome.status, to.hidden ? withoutWarning(outcome.headers) : outcome.headers)
      if (!delayed) outcome.acknowledge()
      request.accept(this.#passed(outcome.body, to, from), answer => {
        if (delayed) outcome.acknowledge(this.#passed(answer, from, to))
      })
    })
  }

  #referred(request: InboundRefer, by: Side, stays: Side): void {
    // One at a time; the next may come when this one is through.
    if (this.#transfer) return request.reject(500, [['Retry-After', '2']])
    const shown = new ShownSdp()
    const offered = stays.description && shown.of(withoutHold(stays.description), stays.leg, stays.hidden)
    const transfer = new Transfer(request, stays.role, offered, this.ground, {
      answered: (leg, description) => {
        const target: Side = { role: 'target', leg, hidden: false, description, shown }
        this.#takeTo(transfer, target, stays, by)
      },
      failed: () => this.#transferFailed(transfer, stays),
    })
    if (!transfer.begun) return
    this.#transfer = transfer
    this.#referrer = by
    transfer.start()
  }

  /** Whoever was called has answered: the side that stays is taken to them. */
  #takeTo(transfer: Transfer, target: Side, stays: Side, by: Side): void {
    if (this.#transfer !== transfer) return
    stays.leg.renegotiate(this.#passed(target.description, target, stays), outcome => {
      if (outcome.kind === 'rejected') {
        if (outcome.status !== 491) return transfer.fail(outcome.status)
        const dialog = stays.role === 'caller' ? 'theirs' : 'ours'
        this.#again = backOff(this.ground, dialog, () => this.#takeTo(transfer, target, stays, by))
        return
      }
      outcome.acknowledge()
      // The target has hung up meanwhile.
      if (this.#transfer !== transfer) return this.#backTo(by, stays)
      const answer = outcome.body
      if (answer && transfer.offered && !sameMedia(answer, transfer.offered)) tell(target, this.#passed(answer, stays, target))
      else if (answer) stays.description = answer
      transfer.through()
      this.#transfer = undefined
      this.#swap(by, target, stays)
    })
  }

  #swap(old: Side, by: Side, stays: Side): void {
    this.#sides = stays === this.#sides[0] ? [stays, by] : [by, stays]
    this.#listen(stays, by)
    this.#listen(by, stays)
    this.listener.changed()
    const left = this.#alone !== undefined
    this.#alone = undefined
    if (left) return
    old.leg.listen({ ended: () => undefined })
    old.leg.hangUp()
    this.listener.transferred(old.role)
  }

  #transferFailed(transfer: Transfer, stays: Side): void {
    if (this.#transfer === transfer) this.#transfer = undefined
    // Whoever referred is gone: nobody is left to talk to.
    if (this.#alone !== stays || this.#over) return
    this.end(undefined)
    this.listener.ended('target', { kind: 'hungUpByUs' })
  }

  #ended(side: Side, other: Side, end: LegEnd): void {
    if (this.#over) return
    if (this.#transfer && side === this.#referrer && !this.#alone) {
      this.#alone = other
      return this.listener.transferred(side.role)
    }
    if (end.kind === 'lost') this.end(sideLost)
    else this.end(end.kind === 'hungUp' && !side.hidden ? end.reason : undefined)
    this.listener.ended(side.role, end)
  }
}

const keptSide = ({ role, leg, hidden, description, shown }: Side): KeptSide => ({
  role,
  hidden,
  ...keptCaller(leg, description, shown),
})

/** The answer of the side that stays is not what was offered in its name: another port, other codecs, or a hold. */
function tell({ leg }: Side, body: Body | undefined): void {
  leg.renegotiate(body, outcome => {
    if (outcome.kind === 'accepted') outcome.acknowledge()
  })
}

/** Of whoever is hidden, keys alone go through: other bodies may say anything. */
function carryInfo(request: InboundInfo, from: Side, to: Side): void {
  if (from.hidden && digitOf(request.body) === undefined) return request.respond(415, undefined, digitsAlone)
  to.leg.info(request.body, from.hidden ? [] : request.headers, (status, body) =>
    request.respond(status, to.hidden ? undefined : body),
  )
}
