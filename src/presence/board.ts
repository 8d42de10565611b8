import { TimerSet, type Clock } from '../foundation/clock.js'
import { between, millis, type Instant } from '../foundation/time.js'
import { type PresenceState, absenceOf } from '../routing/world/words.js'
import type { Presence } from '../routing/world/events.js'
import type { AgentUri } from '../routing/world/ids.js'
import { presenceSourceNames, type PresenceReport, type PresenceSink, type PresenceSourceName } from './port.js'

/**
 * Which sources speak for each agent. `always`: none, so the agent is available unless they are in a call here or choose another
 * state on the console. Our own calls speak for every agent.
 */
export interface BoardSettings {
  readonly agents: ReadonlyMap<AgentUri, 'always' | readonly PresenceSourceName[]>
}

/** What one source says about an agent now, as the API shows it. */
interface Statement {
  /** `always` stands for an agent without sources. */
  readonly source: PresenceSourceName | 'always'
  readonly state: PresenceState
  readonly reason: string
  /** Absent: until replaced. */
  readonly expires?: Instant
}

/** What happened to one report. This is the label of `carillon_presence_events_total{result}`. */
type ReportResult =
  | 'accepted'
  /** Dropped: older than the source's last report, by version or time. */
  | 'stale'
  /** The report's time was over, on arrival or later. The source then counts as silent. */
  | 'expired'
  | 'withdrawn'
  | 'unknownAgent'
  /** Dropped: the config does not let this source speak for this agent. */
  | 'notConfigured'

export interface BoardOptions {
  readonly settings: BoardSettings
  readonly clock: Clock
  /** Called when the state that routing should know changes, or its reason. Our own calls do not count. */
  readonly changed: (agent: AgentUri, presence: Presence) => void
  readonly counted: (source: PresenceSourceName, result: ReportResult) => void
}

/** The longest time for one timer. A later expiry is checked again then. Node's timers are limited to 24.8 days. */
const longestTimer = millis(86_400_000)

interface Kept {
  /** The last accepted report. New ones are compared with it, even after it expired. */
  readonly report: PresenceReport
  readonly current: boolean
}

interface Entry {
  sources: 'always' | readonly PresenceSourceName[]
  readonly kept: Map<PresenceSourceName, Kept>
  merged: Presence
}

/**
 * Merges what the sources say about each agent. The least available current report wins. A choice on the console outranks other
 * states chosen by people, but never a call and never "not registered". If all sources are silent, the agent is offline.
 *
 * Routing gets the merge without our own calls: it knows them by the agent's lease, and lets calls ring for an attendant who is
 * in a call. `shown` and `statements` add our own calls for people.
 */
export class PresenceBoard implements PresenceSink {
  readonly #options: BoardOptions
  readonly #entries = new Map<AgentUri, Entry>()
  readonly #expiries: TimerSet<string>

  constructor(options: BoardOptions) {
    this.#options = options
    this.#expiries = new TimerSet(options.clock)
    for (const [agent, sources] of options.settings.agents) this.#add(agent, sources)
  }

  /** Reports every agent's presence once, at the start, when the core is ready. */
  announce(): void {
    for (const [agent, entry] of this.#entries) this.#options.changed(agent, entry.merged)
  }

  report(report: PresenceReport): void {
    const { agent, source } = report
    const entry = this.#entries.get(agent)
    const result = entry ? this.#take(entry, report) : 'unknownAgent'
    this.#options.counted(source, result)
    if (entry && (result === 'accepted' || result === 'expired')) this.#settle(agent, entry, source)
  }

  withdraw(agent: AgentUri, source: PresenceSourceName): void {
    const entry = this.#entries.get(agent)
    // The version is forgotten too, because a new subscription or registration starts counting again.
    if (!entry?.kept.has(source)) return
    this.#forget(agent, entry, [source])
    this.#options.counted(source, 'withdrawn')
    this.#settle(agent, entry, source)
  }

  /** Why this source may not speak for this agent, as an error text. Undefined: it may. */
  refusal(agent: AgentUri, source: PresenceSourceName): string | undefined {
    const entry = this.#entries.get(agent)
    if (!entry) return `${agent} is not an agent of this config`
    if (maySpeak(entry, source)) return undefined
    const [now, remedy] =
      entry.sources === 'always'
        ? ['always', `set presence: [${source}] for this agent`]
        : [`[${entry.sources.join(', ')}]`, `add ${source} to it`]
    return `the presence of ${agent} is ${now} in the config; ${remedy} in agents.yaml`
  }

  /** What the sources say about an agent now, including our own calls. Empty for an unknown agent. */
  statements(agent: AgentUri): readonly Statement[] {
    const entry = this.#entries.get(agent)
    if (!entry) return []
    const said = presenceSourceNames.flatMap(source => {
      const report = currentOf(entry, source)
      return report ? [statementOf(report)] : []
    })
    return entry.sources === 'always' ? [...said, always] : said
  }

  /** The merged presence for people. Unlike what routing gets, it includes our own calls. */
  shown(agent: AgentUri): Presence | undefined {
    const entry = this.#entries.get(agent)
    const call = entry && currentOf(entry, 'calls')
    if (!call || absenceOf(call.state) <= absenceOf(entry.merged.state)) return entry?.merged
    return { state: call.state, since: call.at, because: becauseOf(call) }
  }

  /** Runs after a config reload, when the core knows the new config. Reports what is new or changed. */
  replaceSettings(settings: BoardSettings): void {
    for (const [agent, entry] of this.#entries) {
      if (settings.agents.has(agent)) continue
      this.#forget(agent, entry, [...entry.kept.keys()])
      this.#entries.delete(agent)
    }
    for (const [agent, sources] of settings.agents) {
      const entry = this.#entries.get(agent)
      if (entry) {
        entry.sources = sources
        const silenced = [...entry.kept.keys()].filter(source => !maySpeak(entry, source))
        this.#forget(agent, entry, silenced)
        this.#settle(agent, entry)
      } else {
        this.#options.changed(agent, this.#add(agent, sources).merged)
      }
    }
  }

  close(): void {
    this.#expiries.stopAll()
  }

  #add(agent: AgentUri, sources: Entry['sources']): Entry {
    const kept = new Map<PresenceSourceName, Kept>()
    const entry = { sources, kept, merged: { since: this.#options.clock.now(), ...mergeOf({ sources, kept }) } }
    this.#entries.set(agent, entry)
    return entry
  }

  #forget(agent: AgentUri, entry: Entry, sources: readonly PresenceSourceName[]): void {
    for (const source of sources) {
      this.#stopExpiry(agent, entry.kept.get(source))
      entry.kept.delete(source)
    }
  }

  #take(entry: Entry, report: PresenceReport): ReportResult {
    if (!maySpeak(entry, report.source)) return 'notConfigured'
    const last = entry.kept.get(report.source)
    if (last && isStale(report, last.report)) return 'stale'
    const current = report.expires === undefined || report.expires > this.#options.clock.now()
    entry.kept.set(report.source, { report, current })
    if (current && report.expires !== undefined) this.#expireAt(report, report.expires)
    else this.#stopExpiry(report.agent, last)
    return current ? 'accepted' : 'expired'
  }

