import { instant, type Instant, type Millis } from '../foundation/time.js'
import type { Decision } from '../routing/world/decision.js'
import type { CallEnd, CallFinishCause, OfferEnd, TransferOutcome, TransferSide, WaitOutcome } from '../routing/world/words.js'
import type { Fact, WorkflowStep } from '../routing/world/effects.js'
import type { AgentUri, CallId, GroupName, OfferId, QueueName, WorkflowName } from '../routing/world/ids.js'

/** Everything that happened to one call, as explain and the API show it. */
export interface CallStory {
  readonly call: CallId
  readonly workflow: WorkflowName
  readonly arrivedAt: Instant
  /** The agent who made the call on behalf of the workflow. Absent: somebody called the workflow. */
  readonly outbound?: AgentUri
  readonly waits: readonly WaitStory[]
  /** In the order in which they were made. */
  readonly offers: readonly OfferStory[]
  /** How many earlier offers were dropped, because the call had very many. */
  readonly forgottenOffers: number
  readonly connected?: { readonly agent: AgentUri; readonly group: GroupName; readonly at: Instant; readonly waited: Millis }
  readonly forwarded?: { readonly to: string; readonly at: Instant }
  /** The caller's answers to questions, in order. */
  readonly answers: readonly { readonly digit: string; readonly name: string; readonly at: Instant }[]
  /** The steps of the workflow, in order. */
  readonly steps: readonly { readonly step: WorkflowStep; readonly at: Instant }[]
  readonly transferred?: { readonly by: TransferSide; readonly at: Instant }
  readonly transfers: readonly TransferStory[]
  /** Agents who talked, in the order in which they started. */
  readonly talks: readonly TalkStory[]
  /** Absent: the call is in progress. */
  readonly finished?: {
    readonly at: Instant
    readonly why: CallEnd
    readonly cause: CallFinishCause
    readonly waited: Millis
    readonly talked: Millis
  }
}

interface WaitStory {
  readonly queue: QueueName
  readonly from: Instant
  readonly ended?: { readonly outcome: WaitOutcome; readonly waited: Millis }
}

export interface OfferStory {
  readonly offer: OfferId
  readonly decision: Decision
  readonly ended?: { readonly why: OfferEnd; readonly code?: number; readonly at: Instant; readonly rang: Millis }
}

/** A transfer that one side asked for. */
interface TransferStory {
  readonly by: TransferSide
  /** The URI of the side that asked, and the URI of the target. */
  readonly asker: string
  readonly to: string
  /** The side that asked talked to the target first, or called it to do so. */
  readonly consult?: true
  readonly at: Instant
  /** Absent: the transfer is not completed yet, or the call ended first. */
  readonly ended?: { readonly outcome: TransferOutcome; readonly code?: number; readonly at: Instant }
}

interface TalkStory {
  readonly agent: AgentUri
  /** `caller`: the agent made the call, or took the caller's place. */
  readonly side: TransferSide
  readonly from: Instant
  /** Absent: the agent still talks, or talked until the end of the call. */
  readonly to?: Instant
}

export interface StoryLimits {
  /** How many ended calls are kept. Default 10,000. */
  readonly calls: number
  /** How long ended calls are kept, in ms. Default 24 h. */
  readonly age: number
  /** How many agent names the decisions of ended calls may hold. Each takes about 60 bytes. Default 500,000. */
  readonly names: number
  /** The limits of names and offers for one call. Defaults 2,000 and 500. Beyond them, the earliest offers are dropped. */
  readonly namesOfCall: number
  readonly offersOfCall: number
}

const defaultLimits: StoryLimits = { calls: 10_000, age: 86_400_000, names: 500_000, namesOfCall: 2_000, offersOfCall: 500 }

/** The list of ended calls is rebuilt when this many places at its start are empty. */
const forgottenPlaces = 2_000

/** What is kept of a call: its facts from the core. A story is made from the facts on request. */
interface Kept {
  readonly call: CallId
  readonly facts: Fact[]
  workflow: WorkflowName
  lastDecision: Decision | undefined
  offers: number
  names: number
  forgottenOffers: number
  endedAt: Instant | undefined
}

