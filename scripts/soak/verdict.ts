import { join } from 'node:path'
import type { Story } from './callers.js'
import { judgeJournals, type JournalFindings } from './journals.js'
import type { Life } from './lives.js'
import { kindsOf, type Kind } from './log-lines.js'
import type { Soak } from './run.js'
import { earlyHeap, remembered, trendOf, type Trend } from './samples.js'

/** The result of a soak test. Nothing is wrong if `wrongs` is empty. */
export interface Verdict {
  readonly wrongs: readonly string[]
  readonly calls: number
  /** Calls by their result, as their callers saw it. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly phones: Readonly<Record<string, number>>
  readonly edits: Readonly<Record<string, number>>
  readonly notifies: number
  /** BYEs of phones that got 481. */
  readonly unknownLegs: readonly string[]
  /** The most by which an offer's CANCEL came after the next INVITE at the same phone. */
  readonly latestCancelMs: number
  readonly records: { readonly count: number; readonly byOutcome: Readonly<Record<string, number>> }
  readonly lives: readonly JudgedLife[]
  readonly log: readonly Kind[]
  readonly journals: JournalFindings
}

export interface JudgedLife {
  readonly ending: string
  readonly seconds: number
  readonly calls: number
  /** Percent of one CPU. */
  readonly cpu: number
  readonly heapMiB: Trend | undefined
  /** At an age of one to three minutes. */
  readonly earlyHeapMiB: number | undefined
  readonly externalMiB: Trend | undefined
  readonly descriptors: Trend | undefined
  readonly rssMiB: number
  readonly samples: Life['samples']
}

/** The allowed growth of a process from its start to its end. */
const grows = { heap: { share: 0.1, MiB: 3 }, descriptors: 8 }
/** A call may be refused by a queue that overflows, times out or leaves the config, or by a server that drains. */
const refusals = new Set(['refused 404', 'refused 480', 'refused 486', 'refused 503', 'refused 603'])
const mostTold = 10

export async function judge(soak: Soak): Promise<Verdict> {
  const { stories, phones, edits, watchers, lives, records, folder } = soak
  const log = await kindsOf(lives.all.map(life => life.log))
  const journals = await judgeJournals(join(folder, 'data'))
  const judged = lives.all.map(judgeLife)
  const wrongs = [
    ...phones.wrongs.slice(0, mostTold),
    ...edits.wrongs,
    ...soak.leftOver,
    ...wrongStories(soak),
    ...wrongRecords(soak),
    ...wrongLives(lives.all, judged),
    ...wrongInheritance(judged),
    ...log.filter(({ expected }) => expected === undefined).map(({ kind, count, first }) => `log: ${count} × ${kind}: ${first}`),
    ...journals.wrongs,
    ...Object.values(soak.peers).flatMap(peer =>
      [...peer.unanswered].map(([method, n]) => `${n} ${method} of peers got no answer`),
    ),
  ]
  return {
    ...{ wrongs, calls: stories.length, outcomes: outcomesOf(stories), phones: phones.counts, edits: edits.done, journals, log },
    ...{ notifies: watchers.told, latestCancelMs: phones.latestCancel, unknownLegs: phones.unknown, lives: judged },
    records: { count: records?.count ?? 0, byOutcome: records?.byOutcome ?? {} },
  }
}

function outcomesOf(stories: readonly Story[]): Record<string, number> {
  const outcomes: Record<string, number> = {}
  for (const { plan, outcome = 'none' } of stories) {
    const key = `${plan}: ${outcome}`
    outcomes[key] = (outcomes[key] ?? 0) + 1
  }
  return outcomes
}

/** An event of the call was so shortly before a crash that it may not be stored. */
function isUnwritten({ restarts, options: { unwritten } }: Soak, { heardAt, answeredAt, endedAt }: Story): boolean {
  const isAbout = (from: number, moment = 0): boolean => moment > from - unwritten && moment <= from + unwritten
  return restarts.some(
    ({ kind, from }) => kind === 'killed' && [heardAt, answeredAt, endedAt].some(moment => isAbout(from, moment)),
  )
}

