import type { ChangeOutcome } from '../calls/calls.js'
import type { LogArea, LogLevel, LogLevels } from '../foundation/log.js'
import type { Millis, WallTime } from '../foundation/time.js'
import type { AgentUri, CallId, GroupName, OfferId, World } from '../routing/index.js'
import type { Change } from '../config/plan.js'
import type { WaitingCall } from '../config/plan-calls.js'
import type { PlanView } from '../config/plan-view.js'
import type { PresenceSourceName, PresenceState } from '../presence/port.js'
import type { RoutingSettings } from '../routing/world/settings.js'
import type { AuditEntry, AuditFilter, CallRecord, NumberedEntry, RecordFilter } from '../store/port.js'
import type { PhoneHolder } from '../sip/index.js'
import type { LadderDocument } from './documents.js'

/** What one presence source says of an agent now. */
export interface PresenceStatement {
  /** `always` stands in for the sources of an agent who has none. */
  readonly source: PresenceSourceName | 'always'
  readonly state: PresenceState
  readonly reason: string
  /** In the server's own time; absent: until replaced. */
  readonly expires?: number
}

export interface Health {
  /** What keeps the server from taking calls; empty when it is ready. */
  readonly problems: readonly string[]
  /** What does not work while calls are taken all the same. */
  readonly degraded: readonly string[]
}

/** Temporary SIP credentials for a phone in the browser. */
export interface IssuedPhone {
  readonly uri: string
  readonly user: string
  readonly password: string
  readonly realm: string
  /** Where it connects, `ws://…` or `wss://…`. */
  readonly server: string
  readonly expires: WallTime
}

/** What the last reading of the config found, as `carillon check` says it, and what changed since the start, the latest first. */
export interface ConfigCheck {
  readonly readAt: WallTime
  /** Not empty: that reading changed nothing. */
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  readonly changes: readonly { readonly at: WallTime; readonly changes: readonly Change[] }[]
}

/** A phone that registered here: one of its contacts. */
export interface RegisteredPhone {
  readonly agent: string
  /** As the phone wrote it. */
  readonly contact: string
  readonly transport: string
  /** The connection or address at which it is reached, if it is not the contact's. */
  readonly reachedAt?: string
  readonly expires: WallTime
  /** It registered with temporary credentials, as browsers do. */
  readonly isTemporary: boolean
}

/** What came of a reload that somebody asked for. */
export interface ConfigReload {
  /** As in ConfigCheck. Not empty: the previous config stays in force. */
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  /** What this reading changed. */
  readonly changes: readonly Change[]
  /** The keys that changed since the start and wait for the next one. */
  readonly waiting: readonly string[]
}

/** A small notice that something changed; who wants the new state reads it. `config`: it was read, whatever came of it. */
export interface ChangeNotice {
  readonly kind: 'agent' | 'queue' | 'call' | 'group' | 'config'
  readonly id: string
}

/** The running server as the HTTP door sees it: reads take nothing from routing but the time to copy a few fields. */
export interface LiveServer {
  world(): World
  /** Of the running config. */
  routing(): RoutingSettings
  now(): number
  /** A moment of the server's own time as people read it. */
  wall(at: number): WallTime
  statements(agent: AgentUri): readonly PresenceStatement[]
  /** The merged presence for people: own calls included, unlike what routing goes by. */
  shownPresence(agent: AgentUri): { readonly state: PresenceState; readonly since: number; readonly because: string } | undefined
  groupDescription(group: GroupName): string | undefined
  health(): Health
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
  /** By a program (`http`) or the agent (`console`); `expiresAfter` absent: until replaced. */
  setPresence(agent: AgentUri, source: 'http' | 'console', state: PresenceState, expiresAfter: Millis | undefined): ChangeOutcome
  /** Whether the config lets the source speak for the agent. */
  maySetPresence(agent: AgentUri, source: 'http' | 'console'): boolean
  /** The source says nothing of this agent any more. */
  clearPresence(agent: AgentUri, source: 'http' | 'console'): void
  signIn(agent: AgentUri, group: GroupName): ChangeOutcome
  signOut(agent: AgentUri, group: GroupName): ChangeOutcome
  /** Resolves true once the sign-ins and sign-outs of before outlive a restart; false when they don't, within 2 s. */
  kept(): Promise<boolean>
  /** The agent ends their wrap-up. */
  endWrapUp(agent: AgentUri): ChangeOutcome
  /** The agent declines an offer without touching the phone. */
  decline(offer: OfferId): ChangeOutcome
  /** The attendant takes a waiting call out of its order: it rings at their desk. */
  pick(call: CallId, agent: AgentUri): ChangeOutcome
  /** Without an agent for a guest, who only calls. `hostname`: by which name the browser reaches this machine. `full`: too many hold in all. */
  issuePhone(
    agent: AgentUri | undefined,
    hostname: string,
    holder: PhoneHolder,
  ):
    | { readonly kind: 'issued'; readonly phone: IssuedPhone }
    | { readonly kind: 'refused'; readonly because: string }
    | { readonly kind: 'full' }
  /** Ends the credentials that may not be held any more, of these holders or of all, with the phones that registered by them. */
  reviewPhones(mayHold: (holder: string, agent: string | undefined) => boolean, holders?: readonly string[]): void
  /** Who calls, of a call in progress. */
  caller(call: CallId): { readonly uri: string; readonly displayName?: string } | undefined
  /** Calls in progress of which a leg has this SIP Call-ID, the latest first. */
  callsOf(sipCallId: string): readonly CallId[]
  /** Where a phone in the browser connects, `ws://…` or `wss://…`; undefined: nowhere. `hostname`: as for issuePhone. */
  phoneServer(hostname: string): string | undefined
  /** The story of a call, also of one that is over, as far back as it is kept. */
  explain(call: CallId): { readonly text: string; readonly document: unknown } | undefined
  /**
   * The SIP messages of a call, as far back as they are kept. `arrivedAt`: of the call. `isWhole`: with its Call-IDs, tags and branches, by which
   * a request is taken for one of the call; else placeholders stand for them.
   */
  ladder(
    call: CallId,
    arrivedAt: WallTime,
    isWhole: boolean,
  ): Promise<{ readonly text: string; readonly document: LadderDocument }>
  /** Records of calls that are over. */
  records(filter: RecordFilter): Promise<readonly CallRecord[]>
  record(call: CallId): Promise<CallRecord | undefined>
  /** Told of each new record. */
  onRecord(listener: (record: CallRecord) => void): void
  saveAudit(entry: AuditEntry): void
  audit(filter: AuditFilter): Promise<readonly NumberedEntry[]>
  /** The running config and the calls that wait, as `carillon plan` compares them. The view is the same object while the config is. */
  planBasis(): { readonly view: PlanView; readonly waiting: readonly WaitingCall[] }
  /** What the last reading of the config found. */
  configCheck(): ConfigCheck
  logLevels(): LogLevels
  /** At once, until the server ends. */
  setLogLevel(area: LogArea, level: LogLevel): void
  /** The phones that are registered now. */
  registeredPhones(): readonly RegisteredPhone[]
  /** Reads the config again. */
  reloadConfig(): Promise<ConfigReload>
  /** Told of every change until the returned function is called. */
  subscribe(listener: (notice: ChangeNotice) => void): () => void
}