/** Keeps the stories of all calls in progress and, within limits, of ended calls. */
export class Stories {
  readonly #limits: StoryLimits
  readonly #inProgress = new Map<CallId, Kept>()
  readonly #over = new Map<CallId, Kept>()
  /** Ended calls in the order of their end, starting at `#first`. A Map would find its first entry slowly after many deletions. */
  #ended: (Kept | undefined)[] = []
  #first = 0
  #names = 0

  constructor(limits: Partial<StoryLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits }
  }

  read(fact: Fact): void {
    if (fact.kind === 'callArrived') return this.#begin(fact)
    // A late event for a call that has ended, or that was never accepted, changes no story.
    const kept = 'call' in fact && fact.kind !== 'ignored' ? this.#inProgress.get(fact.call) : undefined
    if (!kept) return
    kept.facts.push(fact)
    if (fact.kind === 'offerMade') this.#countOffer(kept, fact.decision)
    if (fact.kind === 'callFinished') this.#end(kept, fact.at)
  }

  /** The facts of a call in progress. */
  factsOf(call: CallId): readonly Fact[] | undefined {
    return this.#inProgress.get(call)?.facts
  }

  /** Restores a call from before a restart from its facts. The first fact is the arrival of the call. */
  restore(facts: readonly Fact[]): void {
    for (const fact of facts) this.read(fact)
  }

  of(call: CallId, now: Instant): CallStory | undefined {
    const kept = this.#inProgress.get(call) ?? this.#over.get(call)
    return kept && !this.#isTooOld(kept, now) ? storyOf(kept) : undefined
  }

  #begin(fact: Extract<Fact, { kind: 'callArrived' }>): void {
    const { call, workflow } = fact
    const counts = { lastDecision: undefined, offers: 0, names: 0, forgottenOffers: 0, endedAt: undefined }
    this.#inProgress.set(call, { call, workflow, facts: [fact], ...counts })
  }

  #countOffer(kept: Kept, decision: Decision): void {
    kept.names += namesOf(decision, kept.lastDecision)
    kept.lastDecision = decision
    kept.offers += 1
    const { offersOfCall, namesOfCall } = this.#limits
    while (kept.offers > 1 && (kept.offers > offersOfCall || kept.names > namesOfCall)) forgetFirstOffer(kept)
  }

  #end(kept: Kept, at: Instant): void {
    kept.endedAt = at
    this.#inProgress.delete(kept.call)
    this.#over.set(kept.call, kept)
    this.#names += kept.names
    this.#ended.push(kept)
    const { calls, names } = this.#limits
    for (let oldest = this.#ended[this.#first]; oldest; oldest = this.#ended[this.#first]) {
      if (this.#over.size <= calls && this.#names <= names && !this.#isTooOld(oldest, at)) break
      this.#over.delete(oldest.call)
      this.#names -= oldest.names
      // The place is cleared at once, so that the story can be freed before the list is rebuilt.
      this.#ended[this.#first] = undefined
      this.#first += 1
    }
    if (this.#first < forgottenPlaces) return
    this.#ended = this.#ended.slice(this.#first)
    this.#first = 0
  }

  #isTooOld({ endedAt }: Kept, now: Instant): boolean {
    return endedAt !== undefined && now - endedAt > this.#limits.age
  }
}

function forgetFirstOffer(kept: Kept): void {
  const made = kept.facts.findIndex(({ kind }) => kind === 'offerMade')
  const [first] = kept.facts.splice(made, 1)
  if (first?.kind !== 'offerMade') return
  const ended = kept.facts.findIndex(fact => fact.kind === 'offerEnded' && fact.offer === first.offer)
  if (ended >= 0) kept.facts.splice(ended, 1)
  const next = kept.facts.find(fact => fact.kind === 'offerMade')
  kept.names -= namesOf(first.decision, next?.decision)
  kept.offers -= 1
  kept.forgottenOffers += 1
}

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }
interface Draft extends Changeable<Omit<CallStory, 'waits' | 'offers' | 'answers' | 'steps' | 'transfers' | 'talks'>> {
  readonly answers: CallStory['answers'][number][]
  readonly steps: CallStory['steps'][number][]
  readonly transfers: Changeable<TransferStory>[]
  readonly talks: Changeable<TalkStory>[]
  readonly waits: Changeable<WaitStory>[]
  readonly offers: Changeable<OfferStory>[]
}

