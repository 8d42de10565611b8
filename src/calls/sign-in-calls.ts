import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { seconds } from '../foundation/time.js'
import type { InboundCall } from '../legs/answering.js'
import type { Leg } from '../legs/leg.js'
import type { Media, Stream, StreamListener } from '../media/port.js'
import type { AgentUri, GroupName, PromptId } from '../routing/index.js'
import { writerOf } from './shown-sdp.js'
import { shownUri } from './shown-uri.js'
import type { DialledSignIn } from './sign-in-codes.js'

/** Signs an agent in to a group, or out of it. Without a group: to all formal groups of the agent, or out of all. */
export type ToggleSignIn = (agent: AgentUri, group: GroupName | undefined) => ToggledSignIn

export type ToggledSignIn = { readonly kind: 'signedIn' | 'signedOut' } | { readonly kind: 'refused'; readonly why: string }

interface SignInCallsOptions {
  readonly media: Media
  readonly clock: Clock
  readonly log: Log
  readonly toggle: ToggleSignIn
}

/** A sentence takes some seconds. A phone that sends no ACK, or no answer that we can use, is hung up after this time. */
const longest = seconds(20)
/** Sign-in calls at the same time. Each takes a media port for some seconds. */
const most = 200

/** Calls of agents who dialled a sign-in code: the agent hears in one sentence what has changed, and we hang up. */
export class SignInCalls {
  readonly #legs = new Set<Leg>()

  constructor(private readonly options: SignInCallsOptions) {}

  /** `agent`: who calls. Undefined: nobody that we know. */
  take(inbound: InboundCall, agent: AgentUri | undefined, { group, told }: DialledSignIn): void {
    if (agent === undefined) {
      const caller = shownUri(inbound.invite.from.uri)
      return this.#refuse(inbound, 403, `${caller} is no agent, or their PBX does not say who calls (P-Asserted-Identity)`)
    }
    // The agent would not learn what has changed, so nothing changes.
    if (!this.options.media.speaks(inbound.invite.body))
      return this.#refuse(inbound, 488, `${agent} could not hear the answer: Carillon speaks G.711 (PCMU, PCMA) over plain RTP`)
    if (this.#legs.size >= most) return this.#refuse(inbound, 480, `${most} such calls are in progress`)
    const toggled = this.options.toggle(agent, group)
    if (toggled.kind === 'refused') return this.#refuse(inbound, 403, toggled.why)
    this.options.log.info?.(
      `${agent} dials ${shownUri(inbound.invite.requestUri)}: ${inWords[toggled.kind]} ${group ?? 'all groups'}`,
      {
        event: 'agent.signInDialled',
        agent,
        sipCallId: inbound.invite.sipCallId,
        ...(group !== undefined && { group }),
      },
    )
    this.#tell(inbound, told[toggled.kind])
  }

  /** Hangs up. */
  stop(): void {
    for (const leg of this.#legs) leg.hangUp()
  }

  #refuse(inbound: InboundCall, status: number, because: string): void {
    const { requestUri, sipCallId } = inbound.invite
    this.options.log.info?.(`a sign-in by ${shownUri(requestUri)} is refused with ${status}: ${because}`, {
      event: 'agent.signInNotDialled',
      sipCallId,
      status,
    })
    inbound.reject(status)
  }

  #tell(inbound: InboundCall, prompt: PromptId): void {
    const { body: offer } = inbound.invite
    const talk: { leg?: Leg } = {}
    const hangUp = (): void => talk.leg?.hangUp()
    const listener: StreamListener = { finished: hangUp, digit: () => undefined, lost: hangUp }
    const opened = this.options.media.open(offer, listener, writerOf(inbound.origin))
    // No port is free. The change stands, and the console shows it.
    if (opened.kind !== 'opened') return inbound.reject(480)
    talk.leg = inbound.answer(opened.body)
    this.#speak(talk.leg, opened.stream, offer === undefined, prompt)
  }

  #speak(leg: Leg, stream: Stream, isOurOffer: boolean, prompt: PromptId): void {
    const timer = this.options.clock.after(longest, () => leg.hangUp())
    this.#legs.add(leg)
    leg.listen({
      confirmed: answer => {
        const isUsable = !isOurOffer || (answer !== undefined && stream.accept(answer))
        if (isUsable) stream.play(prompt)
        else leg.hangUp({ protocol: 'SIP', cause: 488, text: 'The answer in the ACK cannot be used' })
      },
      ended: () => {
        timer.cancel()
        stream.close()
        this.#legs.delete(leg)
      },
    })
  }
}

const inWords = { signedIn: 'signed in to', signedOut: 'signed out of' } as const
