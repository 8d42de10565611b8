import { millis, type Instant, type Millis } from '../../foundation/time.js'
import type { AgentUri, CallEndCause, CallId, Event, OfferId, PromptId } from '../../routing/index.js'
import type { ActingEffect, Outcome } from '../step.js'

/** What a phone does with an offer: events with the time since the offer was made. No events: it rings until we give up. */
interface Answer {
  readonly events: readonly { readonly after: Millis; readonly event: OfferEvent }[]
  /** The journal has no such answer: the agent was not offered this call, or the offer was withdrawn before the alert time was over. */
  readonly isAssumed: boolean
}
type OfferEvent = Extract<Event, { readonly offer: OfferId }>

/** How the target of a forward answered. */
type Forward =
  { readonly kind: 'joined'; readonly after: Millis } | { readonly kind: 'failed'; readonly after: Millis; readonly code: number }

interface Talk {
  readonly lasted: Millis
  readonly cause: CallEndCause
}

interface Ringing {
  readonly call: CallId
  readonly agent: AgentUri
  readonly at: Instant
  readonly events: { readonly after: Millis; readonly event: OfferEvent }[]
}

const endsOffer = new Set<Event['kind']>(['offerAccepted', 'offerRefused', 'offerDeclined'])
/** The length of a talk or a prompt of which the journal has no example. */
const usualTalk = millis(180_000)
const usualPrompt = millis(3_000)

/** How callers, phones and targets behaved in a journal. */
export class Habits {
  readonly #ringing = new Map<OfferId, Ringing>()
  /** What the agent did with the call, by call and agent. */
  readonly #answers = new Map<string, Answer>()
  /** What the agent did with the last offer that they did not accept. */
  readonly #refusals = new Map<AgentUri, Answer>()
  readonly #acceptedAfter = new Map<AgentUri | 'anybody', number[]>()
  readonly #joined = new Map<CallId, Instant>()
  readonly #talks = new Map<CallId, Talk>()
  readonly #forwardsSince = new Map<CallId, Instant>()
  readonly #forwards = new Map<CallId, Forward>()
  readonly #prompts = new Map<PromptId, Millis>()
  readonly #playing = new Map<CallId, { readonly prompt: PromptId; readonly at: Instant }>()

  read(event: Event, { acts }: Pick<Outcome, 'acts'>): void {
    if ('offer' in event) this.#readOffer(event)
    else if ('call' in event) this.#readCall(event)
    for (const act of acts) this.#readAct(act, event.at)
  }

  answerTo(call: CallId, agent: AgentUri): Answer {
    return this.#answers.get(keyOf(call, agent)) ?? this.#usualAnswer(agent)
  }

  talkOf(call: CallId): Talk {
    return (
      this.#talks.get(call) ?? {
        lasted: middle([...this.#talks.values()].map(({ lasted }) => lasted)) ?? usualTalk,
        cause: 'callerHungUp',
      }
    )
  }

  /** A target that was not called in the journal answers at once. */
  forwardOf(call: CallId): Forward {
    return this.#forwards.get(call) ?? { kind: 'joined', after: millis(0) }
  }

  lengthOf(prompt: PromptId): Millis {
    return this.#prompts.get(prompt) ?? usualPrompt
  }

  /**
   * The agent answers as fast as usual. An agent who never answered does the same as with the last offer. Without an example of this agent:
   * answers as fast as the others, or not at all if nobody ever answered.
   */
  #usualAnswer(agent: AgentUri): Answer {
    const own = middle(this.#acceptedAfter.get(agent) ?? [])
    const refusal = own === undefined ? this.#refusals.get(agent) : undefined
    if (refusal) return { ...refusal, isAssumed: true }
    const after = own ?? middle(this.#acceptedAfter.get('anybody') ?? [])
    const accepted = after === undefined ? [] : [{ after, event: { kind: 'offerAccepted' } as OfferEvent }]
    return { events: accepted, isAssumed: true }
  }

  #readOffer(event: OfferEvent): void {
    const ringing = this.#ringing.get(event.offer)
    if (!ringing) return
    const after = since(ringing.at, event.at)
    ringing.events.push({ after, event })
    if (!endsOffer.has(event.kind)) return
    const answer = this.#keep(event.offer, ringing)
    if (event.kind !== 'offerAccepted') this.#refusals.set(ringing.agent, answer)
    else for (const who of [ringing.agent, 'anybody'] as const) listIn(this.#acceptedAfter, who).push(after)
  }

  #keep(offer: OfferId, { call, agent, events }: Ringing): Answer {
    const answer = { events, isAssumed: false }
    this.#answers.set(keyOf(call, agent), answer)
    this.#ringing.delete(offer)
    return answer
  }

  #readCall(event: Extract<Event, { readonly call: CallId }>): void {
    const { call, at } = event
    const forwardedAt = this.#forwardsSince.get(call)
    switch (event.kind) {
      case 'callJoined':
        if (forwardedAt !== undefined) this.#forwards.set(call, { kind: 'joined', after: since(forwardedAt, at) })
        this.#joined.set(call, at)
        return
      case 'forwardFailed':
        if (forwardedAt !== undefined)
          this.#forwards.set(call, { kind: 'failed', after: since(forwardedAt, at), code: event.code })
        return
      case 'callEnded': {
        const joined = this.#joined.get(call)
        if (joined !== undefined) this.#talks.set(call, { lasted: since(joined, at), cause: event.cause })
        return
      }
      case 'promptFinished': {
        const playing = this.#playing.get(call)
        if (playing?.prompt === event.prompt) this.#prompts.set(event.prompt, since(playing.at, at))
        return
      }
      default:
    }
  }

  #readAct(act: ActingEffect, at: Instant): void {
    switch (act.kind) {
      case 'offer':
        this.#ringing.set(act.offer, { call: act.call, agent: act.agent, at, events: [] })
        return
      case 'withdraw': {
        const ringing = this.#ringing.get(act.offer)
        // A missed offer rang for the whole alert time. After another withdrawal nobody knows what the agent would have done.
        if (ringing && act.because === 'missed') this.#refusals.set(ringing.agent, this.#keep(act.offer, ringing))
        this.#ringing.delete(act.offer)
        return
      }
      case 'forward':
        this.#forwardsSince.set(act.call, at)
        return
      case 'play':
        this.#playing.set(act.call, { prompt: act.prompt, at })
        return
      default:
    }
  }
}

const keyOf = (call: CallId, agent: AgentUri): string => `${call} ${agent}`
const since = (from: Instant, to: Instant): Millis => millis(Math.max(0, to - from))

function listIn<Key>(lists: Map<Key, number[]>, key: Key): number[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

function middle(values: readonly number[]): Millis | undefined {
  const value = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
  return value === undefined ? undefined : millis(value)
}