function wrongStories(soak: Soak): string[] {
  const wrong = soak.stories.filter(story => {
    const { outcome = 'none', farewell } = story
    if (isUnwritten(soak, story)) return false
    if (outcome === 'none' || outcome === 'unanswered') return true
    if (outcome.startsWith('refused')) return !isExpected(soak, story)
    return outcome === 'talked' && farewell !== 200
  })
  return told('calls ended as none should', wrong)
}

function isExpected({ restarts }: Soak, { outcome = '', at, endedAt = 0 }: Story): boolean {
  if (outcome === 'refused 503') return restarts.some(({ from, to }) => at <= to && endedAt >= from)
  return refusals.has(outcome)
}

/** Every call is counted once (rule counted-once). */
function wrongRecords(soak: Soak): string[] {
  const { records } = soak
  if (!records) return ['the records were not read']
  const of = ({ callId }: Story): number => records.bySipCallId.get(callId) ?? 0
  const twice = soak.stories.filter(story => of(story) > 1)
  const never = soak.stories.filter(story => {
    const { outcome = '' } = story
    // A workflow that does not exist, or a server that drains: no call began.
    return of(story) === 0 && outcome !== 'refused 404' && outcome !== 'refused 503' && !isUnwritten(soak, story)
  })
  return [...told('calls have two records', twice), ...told('calls have no record', never)]
}

function told(what: string, stories: readonly Story[]): string[] {
  if (stories.length === 0) return []
  const some = stories.slice(0, mostTold).map(story => JSON.stringify({ ...story, at: new Date(story.at).toISOString() }))
  return [`${stories.length} ${what}: ${some.join(' ')}`]
}

function judgeLife(life: Life): JudgedLife {
  const { samples, ending = 'none', startedAt, endedAt = startedAt, cpuMs, calls } = life
  const seconds = (endedAt - startedAt) / 1000
  return {
    ...{ ending, seconds, calls, samples, cpu: cpuMs / Math.max(1, seconds) / 10 },
    heapMiB: trendOf(samples, ({ heapMiB }) => heapMiB, remembered),
    earlyHeapMiB: earlyHeap(samples),
    externalMiB: trendOf(samples, ({ externalMiB }) => externalMiB),
    descriptors: trendOf(samples, ({ descriptors }) => descriptors),
    rssMiB: Math.max(0, ...samples.map(({ rssMiB }) => rssMiB)),
  }
}

function wrongLives(lives: readonly Life[], judged: readonly JudgedLife[]): string[] {
  return lives.flatMap(({ violations, exit, ending }, index) => {
    const name = `server ${index + 1}`
    const { heapMiB, externalMiB, descriptors } = judged[index] ?? {}
    return [
      ...Object.entries(violations).map(([what, count]) => `${name}: ${count} × ${what}`),
      // The second signal to leave may meet a process that is ending and no longer handles it.
      ...(ending === 'killed' || exit === 0 || (ending === 'left' && exit === 'SIGTERM')
        ? []
        : [`${name}: ended with ${String(exit)}`]),
      ...growth(`${name}: the heap grows`, heapMiB, grows.heap.share, grows.heap.MiB),
      ...growth(`${name}: buffers grow`, externalMiB, grows.heap.share, grows.heap.MiB),
      ...growth(`${name}: descriptors grow`, descriptors, 0, grows.descriptors),
    ]
  })
}

/** A later server with more memory at the same age got it from the store. */
function wrongInheritance(judged: readonly JudgedLife[]): string[] {
  const [first, ...later] = judged.flatMap(({ earlyHeapMiB }) => earlyHeapMiB ?? [])
  return later.flatMap(last =>
    growth('later servers hold more', first === undefined ? undefined : { first, last }, grows.heap.share, grows.heap.MiB),
  )
}

function growth(what: string, trend: Pick<Trend, 'first' | 'last'> | undefined, share: number, least: number): string[] {
  if (!trend || trend.last <= trend.first * (1 + share) + least) return []
  return [`${what}: from ${trend.first.toFixed(1)} to ${trend.last.toFixed(1)}`]
}