function storyOf({ call, workflow, facts, forgottenOffers }: Kept): CallStory {
  const draft: Draft = {
    call,
    workflow,
    arrivedAt: instant(0),
    waits: [],
    offers: [],
    answers: [],
    steps: [],
    transfers: [],
    talks: [],
    forgottenOffers,
  }
  for (const fact of facts) tell(draft, fact)
  return draft
}

function tell(draft: Draft, fact: Fact): void {
  switch (fact.kind) {
    case 'callArrived':
      draft.arrivedAt = fact.at
      if (fact.outbound !== undefined) draft.outbound = fact.outbound
      return
    case 'callWaiting':
      draft.waits.push({ queue: fact.queue, from: fact.at })
      return
    case 'waitEnded': {
      const wait = draft.waits.at(-1)
      if (wait) wait.ended = { outcome: fact.outcome, waited: fact.waited }
      return
    }
    case 'offerMade': {
      draft.offers.push({ offer: fact.offer, decision: fact.decision })
      return
    }
    case 'offerEnded': {
      // From the end, because an offer ends soon after it was made. A call has 500 offers at most, and a round of them ends together.
      const made = draft.offers.findLast(({ offer }) => offer === fact.offer)
      if (made) made.ended = { why: fact.why, ...(fact.code !== undefined && { code: fact.code }), at: fact.at, rang: fact.rang }
      return
    }
    default:
      return tellOutcome(draft, fact)
  }
}

function tellOutcome(draft: Draft, fact: Fact): void {
  if (fact.kind === 'callConnected') draft.connected = { agent: fact.agent, group: fact.group, at: fact.at, waited: fact.waited }
  else if (fact.kind === 'answerGiven') draft.answers.push({ digit: fact.digit, name: fact.name, at: fact.at })
  else if (fact.kind === 'workflowStep') draft.steps.push({ step: fact.step, at: fact.at })
  else if (fact.kind === 'callTransferred') draft.transferred = { by: fact.by, at: fact.at }
  else if (fact.kind === 'transferBegan' || fact.kind === 'transferEnded') tellTransfer(draft, fact)
  else if (fact.kind === 'agentLeg') tellLeg(draft, fact)
  else if (fact.kind === 'callForwarded') draft.forwarded = { to: fact.to, at: fact.at }
  else if (fact.kind === 'callFinished') {
    const { at, why, cause, waited, talked } = fact
    draft.finished = { at, why, cause, waited, talked }
  }
}

function tellTransfer(draft: Draft, fact: Extract<Fact, { kind: 'transferBegan' | 'transferEnded' }>): void {
  if (fact.kind === 'transferBegan') {
    const { by, asker, to, consult, at } = fact
    draft.transfers.push({ by, asker, to, ...(consult && { consult }), at })
    return
  }
  const { outcome, code, at } = fact
  const transfer = draft.transfers.at(-1)
  if (transfer) transfer.ended = { outcome, ...(code !== undefined && { code }), at }
}

/**
 * Notes that an agent starts or stops talking. After a restart the core reports again that the agent talks. Data of version 0.1 has no
 * talks, so the agent who answered has talked since the call was connected.
 */
function tellLeg({ talks, connected }: Draft, { agent, side, state, at }: Extract<Fact, { kind: 'agentLeg' }>): void {
  const open = talks.findLast(talk => talk.agent === agent && talk.side === side && talk.to === undefined)
  if (state === 'over') {
    if (open) open.to = at
  } else if (state === 'talks' && !open) {
    const isAnswerer = talks.length === 0 && side === 'agent' && connected?.agent === agent
    talks.push({ agent, side, from: isAnswerer ? connected.at : at })
  }
}

/** How many agents a decision names. 0 if it shares its lists with the previous decision of the same round, where they were counted. */
function namesOf(decision: Decision, neighbour: Decision | undefined): number {
  if (neighbour?.excluded === decision.excluded && neighbour.candidates === decision.candidates) return 0
  let names = decision.candidates.length + decision.excluded.length
  for (const { excluded } of decision.passedOver) names += excluded.length
  return names
}
