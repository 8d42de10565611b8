import type { Timer } from '../../foundation/clock.js'
import type { Body, ExtraHeader, Writer } from '../../legs/body.js'
import type { InboundInfo } from '../../legs/info.js'
import type { Leg, LegListener } from '../../legs/leg.js'
import type { Reason } from '../../legs/reason.js'
import type { InboundRenegotiation, RenegotiationOutcome } from '../../legs/renegotiation.js'
import type { AgentUri } from '../../routing/index.js'
import { backOff, type BackOffContext } from '../back-off.js'
import { digitOf, digitsAlone } from '../digits.js'
import type { ShownSdp } from '../shown-sdp.js'

/** Whose leg it is. `target`: of a forward action, or of a transfer, if that is no agent. */
export type Role = 'caller' | 'agent' | 'target'

/** Who somebody in a call is. */
export interface Person {
  readonly role: Role
  /** As others are told who they are. */
  readonly uri: string
  /** The agent that this is. Undefined: somebody else. */
  readonly agent: AgentUri | undefined
  /** A trusted peer stands behind their leg. */
  readonly trusted: boolean
}

export type Accepted = Extract<RenegotiationOutcome, { kind: 'accepted' }>
type Rejected = Extract<RenegotiationOutcome, { kind: 'rejected' }>

/** Why we send a re-INVITE, which says what its refusal means. */
export type Purpose =
  /** Somebody else asked for it, and gets the answer: a hold, a resume, a call with Replaces. */
  | 'carry'
  /** We bring them to other media: a partner's, ours, or those of a transfer's target. */
  | 'bring'
  /** We tell them what the other side described. They may refuse, and then the media stay as they are. */
  | 'tell'

/** 491: a re-INVITE of theirs crossed ours, or one is not over (RFC 3261 §14.2). */
type Refusal = 'crossed' | 'refused'

/**
 * Purpose × refusal. `report`: the one who asked decides; after a carried 491 that side backs off itself (docs/decisions/004).
 * `repeat`: ours comes again after the time of RFC 3261 §14.1. `drop`: nothing follows.
 */
export const refusalTable: Readonly<Record<Purpose, Readonly<Record<Refusal, 'report' | 'repeat' | 'drop'>>>> = {
  carry: { crossed: 'report', refused: 'report' },
  bring: { crossed: 'repeat', refused: 'report' },
  tell: { crossed: 'drop', refused: 'drop' },
}

/** What becomes of a re-INVITE that carries something. */
export interface Carried {
  accepted(outcome: Accepted): void
  refused(outcome: Rejected): void
}

/** What becomes of a re-INVITE that brings somebody to other media. */
export interface Brought {
  /** They have the description. The caller of `bring` acknowledges. */
  arrived(outcome: Accepted): void
  refused(status: number): void
  /** It crossed one of theirs, and the time of RFC 3261 §14.1 is over. Calls `bring` again if that is still wanted. */
  again(): void
}

export interface ParticipantContext extends BackOffContext {
  /** Something that is kept for the next process has changed, and no event tells of it. */
  changed(): void
}

/** What is known of somebody's media. */
export interface Media {
  /** As they described it last. Undefined: not yet. */
  readonly description: Body | undefined
  /** What they were shown of the other side's. */
  readonly shown: ShownSdp
}

/**
 * Somebody who takes part in a call: their leg, what they described, what they were shown, and who they are. Each re-INVITE that a
 * live call sends goes through this class, so that refusals and crossing requests have one policy.
 */
export class Participant {
  readonly shown: ShownSdp
  #description: Body | undefined
  /** Runs from a 491 to the next try. */
  #again: Timer | undefined
  #isAsked = false

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

  /** A re-INVITE of ours has no answer yet. */
  get isAsked(): boolean {
    return this.#isAsked
  }

  listen(listener: LegListener): void {
    this.leg.listen(listener)
  }

  // ---- descriptions

  /** Remembers how they describe their media now. */
  describe(body: Body | undefined): void {
    if (body) this.#description = body
    this.context.changed()
  }

  /** The description of `from` as they may see it. */
  see(from: Participant): Body | undefined {
    return from.description && this.shown.of(from.description, from.leg, from.hidden)
  }

