import type { Signaling } from '../signaling/port.js'
import type { Timer } from '../foundation/clock.js'
import type { InboundCall } from '../legs/answering.js'
import type { Body, ExtraHeader } from '../legs/body.js'
import type { InboundInfo } from '../legs/info.js'
import type { LegEnd } from '../legs/leg-end.js'
import type { InboundRefer, Leg } from '../legs/leg.js'
import type { Reason } from '../legs/reason.js'
import type { InboundRenegotiation, RenegotiationOutcome } from '../legs/renegotiation.js'
import type { TransferSide } from '../routing/index.js'
import { backOff, type BackOffGround } from './back-off.js'
import { letGoOf, tellPartner } from './legs.js'
import { sameMedia, ShownSdp, withoutHold } from './shown-sdp.js'
import { shownUri } from './shown-uri.js'
import { answerInfo, digitOf, digitsAlone } from './digits.js'
import type { KeptSide } from './live-state.js'
import { referRefusal, sideLost } from './reasons.js'
import { keptSide, type Side } from './side.js'
import { Takeover } from './takeover.js'
import { Transfer, type Person, type PlaceChange, type ReferVerdict, type Role, type TransferWay } from './transfer.js'

/** Who asks that somebody takes the place of which side. */
export interface AskedTransfer {
  readonly by: TransferSide
  readonly how: 'refer' | 'replaces'
  readonly asker: string
  readonly to: string
  readonly agent?: NonNullable<Person['agent']>
}

export interface TalkListener {
  /** This side left, and the other was hung up. */
  ended(who: Role, end: LegEnd): void
  /** Answered by `proceed`. */
  transferBegan(asked: AskedTransfer): void
  /** The one who was to take the place has it. */
  transferThrough(): void
  transferFailed(status: number): void
  /** A REFER was refused by the rules. */
  transferRefused(asked: AskedTransfer): void
  /** This side asked for a transfer and left before it was through. */
  left(side: TransferSide): void
  /** Something of what `kept` gives is another. */
  changed(): void
}

export interface TalkGround extends BackOffGround {
  readonly signaling: Signaling
  /** Re-INVITEs of the partner that came before the join. */
  readonly early: readonly InboundRenegotiation[]
  /** Where this REFER of that side may lead. */
  judge(request: InboundRefer, by: Person): ReferVerdict
  /** As whom the side that stays is shown to the target. */
  wayOf(verdict: Extract<ReferVerdict, { kind: 'call' }>, by: Person, stays: Person): TransferWay
  /** Nothing that the caller gets may name an agent who talks on the called side. */
  readonly hidesAgents: boolean
}

interface Change {
  readonly by: Side
  readonly stays: Side
  readonly is: PlaceChange
}

type Accepted = Extract<RenegotiationOutcome, { kind: 'accepted' }>

/** A side that asks for more in one call is up to no good; each that is refused costs a line of the record. */
const mostTransfers = 20

/** A Warning names the host that warns (RFC 3261 §20.43). */
const withoutWarning = (headers: readonly ExtraHeader[]): readonly ExtraHeader[] =>
  headers.filter(([name]) => name.toLowerCase() !== 'warning')

/**
 * Two legs joined: each side's hold, resume and INFO go to the other, and the other's answer comes back. A 491 comes back too: the side that
 * began backs off (docs/decisions/004). Either side may give its place to another (docs/decisions/008, 025).
 */
export class Talk {
  /** The caller's side first, whoever stands there by now. */
  #sides: readonly [Side, Side]
  /** The side that asked for a transfer may hang up before it is through: then one side is left, and waits. */
  #alone: Side | undefined
  /** One side's place is being taken by another. */
  #change: Change | undefined
  #asked = 0
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

  /** Whose leg this is; undefined: none of ours. */
  personAt(leg: Leg): (Person & { readonly side: TransferSide }) | undefined {
    const found = this.#sides.find(side => side.leg === leg)
    return found && { ...found, side: this.#sideOf(found) }
  }

  /** Hangs up whoever is left. */
  end(reason: Reason | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#again?.cancel()
    this.#change?.is.cancel()
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
    this.#change?.is.cancel()
    for (const { leg } of this.#sides) letGoOf(leg)
  }

  /** A new call takes the place of one of our legs (RFC 3891). False: that leg is none of these, or another change is under way. */
  replace(leg: Leg, inbound: InboundCall, who: Omit<Person, 'role'>): boolean {
    const old = this.#sides.find(side => side.leg === leg)
    if (!old || this.#over || this.#change || this.#asked === mostTransfers) return false
    this.#asked += 1
    const stays = this.#otherOf(old)
    const is = new Takeover(inbound, old, stays, {
      accepted: outcome => this.#takenOver(outcome, inbound, who),
      failed: (status, wasTaken) => {
        if (wasTaken) this.#backTo(old, stays)
        this.#changeFailed(is, status)
      },
    })
    this.#begin({ by: old, stays, is }, 'replaces', who.uri, who.uri, who.agent)
    return true
  }

  /** What the core says to `transferBegan`. */
  proceed(granted: boolean): void {
    const change = this.#change
    if (!change) return
    if (granted) return change.is.start()
    this.#change = undefined
    change.is.refuse()
    this.#endIfAlone()
  }

  #begin(change: Change, how: AskedTransfer['how'], asker: string, to: string, agent: Person['agent']): void {
    this.#change = change
    const by = this.#sideOf(change.by)
    this.listener.transferBegan({ by, how, asker: shownUri(asker), to: shownUri(to), ...(agent !== undefined && { agent }) })
  }

  #sideOf(side: Side): TransferSide {
    return side === this.#sides[0] ? 'caller' : 'agent'
  }

  #takenOver(outcome: Accepted, inbound: InboundCall, who: Omit<Person, 'role'>): void {
    const change = this.#change
    if (!change) return
    const { by: old, stays } = change
    if (outcome.body) stays.description = outcome.body
    const shown = new ShownSdp()
    const leg = inbound.answer(outcome.body && shown.of(outcome.body, stays.leg, stays.hidden))
    const side = this.#newSide(old, who, leg, inbound.body, shown)
    if (inbound.body) outcome.acknowledge()
    this.#swap(old, side, stays)
    if (!inbound.body) this.#listen(side, stays, answer => outcome.acknowledge(this.#passed(answer, side, stays)))
  }

