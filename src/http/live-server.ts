import type { Sight } from '../cluster/sight.js'
import type { Webhooks } from '../webhooks/webhooks.js'
import type { ChangeOutcome } from '../calls/calls.js'
import type { RecordingState, ShownSupervisor, SupervisionMode } from '../calls/step.js'
import type { SupervisingPerson } from '../calls/live/supervisor.js'
import type { Recordings } from '../media/port.js'
import type { LogArea, LogLevel, LogLevels } from '../foundation/log.js'
import type { Result } from '../foundation/result.js'
import type { Millis, WallTime } from '../foundation/time.js'
import type { TurnTaker } from '../foundation/turns.js'
import type { AgentUri, CallId, GroupName, OfferId, WorkflowName, World } from '../routing/index.js'
import type { Change } from '../config/plan.js'
import type { WaitingCall } from '../config/plan-calls.js'
import type { PlanView } from '../config/plan-view.js'
import type { PresenceSourceName, PresenceState } from '../presence/port.js'
import type { RoutingSettings } from '../routing/world/settings.js'
import type { AuditEntry, CallRecord, Store } from '../store/port.js'
import type { PhoneHolder } from '../sip/index.js'
import type { LadderDocument } from './documents.js'
import type { Editing } from './editing.js'

/** What one presence source currently says about an agent. */
interface PresenceStatement {
  /** `always` stands for an agent without sources. */
  readonly source: PresenceSourceName | 'always'
  readonly state: PresenceState
  readonly reason: string
  /** In ms of the process's own time (`Clock.now`). Absent: until it is replaced. */
  readonly expires?: number
}

export interface Health {
  /** Carillon's, such as `0.2.0`. */
  readonly version: string
  /** Why the server takes no calls. Empty: it is ready. */
  readonly problems: readonly string[]
  /** What does not work, although calls are taken. */
  readonly degraded: readonly string[]
  /** Absent: this server is not in a cluster. */
  readonly cluster?: Sight
}

/** Temporary SIP credentials for a phone in the browser. */
interface IssuedPhone {
  readonly uri: string
  readonly user: string
  readonly password: string
  readonly realm: string
  /** The address to which the phone connects, `ws://…` or `wss://…`. */
  readonly server: string
  readonly expires: WallTime
}

/** The result of the last reading of the config, as `carillon check` prints it, and the changes since the start, latest first. */
export interface ConfigCheck {
  readonly readAt: WallTime
  /** If there are any, the reading changed nothing. */
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
  /** The connection or address that reaches it, if not the contact's. */
  readonly reachedAt?: string
  readonly expires: WallTime
  /** It registered with temporary credentials, as browsers do. */
  readonly isTemporary: boolean
}

/** The result of a requested reload. */
export interface ConfigReload {
  /** As in ConfigCheck. If there are any, the previous config stays in force. */
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  /** What this reading changed. */
  readonly changes: readonly Change[]
  /** Keys that changed since the start and take effect at the next start. */
  readonly waiting: readonly string[]
}

/** A short notice of a change. Readers then read the new state. `config`: the config was read, with or without success. */
export interface ChangeNotice {
  readonly kind: 'agent' | 'queue' | 'call' | 'group' | 'config'
  readonly id: string
}

/** One answer in two forms: text for people, a document for programs. A form may be long, so it is made only when it is asked for. */
export interface ToldForms<Document> {
  text(): string
  document(): Document
}

/** `pcap`: a capture file. */
export interface LadderForms extends ToldForms<LadderDocument> {
  pcap(): Buffer
}

/** What a bundle says about its call. `document`: as the API shows it. `endedAt` absent: it is in progress. */
export interface BundledCall {
  readonly document: { readonly workflow: string }
  readonly arrivedAt: WallTime
  readonly endedAt?: WallTime
}

