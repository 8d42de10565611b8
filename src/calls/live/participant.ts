import type { Timer } from '../../foundation/clock.js'
import type { Body, ExtraHeader, Writer } from '../../legs/body.js'
import type { InboundInfo } from '../../legs/info.js'
import type { Leg, LegListener } from '../../legs/leg.js'
import type { Reason } from '../../legs/reason.js'
import type { Anchor } from '../../media/port.js'
import type { InboundRenegotiation, RenegotiationOutcome } from '../../legs/renegotiation.js'
import type { AgentUri } from '../../routing/index.js'
import { backOff, type BackOffContext } from '../back-off.js'
import { digitOf, digitsAlone } from '../digits.js'
import { servesFor, type ShownSdp } from '../shown-sdp.js'

/** The role of a leg. `target`: of a forward action, or of a transfer to somebody who is not an agent. */
export type Role = 'caller' | 'agent' | 'target'

/** The identity of somebody in a call. */
export interface Person {
  readonly role: Role
  /** The name that others see. */
  readonly uri: string
  /** The agent. Undefined: not an agent. */
  readonly agent: AgentUri | undefined
  /** A trusted peer is responsible for the leg. */
  readonly trusted: boolean
}

export type Accepted = Extract<RenegotiationOutcome, { kind: 'accepted' }>
type Rejected = Extract<RenegotiationOutcome, { kind: 'rejected' }>

/** Why we send a re-INVITE. It decides what a refusal means. */
export type Purpose =
  /** Somebody else needs the answer: the other side for a hold or resume, a call with Replaces, or a relay with new ports. */
  | 'carry'
  /** It connects them to other media: a partner's, ours, or those of a transfer's target. */
  | 'bring'
  /** It tells them what the other side described. They may refuse, and then the media stay as they are. */
  | 'tell'

/** `crossed` is a 491: a re-INVITE of theirs crossed ours, or one is pending (RFC 3261 §14.2). */
type Refusal = 'crossed' | 'refused'

/**
 * Purpose × refusal. `report`: the side that asked decides; after a carried 491 that side backs off itself (docs/decisions/004).
 * `repeat`: our re-INVITE is repeated after the time of RFC 3261 §14.1. `drop`: nothing follows.
 */
export const refusalTable: Readonly<Record<Purpose, Readonly<Record<Refusal, 'report' | 'repeat' | 'drop'>>>> = {
  carry: { crossed: 'report', refused: 'report' },
  bring: { crossed: 'repeat', refused: 'report' },
  tell: { crossed: 'drop', refused: 'drop' },
}

/** The outcome of a re-INVITE that carries a request. */
interface Carried {
  accepted(outcome: Accepted): void
  refused(outcome: Rejected): void
}

/** The outcome of a re-INVITE that connects somebody to other media. */
interface Brought {
  /** They accepted the SDP, or had it already. The code that called `bring` sends the ACK by `acknowledge`. */
  arrived(outcome: Accepted): void
  refused(status: number): void
  /** Our re-INVITE crossed one of theirs, and the time of RFC 3261 §14.1 is over. The owner may call `bring` again. */
  again(): void
}

export interface ParticipantContext extends BackOffContext {
  /** The stored state has changed without an event of the core. */
  changed(): void
  /** The relay of an anchored call. Somebody who has its address and codec needs nothing new for another partner. */
  readonly anchor?: Anchor | undefined
}

/** What is known about somebody's media. */
export interface Media {
  /** Their latest SDP. Undefined: none yet. */
  readonly description: Body | undefined
  /** The SDP of the other side that they were shown. */
  readonly shown: ShownSdp
}

/**
 * Somebody who takes part in a call: their leg, their SDP, the SDP that they were shown, and their identity. All re-INVITEs of a live call go
 * through this class, so that refusals and crossing requests have one policy.
 */
export class Participant {
  readonly shown: ShownSdp
  #description: Body | undefined
  /** Runs from a 491 to the next attempt. */
  #again: Timer | undefined
  #isAsked = false
  /** The SDP that they have accepted, or that was our answer. */
  #has: Body | undefined

  constructor(
    readonly who: Person,
    readonly leg: Leg,
    /** Nothing that the other side gets may name them. */
    readonly hidden: boolean,
    { description, shown }: Media,
    private readonly context: ParticipantContext,
  ) {
    this.#description = description
    this.shown = shown
  }

  get description(): Body | undefined {
    return this.#description
  }

  /** A re-INVITE of ours is pending. */
  get isAsked(): boolean {
    return this.#isAsked
  }

  listen(listener: LegListener): void {
    this.leg.listen(listener)
  }

  // ---- SDP

  /** Stores their latest SDP. */
  describe(body: Body | undefined): void {
    if (body) this.#description = body
    this.context.changed()
  }

  /** The SDP of `from` in the form that they may see. */
  see(from: Participant): Body | undefined {
    return from.description && this.shown.of(from.description, from.leg, from.hidden)
  }

