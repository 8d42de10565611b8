import type { Instant, Millis } from '../foundation/time.js'
import type { Decision } from '../routing/decision.js'
import type { CallEndCause } from '../routing/events.js'
import type { CallEnd, Fact, OfferEnd, WaitOutcome } from '../routing/effects.js'
import type { AgentUri, CallId, GroupName, OfferId, QueueName, WorkflowName } from '../routing/ids.js'

/** All that happened to one call, as explain and the API tell it. */
export interface CallStory {
  readonly call: CallId
  readonly workflow: WorkflowName
  readonly arrivedAt: Instant
  readonly waits: readonly WaitStory[]
  /** In the order in which they were made. */
  readonly offers: readonly OfferStory[]
  /** Earlier offers that are no longer kept, of a call with very many. */
  readonly forgottenOffers: number
  readonly connected?: { readonly agent: AgentUri; readonly group: GroupName; readonly at: Instant; readonly waited: Millis }
  readonly forwarded?: { readonly to: string; readonly at: Instant }
  /** Absent: the call is in progress. */
  readonly finished?: {
    readonly at: Instant
    readonly why: CallEnd
    readonly cause?: CallEndCause
    readonly waited: Millis
    readonly talked: Millis
  }
}

export interface WaitStory {
  readonly queue: QueueName
  readonly from: Instant
  readonly ended?: { readonly outcome: WaitOutcome; readonly waited: Millis }
}

export interface OfferStory {
  readonly offer: OfferId
  readonly decision: Decision
  readonly ended?: { readonly why: OfferEnd; readonly code?: number; readonly at: Instant; readonly rang: Millis }
}

export interface RecentFilter {
  readonly workflow?: string
  /** True: only calls that are over; false: only those in progress. */
  readonly over?: boolean
}

export interface StoryLimits {
  /** How many calls that are over are kept. Default 10,000. */
  readonly calls: number
  /** For how long. Default 24 h. */
  readonly age: number
  /** Agents named in the decisions of calls that are over, about 60 bytes each. Default 500,000. */
  readonly names: number
  /** The same, and offers, for one call. Defaults 2,000 and 500: beyond, the earliest offers are forgotten. */
  readonly namesOfCall: number
  readonly offersOfCall: number
}

const defaultLimits: StoryLimits = { calls: 10_000, age: 86_400_000, names: 500_000, namesOfCall: 2_000, offersOfCall: 500 }

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }
interface KeptStory extends Changeable<Omit<CallStory, 'waits' | 'offers'>> {
  readonly waits: Changeable<WaitStory>[]
  readonly offers: Changeable<OfferStory>[]
  names: number
}

/** Keeps the stories of calls in progress and, within bounds, of those that are over. */
export class Stories {
  readonly #limits: StoryLimits
  readonly #inProgress = new Map<CallId, KeptStory>()
  /** In the order in which they ended. */
  readonly #over = new Map<CallId, KeptStory>()
  #names = 0

  constructor(limits: Partial<StoryLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits }
  }

  read(fact: Fact): void {
    if (fact.kind === 'callArrived') return this.#begin(fact)
    const story = 'call' in fact ? this.#inProgress.get(fact.call) : undefined
    if (!story) return
    if (fact.kind === 'callFinished') this.#end(story, fact)
    else this.#tell(story, fact)
  }

  of(call: CallId, now: Instant): CallStory | undefined {
    const story = this.#inProgress.get(call) ?? this.#over.get(call)
    return story && this.#isTooOld(story, now) ? undefined : story
  }

  /** Those in progress first, then those that ended last; both the latest first. */
  recent(limit: number, now: Instant, { workflow, over }: RecentFilter = {}): readonly CallStory[] {
    const found: CallStory[] = []
    const sources = [...(over === true ? [] : [this.#inProgress]), ...(over === false ? [] : [this.#over])]
    for (const source of sources) {
      for (const story of [...source.values()].reverse()) {
        if (found.length >= limit || this.#isTooOld(story, now)) break
        if (workflow === undefined || story.workflow === workflow) found.push(story)
      }
    }
    return found
  }

  #begin({ call, workflow, at }: Extract<Fact, { kind: 'callArrived' }>): void {
    this.#inProgress.set(call, { call, workflow, arrivedAt: at, waits: [], offers: [], forgottenOffers: 0, names: 0 })
  }

  #tell(story: KeptStory, fact: Fact): void {
    switch (fact.kind) {
      case 'callWaiting':
        story.waits.push({ queue: fact.queue, from: fact.at })
        return
      case 'waitEnded': {
        const wait = story.waits.at(-1)
        if (wait) wait.ended = { outcome: fact.outcome, waited: fact.waited }
        return
      }
      case 'offerMade':
        return this.#addOffer(story, fact.offer, fact.decision)
      case 'offerEnded': {
        const made = story.offers.findLast(({ offer }) => offer === fact.offer)
        if (made)
          made.ended = { why: fact.why, ...(fact.code !== undefined && { code: fact.code }), at: fact.at, rang: fact.rang }
        return
      }
      case 'callConnected':
        story.connected = { agent: fact.agent, group: fact.group, at: fact.at, waited: fact.waited }
        return
      case 'callForwarded':
        story.forwarded = { to: fact.to, at: fact.at }
        return
      default:
        // The other facts change no story.
        return
    }
  }

  #addOffer(story: KeptStory, offer: OfferId, decision: Decision): void {
    story.names += namesOf(decision, story.offers.at(-1)?.decision)
    story.offers.push({ offer, decision })
    const { offersOfCall, namesOfCall } = this.#limits
    while (story.offers.length > 1 && (story.offers.length > offersOfCall || story.names > namesOfCall)) {
      const forgotten = story.offers.shift()
      if (forgotten) story.names -= namesOf(forgotten.decision, story.offers[0]?.decision)
      story.forgottenOffers += 1
    }
  }

  #end(story: KeptStory, { at, why, cause, waited, talked }: Extract<Fact, { kind: 'callFinished' }>): void {
    story.finished = { at, why, ...(cause && { cause }), waited, talked }
    this.#inProgress.delete(story.call)
    this.#over.set(story.call, story)
    this.#names += story.names
    for (const oldest of this.#over.values()) {
      const { calls, names } = this.#limits
      if (this.#over.size <= calls && this.#names <= names && !this.#isTooOld(oldest, at)) break
      this.#over.delete(oldest.call)
      this.#names -= oldest.names
    }
  }

  #isTooOld({ finished }: KeptStory, now: Instant): boolean {
    return finished !== undefined && now - finished.at > this.#limits.age
  }
}

/** How many agents a decision names; the lists that it shares with its neighbour, rung in the same round, count there. */
function namesOf(decision: Decision, neighbour: Decision | undefined): number {
  if (neighbour?.excluded === decision.excluded && neighbour.candidates === decision.candidates) return 0
  let names = decision.candidates.length + decision.excluded.length
  for (const { excluded } of decision.passedOver) names += excluded.length
  return names
}
