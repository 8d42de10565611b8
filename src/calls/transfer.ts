import type { AgentUri } from '../routing/index.js'
import type { Body } from '../legs/body.js'
import type { InviteOptions, OutboundCall, Target } from '../legs/invitation.js'
import type { AnsweredLeg, InboundRefer, Leg } from '../legs/leg.js'
import type { ReferProgress, Replaces } from '../legs/refer.js'
import type { Signaling } from '../signaling/port.js'
import { phoneIsHeardWithin } from './offers.js'
import { withdrawReasons } from './reasons.js'

/** Whose leg it is. `target`: of a forward action, or somebody whom a transfer reached and who is no agent. */
export type Role = 'caller' | 'agent' | 'target'

/** Who somebody in a talk is. */
export interface Person {
  readonly role: Role
  /** As others are told who they are. */
  readonly uri: string
  /** The agent that this is. Undefined: somebody else. */
  readonly agent: AgentUri | undefined
  /** A trusted peer stands behind their leg. */
  readonly trusted: boolean
}

/** One of a talk's sides is to be taken by somebody else. It starts when the core has granted it. */
export interface PlaceChange {
  start(): void
  /** The core did not grant it: the agent behind the target has another call. */
  refuse(): void
  /** The talk is over. */
  cancel(): void
}

/** What a REFER comes to: somebody to call, or a refusal. */
export type ReferVerdict =
  | { readonly kind: 'refused'; readonly status: 403 | 603; readonly why: string }
  | {
      readonly kind: 'call'
      readonly target: Target
      /** Who is called, as it is told. */
      readonly to: string
      /** The agent that this is. */
      readonly agent?: AgentUri
    }

/** Whom a transfer calls, and as whom the side that stays is shown there. */
export interface TransferWay {
  readonly target: Target
  readonly identity: Omit<InviteOptions, 'body'>
}

export interface TransferListener {
  /** The new leg is up and acknowledged. */
  answered(leg: Leg, body: Body | undefined): void
  failed(status: number): void
}

const busyHere = 486

/** One REFER (RFC 3515): a new call in the name of the side that stays, and the news of it to the side that asked. */
export class Transfer implements PlaceChange {
  readonly #progress: ReferProgress
  #outbound: OutboundCall | undefined
  #leg: AnsweredLeg | undefined
  #over = false

  constructor(
    private readonly request: InboundRefer,
    private readonly way: TransferWay,
    /** The media of the side that is sent on, as the target is shown them. */
    readonly offered: Body | undefined,
    private readonly signaling: Signaling,
    private readonly listener: TransferListener,
  ) {
    this.#progress = request.accept()
  }

  start(): void {
    const { target, identity } = this.way
    const body = this.offered
    const { replaces } = this.request
    const headers = replaces ? [...identity.headers, ['Replaces', replacesValue(replaces)] as const] : identity.headers
    this.#outbound = this.signaling.invite(
      target,
      { heardWithin: phoneIsHeardWithin, ...identity, headers, ...(body && { body }) },
      {
        ringing: () => this.#progress.ringing(),
        answered: leg => {
          this.#leg = leg
          leg.listen({ ended: () => this.fail(480) })
          // Without an offer of ours theirs would have to be answered before it is known by what.
          if (!body) return this.fail(488)
          leg.acknowledge()
          this.listener.answered(leg, leg.body)
        },
        refused: ({ status, reasonPhrase }) => this.fail(status, reasonPhrase),
      },
    )
  }

  refuse(): void {
    this.#over = true
    this.#progress.done(busyHere)
  }

  /** The side that was sent on talks to the new leg. */
  through(): void {
    this.#over = true
    this.#progress.done(200)
  }

  fail(status: number, phrase?: string): void {
    if (this.#over) return
    this.#over = true
    this.#leg?.hangUp(withdrawReasons.withdrawn)
    this.#progress.done(status, phrase)
    this.listener.failed(status)
  }

  cancel(): void {
    if (this.#over) return
    this.#over = true
    this.#outbound?.cancel(withdrawReasons.withdrawn)
    this.#leg?.hangUp(withdrawReasons.withdrawn)
    this.#progress.done(487, 'Request Terminated')
  }
}

/** RFC 3891 §6.1: the tags as the one who is called knows them. */
const replacesValue = ({ callId, toTag, fromTag, earlyOnly }: Replaces): string =>
  `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ';early-only' : ''}`