  /** Only reports with an expiry have a timer. */
  #stopExpiry(agent: AgentUri, kept: Kept | undefined): void {
    if (kept?.report.expires !== undefined) this.#expiries.stop(timerName(agent, kept.report.source))
  }

  #expireAt(report: PresenceReport, expires: Instant): void {
    const { agent, source } = report
    const left = between(this.#options.clock.now(), expires)
    this.#expiries.start(timerName(agent, source), millis(Math.min(left, longestTimer)), () => {
      if (this.#options.clock.now() < expires) return this.#expireAt(report, expires)
      const entry = this.#entries.get(agent)
      if (!entry) return
      entry.kept.set(source, { report, current: false })
      this.#options.counted(source, 'expired')
      this.#settle(agent, entry)
    })
  }

  /** Reports to routing if the merge changed. Our own calls are not part of the merge. */
  #settle(agent: AgentUri, entry: Entry, source?: PresenceSourceName): void {
    if (source === 'calls') return
    const { state, because } = mergeOf(entry)
    const before = entry.merged
    if (before.state === state && before.because === because) return
    entry.merged = { state, because, since: before.state === state ? before.since : this.#options.clock.now() }
    this.#options.changed(agent, entry.merged)
  }
}

const always: Statement = { source: 'always', state: 'available', reason: 'no source is configured for this agent' }

const timerName = (agent: AgentUri, source: PresenceSourceName): string => `${source} ${agent}`

const wordOf = (said: Statement | PresenceReport): Omit<Presence, 'since'> => ({ state: said.state, because: becauseOf(said) })

const becauseOf = ({ source, reason }: Statement | PresenceReport): string => `${source}: ${reason}`

function maySpeak(entry: Entry, source: PresenceSourceName): boolean {
  if (source === 'calls') return true
  return entry.sources === 'always' ? source === 'console' : entry.sources.includes(source)
}

function currentOf(entry: Pick<Entry, 'kept'>, source: PresenceSourceName): PresenceReport | undefined {
  const kept = entry.kept.get(source)
  return kept?.current ? kept.report : undefined
}

function statementOf({ source, state, reason, expires }: PresenceReport): Statement {
  return { source, state, reason, ...(expires !== undefined && { expires }) }
}

/** Compares versions if both have one, otherwise times. With an equal value the new report counts as later. */
function isStale(report: PresenceReport, last: PresenceReport): boolean {
  if (report.version !== undefined && last.version !== undefined && report.version !== last.version)
    return report.version < last.version
  return report.at < last.at
}

function basisOf({ source, basis }: PresenceReport): 'person' | 'call' | 'device' {
  if (basis) return basis
  if (source === 'calls') return 'call'
  return source === 'registration' ? 'device' : 'person'
}

/** The merge that routing gets. */
function mergeOf(entry: Pick<Entry, 'sources' | 'kept'>): Omit<Presence, 'since'> {
  const choice = currentOf(entry, 'console')
  if (entry.sources === 'always') return wordOf(choice ?? always)
  let least: PresenceReport | undefined
  for (const source of presenceSourceNames) {
    const report = currentOf(entry, source)
    if (!report || !countsBeside(report, choice)) continue
    if (!least || absenceOf(report.state) > absenceOf(least.state)) least = report
  }
  return least ? wordOf(least) : { state: 'offline', because: silenceOf(entry) }
}

/** Our own calls are not part of the merge. If the agent chose a state on the console, states chosen by others do not count. */
function countsBeside(report: PresenceReport, choice: PresenceReport | undefined): boolean {
  if (report.source === 'calls') return false
  return choice === undefined || report === choice || basisOf(report) !== 'person'
}

function silenceOf({ sources, kept }: Pick<Entry, 'sources' | 'kept'>): string {
  if (sources === 'always') return becauseOf(always)
  const spoke = sources.filter(source => kept.has(source))
  return spoke.length > 0
    ? `unknown: what ${spoke.join(' and ')} said is over`
    : `unknown: no word yet from ${sources.join(' or ')}`
}