  /** The description of somebody without a leg of ours yet, who is not hidden. */
  seeCall(body: Body | undefined, from: Writer): Body | undefined {
    return body && this.shown.of(body, from, false)
  }

  /** A description that `from` gives now, as they may see it. Undefined: `from` gave none. */
  seeNew(body: Body | undefined, from: Participant): Body | undefined {
    from.describe(body)
    return body && this.see(from)
  }

  // ---- re-INVITEs

  /** An offer of `from` is answered by their answer; a request for an offer by their offer, whose answer comes with the ACK. */
  carry(request: InboundRenegotiation, from: Participant): void {
    const delayed = request.body === undefined
    this.ask(this.seeNew(request.body, from), {
      refused: ({ status, headers }) => request.reject(status, this.hidden ? withoutWarning(headers) : headers),
      accepted: outcome => {
        if (!delayed) outcome.acknowledge()
        request.accept(from.seeNew(outcome.body, this), answer => {
          if (delayed) outcome.acknowledge(this.seeNew(answer, from))
        })
      },
    })
  }

  /** Sends a re-INVITE in the name of somebody else, who gets the answer. Without a body it asks for an offer. */
  ask(body: Body | undefined, told: Carried): void {
    this.#renegotiate('carry', body, told)
  }

  /** Brings them to other media. */
  bring(body: Body, told: Brought): void {
    this.#renegotiate('bring', body, {
      accepted: outcome => told.arrived(outcome),
      refused: ({ status }) => told.refused(status),
      again: () => told.again(),
    })
  }

  /** Tells what `from` describes now, as they may see it. */
  tellNew(body: Body, from: Participant): void {
    const seen = this.seeNew(body, from)
    if (seen) this.tell(seen)
  }

  /** Tells what the other side described. They did not ask for it, so their refusal changes nothing. */
  tell(body: Body): void {
    this.#renegotiate('tell', body, { accepted: outcome => outcome.acknowledge(), refused: () => undefined })
  }

  /** The only place where a live call sends a re-INVITE. */
  #renegotiate(purpose: Purpose, body: Body | undefined, told: Carried & Partial<Pick<Brought, 'again'>>): void {
    this.#isAsked = true
    this.leg.renegotiate(body, outcome => {
      this.#isAsked = false
      if (outcome.kind === 'accepted') return told.accepted(outcome)
      const move = refusalTable[purpose][outcome.status === 491 ? 'crossed' : 'refused']
      if (move === 'report') told.refused(outcome)
      else if (move === 'repeat') this.#again = backOff(this.context, this.#dialog, () => told.again?.())
    })
  }

  /** Who owns its Call-ID, which says how long we wait after a 491. An agent's is the phone's, where that came by INVITE with Replaces. */
  get #dialog(): 'ours' | 'theirs' {
    return (this.leg.begunByPeer ?? this.who.role === 'caller') ? 'theirs' : 'ours'
  }

  // ---- INFO

  /** Passes on an INFO of `from`. Of somebody hidden only keys go through, because other bodies may say anything. */
  carryInfo(request: InboundInfo, from: Participant): void {
    if (from.hidden && digitOf(request.body) === undefined) return request.respond(415, undefined, digitsAlone)
    this.leg.info(request.body, from.hidden ? [] : request.headers, (status, body, headers) =>
      this.hidden ? request.respond(status) : request.respond(status, body, headers),
    )
  }

  // ---- ends

  /** Stops what waits to be sent again. */
  rest(): void {
    this.#again?.cancel()
  }

  hangUp(reason?: Reason): void {
    this.rest()
    this.leg.hangUp(reason)
  }

  /** Hangs up, and nobody hears of the end: the call goes on without them. */
  leave(reason?: Reason): void {
    this.leg.listen({ ended: () => undefined })
    this.hangUp(reason)
  }

  /** The next process continues this leg; its end is not ours to know. */
  letGo(): void {
    this.rest()
    this.leg.listen({ ended: () => undefined })
    this.leg.letGo()
  }
}

/** A Warning names the host that warns (RFC 3261 §20.43). */
const withoutWarning = (headers: readonly ExtraHeader[]): readonly ExtraHeader[] =>
  headers.filter(([name]) => name.toLowerCase() !== 'warning')