  #newSide(old: Side, who: Omit<Person, 'role'>, leg: Leg, description: Body | undefined, shown: ShownSdp): Side {
    const isAgent = who.agent !== undefined && this.#sideOf(old) === 'agent'
    const { uri, agent, trusted } = who
    return {
      ...{ uri, agent, trusted, leg, description, shown },
      role: isAgent ? 'agent' : 'target',
      hidden: isAgent && this.ground.hidesAgents,
    }
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
    if (this.#change) return request.reject(500, [['Retry-After', '2']])
    if (this.#asked === mostTransfers) return request.reject(603, referRefusal(603, 'Too many transfers in one call'))
    this.#asked += 1
    const verdict = this.ground.judge(request, by)
    if (verdict.kind === 'refused') {
      this.listener.transferRefused({ by: this.#sideOf(by), how: 'refer', asker: shownUri(by.uri), to: shownUri(request.to) })
      return request.reject(verdict.status, referRefusal(verdict.status, verdict.why))
    }
    const shown = new ShownSdp()
    const offered = stays.description && shown.of(withoutHold(stays.description), stays.leg, stays.hidden)
    const who = { uri: verdict.to, agent: verdict.agent, trusted: verdict.target.route !== undefined }
    const transfer = new Transfer(request, this.ground.wayOf(verdict, by, stays), offered, this.ground.signaling, {
      answered: (leg, description) => this.#takeTo(transfer, this.#newSide(by, who, leg, description, shown), stays, by),
      failed: status => this.#changeFailed(transfer, status),
    })
    this.#begin({ by, stays, is: transfer }, 'refer', by.uri, verdict.to, verdict.agent)
  }

  /** Whoever was called has answered: the side that stays is taken to them. */
  #takeTo(transfer: Transfer, target: Side, stays: Side, by: Side): void {
    if (this.#change?.is !== transfer) return
    stays.leg.renegotiate(this.#passed(target.description, target, stays), outcome => {
      if (outcome.kind === 'rejected') {
        if (outcome.status !== 491) return transfer.fail(outcome.status)
        const dialog = stays.role === 'caller' ? 'theirs' : 'ours'
        this.#again = backOff(this.ground, dialog, () => this.#takeTo(transfer, target, stays, by))
        return
      }
      outcome.acknowledge()
      // The target has hung up meanwhile.
      if (this.#change?.is !== transfer) return this.#backTo(by, stays)
      const answer = outcome.body
      if (answer && transfer.offered && !sameMedia(answer, transfer.offered))
        tellPartner(target.leg, this.#passed(answer, stays, target))
      else if (answer) stays.description = answer
      transfer.through()
      this.#swap(by, target, stays)
    })
  }

  #swap(old: Side, by: Side, stays: Side): void {
    this.#change = undefined
    this.#sides = stays === this.#sides[0] ? [stays, by] : [by, stays]
    this.#listen(stays, by)
    this.#listen(by, stays)
    this.listener.changed()
    const left = this.#alone !== undefined
    this.#alone = undefined
    if (!left) {
      old.leg.listen({ ended: () => undefined })
      old.leg.hangUp()
    }
    this.listener.transferThrough()
  }

  #changeFailed(is: PlaceChange, status: number): void {
    if (this.#change?.is !== is || this.#over) return
    this.#change = undefined
    this.listener.transferFailed(status)
    this.#endIfAlone()
  }

  /** The side that asked is gone, and nobody took its place: nobody is left to talk to. */
  #endIfAlone(): void {
    if (!this.#alone || this.#over) return
    this.end(undefined)
    this.listener.ended('target', { kind: 'hungUpByUs' })
  }

  #ended(side: Side, other: Side, end: LegEnd): void {
    if (this.#over) return
    if (side === this.#change?.by && !this.#alone) {
      this.#alone = other
      return this.listener.left(this.#sideOf(side))
    }
    if (end.kind === 'lost') this.end(sideLost)
    else this.end(end.kind === 'hungUp' && !side.hidden ? end.reason : undefined)
    this.listener.ended(side.role, end)
  }
}

/** Of whoever is hidden, keys alone go through: other bodies may say anything. */
function carryInfo(request: InboundInfo, from: Side, to: Side): void {
  if (from.hidden && digitOf(request.body) === undefined) return request.respond(415, undefined, digitsAlone)
  to.leg.info(request.body, from.hidden ? [] : request.headers, (status, body, headers) =>
    to.hidden ? request.respond(status) : request.respond(status, body, headers),
  )
}
