import { replayJournal, type ReplayListener, type ReplayReport } from '../calls/replay.js'
import { instant, moveMoments } from '../foundation/time.js'
import { explainText } from '../observability/explain.js'
import { Stories } from '../observability/stories.js'
import type { CallId, Fact } from '../routing/index.js'

interface Retold {
  /** One for each journal. */
  readonly reports: readonly ReplayReport[]
  /** The decisions of the call as text, as `explain` shows them. Undefined: the journals don't have the call. */
  readonly explanation: string | undefined
}

/** Runs journals through the routing core, and tells the story of one call from what the core did. */
export async function retell(journals: readonly Iterable<string>[], call: CallId): Promise<Retold> {
  const stories = new Stories()
  let isKnown = false
  const read = (fact: Fact): void => {
    isKnown ||= fact.kind === 'callArrived' && fact.call === call
    stories.read(fact)
  }
  const heard: ReplayListener = (world, facts) => {
    const there = world.calls.get(call)
    // A journal that begins during the call has no fact of its arrival.
    if (!isKnown && there) {
      const { workflow, arrivedAt } = there
      read(moveMoments({ kind: 'callArrived', call, workflow, at: arrivedAt } as const, world.wallOffset))
    }
    for (const fact of facts) if ('call' in fact && fact.call === call) read(moveMoments(fact, world.wallOffset))
  }
  const reports: ReplayReport[] = []
  for (const journal of journals) reports.push(await replayJournal(journal, heard))
  const story = stories.of(call, instant(0))
  return { reports, explanation: story && explainText(story) }
}
