import type { StepReader } from '../calls/step.js'
import type { Instant, WallTime } from '../foundation/time.js'
import type { Fact } from '../routing/world/effects.js'
import type { CallId } from '../routing/world/ids.js'
import type { CallRecord, RecordedOffer, RecordedTransfer, RecordedWait } from '../store/port.js'
import type { CallerSide } from './callers.js'
import type { LegNames } from './leg-names.js'
import type { CallStory } from './stories.js'

interface RecordReaderOptions {
  readonly save: (record: CallRecord) => void
  /** The story of a call. Its reader must read each step before this reader, so that the story is complete when the call ends. */
  readonly story: (call: CallId) => CallStory | undefined
  /** Turns a moment of the monotonic clock into wall-clock time. */
  readonly wall: (at: Instant) => WallTime
  /** The callers of calls in progress. The caller of a call is removed when the call ends. */
  readonly callers: Map<CallId, CallerSide>
  /** The SIP Call-IDs of calls in progress. Those of a call are removed when the call ends. */
  readonly legs: LegNames
}

const unknownCaller: CallerSide = { uri: '' }

/** Saves one record for each call when it ends (rule counted-once). */
export function recordReader({ save, story, wall, callers, legs }: RecordReaderOptions): StepReader {
  return ({ facts }) => {
    for (const fact of facts) {
      if (fact.kind !== 'callFinished') continue
      const who = callers.get(fact.call) ?? unknownCaller
      callers.delete(fact.call)
      const told = story(fact.call)
      if (told) save(recordOf(told, who, fact, { wall, sipCallIds: legs.of(fact.call) }))
      legs.forget(fact.call)
    }
  }
}

type Finish = Extract<Fact, { kind: 'callFinished' }>
interface Context {
  readonly wall: RecordReaderOptions['wall']
  readonly sipCallIds: readonly string[]
}
type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The record of a call. Optional fields are set one by one, because a record is made for every call and a spread would cost more. */
function recordOf(story: CallStory, caller: CallerSide, finish: Finish, { wall, sipCallIds }: Context): CallRecord {
  const record: Changeable<CallRecord> = {
    call: story.call,
    workflow: story.workflow,
    caller: caller.uri,
    arrivedAt: wall(story.arrivedAt),
    endedAt: wall(finish.at),
    talked: finish.talked,
    waits: story.waits.flatMap(wait => waitOf(wait, wall)),
    offers: story.offers.flatMap(offerOf),
    answers: story.answers.map(({ digit, name }) => ({ digit, name })),
    outcome: finish.why,
    cause: finish.cause,
  }
  addCaller(record, caller, wall)
  const joinedAt = story.connected?.at ?? story.forwarded?.at
  if (joinedAt !== undefined) record.joinedAt = wall(joinedAt)
  if (finish.outbound) record.outbound = true
  if (finish.agent !== undefined) record.agent = finish.agent
  if (finish.group !== undefined) record.group = finish.group
  if (story.forwarded) record.forwardedTo = story.forwarded.to
  if (story.transferred) record.transferredBy = story.transferred.by
  if (sipCallIds.length > 0) record.sipCallIds = sipCallIds
  addForwardFailure(record, story)
  addTransfers(record, story, finish, wall)
  return record
}

function addCaller(
  record: Changeable<CallRecord>,
  { displayName, status, answeredAt, anchored, recorded, supervised }: CallerSide,
  wall: RecordReaderOptions['wall'],
): void {
  if (displayName !== undefined) record.callerName = displayName
  if (status !== undefined) record.status = status
  if (anchored) record.anchored = true
  if (recorded) record.recorded = recorded
  if (supervised) record.supervised = supervised.map(({ from, to, ...rest }) => ({ ...rest, from: wall(from), to: wall(to) }))
  if (answeredAt !== undefined) record.answeredAt = wall(answeredAt)
}

function addForwardFailure(record: Changeable<CallRecord>, { steps }: CallStory): void {
  const failed = steps.findLast(({ step }) => step.kind === 'forwardFailed')?.step
  if (failed?.kind === 'forwardFailed') record.forwardFailed = { to: failed.to, code: failed.code }
}

const waitOf = ({ queue, from, ended }: CallStory['waits'][number], wall: RecordReaderOptions['wall']): RecordedWait[] =>
  ended ? [{ queue, from: wall(from), waited: ended.waited, outcome: ended.outcome }] : []

function addTransfers(
  record: Changeable<CallRecord>,
  { talks, transfers }: CallStory,
  { at: end }: Finish,
  wall: RecordReaderOptions['wall'],
): void {
  if (talks.length > 0)
    record.talks = talks.map(({ agent, side, from, to = end }) => ({ agent, side, from: wall(from), to: wall(to) }))
  if (transfers.length > 0)
    record.transfers = transfers.map(({ at, ended, ...asked }): RecordedTransfer => ({
      ...asked,
      at: wall(at),
      outcome: ended?.outcome ?? 'unfinished',
    }))
}

const offerOf = ({ decision, ended }: CallStory['offers'][number]): RecordedOffer[] => {
  if (!ended) return []
  const { group, method, chosen } = decision
  const { why, code, rang } = ended
  return [{ agent: chosen, group, method, outcome: why, ...(code !== undefined && { code }), rang }]
}
