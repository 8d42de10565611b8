import type { StepReader } from '../calls/step.js'
import type { CallEnd } from '../routing/effects.js'
import type { CallId } from '../routing/ids.js'
import type { CallRecord, RecordedOffer, RecordedWait } from '../store/port.js'
import type { CallerSide } from './callers.js'
import type { CallStory } from './stories.js'

export interface RecordReaderOptions {
  readonly save: (record: CallRecord) => void
  /** Read first: the story of the call that a step ends is complete then. */
  readonly story: (call: CallId) => CallStory | undefined
  /** Who calls; asked while the call arrives. */
  readonly caller: () => CallerSide | undefined
  /** The callers of calls in progress are kept here. */
  readonly callers?: Map<CallId, CallerSide>
}

const unknownCaller: CallerSide = { uri: '' }

/** One record for each call, when it is over (rule counted-once). */
export function recordReader({ save, story, caller, callers = new Map() }: RecordReaderOptions): StepReader {
  return ({ effects }) => {
    for (const effect of effects) {
      if (effect.kind !== 'record') continue
      const { fact } = effect
      if (fact.kind === 'callArrived') callers.set(fact.call, caller() ?? unknownCaller)
      if (fact.kind !== 'callFinished') continue
      const who = callers.get(fact.call) ?? unknownCaller
      callers.delete(fact.call)
      const told = story(fact.call)
      if (told) save(recordOf(told, who, fact))
    }
  }
}

type Finish = Pick<CallRecord, 'agent' | 'group' | 'cause' | 'talked'> & {
  readonly at: CallRecord['endedAt']
  readonly why: CallEnd
}

function recordOf(
  { call, workflow, arrivedAt, waits, offers, answers, connected, forwarded, transferred }: CallStory,
  caller: CallerSide,
  { at, why, agent, group, cause, talked }: Finish,
): CallRecord {
  const joinedAt = connected?.at ?? forwarded?.at
  return {
    call,
    workflow,
    ...callerOf(caller),
    arrivedAt,
    ...(joinedAt !== undefined && { joinedAt }),
    endedAt: at,
    talked,
    waits: waits.flatMap(waitOf),
    offers: offers.flatMap(offerOf),
    answers: answers.map(({ digit, name }) => ({ digit, name })),
    ...(agent !== undefined && { agent }),
    ...(group !== undefined && { group }),
    ...(forwarded && { forwardedTo: forwarded.to }),
    ...(transferred && { transferredBy: transferred.by }),
    outcome: why,
    ...(cause && { cause }),
  }
}

function callerOf({
  uri,
  displayName,
  status,
  answeredAt,
}: CallerSide): Pick<CallRecord, 'caller' | 'callerName' | 'status' | 'answeredAt'> {
  return {
    caller: uri,
    ...(displayName !== undefined && { callerName: displayName }),
    ...(status !== undefined && { status }),
    ...(answeredAt !== undefined && { answeredAt }),
  }
}

const waitOf = ({ queue, from, ended }: CallStory['waits'][number]): RecordedWait[] =>
  ended ? [{ queue, from, waited: ended.waited, outcome: ended.outcome }] : []

const offerOf = ({ decision, ended }: CallStory['offers'][number]): RecordedOffer[] => {
  if (!ended) return []
  const { group, method, chosen } = decision
  const { why, code, rang } = ended
  return [{ agent: chosen, group, method, outcome: why, ...(code !== undefined && { code }), rang }]
}