  /** The SDP of somebody without a leg yet who is not hidden. */
  seeCall(body: Body | undefined, from: Writer): Body | undefined {
    return body && this.shown.of(body, from, false)
  }

  /** Stores new SDP of `from`, and returns it in the form that they may see. Undefined: `from` gave none. */
  seeNew(body: Body | undefined, from: Participant): Body | undefined {
    from.describe(body)
    return body && this.see(from)
  }

  /** They have this SDP now. */
  given(body: Body | undefined): void {
    this.#has = body
  }

  /** What they have, if it serves for this SDP too. Undefined: they need new SDP. */
  has(body: Body | undefined): Body | undefined {
    const serves = this.context.anchor && this.#has && body && servesFor(this.#has, body)
    return serves ? this.#has : undefined
  }

  // ---- re-INVITEs

  /** Carries an offer of `from` to them, and their answer back. A request without SDP asks them for an offer, and the ACK has the answer. */
  carry(request: InboundRenegotiation, from: Participant): void {
    const delayed = request.body === undefined
    this.ask(this.seeNew(request.body, from), {
      refused: ({ status, headers }) => request.reject(status, this.hidden ? withoutWarning(headers) : headers),
      accepted: outcome => {
        if (!delayed) outcome.acknowledge()
        const seen = from.seeNew(outcome.body, this)
        from.given(seen)
        request.accept(seen, answer => {
          if (delayed) outcome.acknowledge(this.seeNew(answer, from))
        })
      },
    })
  }

  /** Sends a re-INVITE on behalf of somebody else, who gets the answer. Without a body it asks for an offer. */
  ask(body: Body | undefined, told: Carried): void {
    this.#renegotiate('carry', body, told)
  }

  /** Connects them to other media. */
  bring(body: Body, told: Brought): void {
    if (this.has(body)) return told.arrived({ kind: 'accepted', acknowledge: () => undefined })
    this.#renegotiate('bring', body, {
      accepted: outcome => told.arrived(outcome),
      refused: ({ status }) => told.refused(status),
      again: () => told.again(),
    })
  }

  /** Sends them new SDP of `from`, in the form that they may see. */
  tellNew(body: Body, from: Participant): void {
    const seen = this.seeNew(body, from)
    if (seen) this.tell(seen)
  }

  /** Sends them the other side's SDP. They did not ask for it, so a refusal changes nothing. */
  tell(body: Body): void {
    if (this.has(body)) return
    this.#renegotiate('tell', body, { accepted: outcome => outcome.acknowledge(), refused: () => undefined })
  }

  /** The only place where a live call sends a re-INVITE. */
  #renegotiate(purpose: Purpose, body: Body | undefined, told: Carried & Partial<Pick<Brought, 'again'>>): void {
    this.#isAsked = true
    this.leg.renegotiate(body, outcome => {
      this.#isAsked = false
      if (outcome.kind === 'accepted') {
        this.given(body)
        return told.accepted(outcome)
      }
      const move = refusalTable[purpose][outcome.status === 491 ? 'crossed' : 'refused']
      if (move === 'report') told.refused(outcome)
      else if (move === 'repeat') this.#again = backOff(this.context, this.#dialog, () => told.again?.())
    })
  }

  /** Who created the Call-ID, which decides how long we wait after a 491. An agent's phone created it if the phone called with Replaces. */
  get #dialog(): 'ours' | 'theirs' {
    return (this.leg.begunByPeer ?? this.who.role === 'caller') ? 'theirs' : 'ours'
  }

  // ---- INFO

  /** Forwards an INFO of `from`. From a hidden side only keys are forwarded, because other bodies may contain anything. */
  carryInfo(request: InboundInfo, from: Participant): void {
    if (from.hidden && digitOf(request.body) === undefined) return request.respond(415, undefined, digitsAlone)
    this.leg.info(request.body, from.hidden ? [] : request.headers, (status, body, headers) =>
      this.hidden ? request.respond(status) : request.respond(status, body, headers),
    )
  }

  // ---- ends

  /** Cancels pending repetitions. */
  rest(): void {
    this.#again?.cancel()
  }

  hangUp(reason?: Reason): void {
    this.rest()
    this.leg.hangUp(reason)
  }

  /** Hangs up without a report: the call continues without them. */
  leave(reason?: Reason): void {
    this.leg.listen({ ended: () => undefined })
    this.hangUp(reason)
  }

  /** Releases the leg: the next process continues it. Its end is not reported. */
  letGo(): void {
    this.rest()
    this.leg.listen({ ended: () => undefined })
    this.leg.letGo()
  }
}

/** A Warning names its host (RFC 3261 §20.43). */
const withoutWarning = (headers: readonly ExtraHeader[]): readonly ExtraHeader[] =>
  headers.filter(([name]) => name.toLowerCase() !== 'warning')