/** The running server as the HTTP API sees it. Reading live state only copies a few fields from routing. */
export interface LiveServer {
  world(): World
  /** The routing settings of the running config. */
  routing(): RoutingSettings
  /** In ms of the process's own time (`Clock.now`). */
  now(): number
  /** `at`, in ms of the process's own time (`Clock.now`), as people read it. */
  wall(at: number): WallTime
  statements(agent: AgentUri): readonly PresenceStatement[]
  /**
   * The merged presence as people see it. Unlike the presence for routing, it includes the agent's own calls. `since` is in ms of the
   * process's own time (`Clock.now`).
   */
  shownPresence(agent: AgentUri): { readonly state: PresenceState; readonly since: number; readonly because: string } | undefined
  groupDescription(group: GroupName): string | undefined
  health(): Health
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
  /** Sets a presence by a program (`http`) or the agent (`console`). `expiresAfter` absent: until it is replaced. */
  setPresence(agent: AgentUri, source: 'http' | 'console', state: PresenceState, expiresAfter: Millis | undefined): ChangeOutcome
  /** Whether the config allows this source for the agent. */
  maySetPresence(agent: AgentUri, source: 'http' | 'console'): boolean
  /** Removes what the source said about this agent. */
  clearPresence(agent: AgentUri, source: 'http' | 'console'): void
  signIn(agent: AgentUri, group: GroupName): ChangeOutcome
  signOut(agent: AgentUri, group: GroupName): ChangeOutcome
  /** Resolves true once the sign-ins and sign-outs so far will survive a restart, or false if that fails within 2 s. */
  signInsAreSaved(): Promise<boolean>
  /** The agent ends their wrap-up. */
  endWrapUp(agent: AgentUri): ChangeOutcome
  /** The agent is back after an automatic pause. */
  resume(agent: AgentUri): ChangeOutcome
  /** The agent declines an offer without touching the phone. */
  decline(offer: OfferId): ChangeOutcome
  /** The attendant picks a waiting call out of order. It rings at their desk. */
  pick(call: CallId, agent: AgentUri): ChangeOutcome
  /** The agent calls `to` to talk first, and the other side of the call waits. */
  consult(agent: AgentUri, call: CallId, to: string): ChangeOutcome
  /** The one who was called so takes the place of the agent. */
  completeConsultation(agent: AgentUri, call: CallId): ChangeOutcome
  /** The agent takes back the call that they are transferring. `call` absent: any. */
  takeBack(agent: AgentUri, call: CallId | undefined): ChangeOutcome
  /**
   * Issues credentials. Without an agent they are for a guest, who only calls. `hostname`: the name by which the browser reaches this machine.
   * `full`: too many credentials are in use.
   */
  issuePhone(
    agent: AgentUri | undefined,
    hostname: string,
    holder: PhoneHolder,
  ):
    | { readonly kind: 'issued'; readonly phone: IssuedPhone }
    | { readonly kind: 'refused'; readonly because: string }
    | { readonly kind: 'full' }
  /** Revokes the credentials that their holder may no longer have: those of `holders`, or of all. Their registrations end too. */
  revokeLostPhones(mayHold: (holder: string, agent: string | undefined) => boolean, holders?: readonly string[]): void
  /** The caller of a call in progress. */
  caller(call: CallId):
    | {
        readonly uri: string
        readonly displayName?: string
        readonly recording?: RecordingState
        readonly supervisors?: readonly ShownSupervisor[]
      }
    | undefined
  /** The template of the page about a caller of this workflow. Undefined: none. */
  screenPop(workflow: WorkflowName): string | undefined
  /** Calls in progress with a leg of this SIP Call-ID, latest first. */
  callsBySipCallId(sipCallId: string): readonly CallId[]
  /** The address to which a browser's phone connects, `ws://…` or `wss://…`. Undefined: none. `hostname`: as for issuePhone. */
  phoneServer(hostname: string): string | undefined
  /** The story of a call in progress or finished, as far back as stories are kept. */
  explain(call: CallId): ToldForms<unknown> | undefined
  /**
   * The SIP messages of a call, as far back as they are kept. `arrivedAt`: the arrival of the call. `withDialogNames`: with the call's
   * Call-IDs, tags and branches, which would let somebody forge a request in the call. Otherwise placeholders replace them.
   */
  ladder(call: CallId, arrivedAt: WallTime, withDialogNames: boolean): Promise<LadderForms>
  /** A ZIP about a call for a bug report, without names, numbers and addresses. Takes as long as the journal of the call's time is long. */
  bundle(call: CallId, of: BundledCall): Promise<Uint8Array>
  /** Records of finished calls. */
  readonly records: Store['records']
  readonly record: Store['record']
  /** Called for each new record. */
  onRecord(listener: (record: CallRecord) => void): void
  saveAudit(entry: AuditEntry): void
  readonly audit: Store['audit']
  /** The running config and the waiting calls, as `carillon plan` compares them. `view` is the same object until the config changes. */
  planBasis(): { readonly view: PlanView; readonly waiting: Iterable<WaitingCall | undefined> }
  /** The result of the last reading of the config. */
  configCheck(): ConfigCheck
  logLevels(): LogLevels
  /** Takes effect at once, until the server ends. */
  setLogLevel(area: LogArea, level: LogLevel): void
  /** The registered phones. */
  registeredPhones(): readonly RegisteredPhone[]
  /** Reads the config again. */
  reloadConfig(): Promise<ConfigReload>
  /** This node of a cluster leaves its calls to one of `to`. */
  leaveCluster():
    | { readonly kind: 'leaves'; readonly node: string; readonly to: readonly string[] }
    | { readonly kind: 'refused'; readonly because: string }
  /** A WAV with the words as callers would hear them, or why they can't be spoken. */
  speak(text: string, language: string, who: TurnTaker): Promise<Result<Uint8Array>>
  /** The recordings of calls. Undefined without a media engine. */
  readonly recordings: Recordings | undefined
  /** Which recordings agents may hear. */
  recordingsOfAgents(): 'none' | 'own'
  /** Starts, pauses, resumes or stops the recording of a call in progress. */
  setRecording(call: CallId, wanted: 'on' | 'paused' | 'off', isSupervisor: boolean): ChangeOutcome
  /** Programs that are told about calls. */
  readonly webhooks: Pick<Webhooks, 'list' | 'deliveries' | 'test'>
  /** Somebody begins to listen to a call, or changes who hears them. */
  supervise(call: CallId, who: SupervisingPerson, mode: SupervisionMode): ChangeOutcome
  stopSupervising(call: CallId, agent: AgentUri): ChangeOutcome
  /** Whether agents see who supervises their calls. */
  supervisionIsShown(): boolean
  /** Edits the config files. */
  readonly editing: Editing
  /** `listener` is called for every change, until the returned function is called. */
  subscribe(listener: (notice: ChangeNotice) => void): () => void
}
