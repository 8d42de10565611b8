import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PlanView } from '../../../src/config/plan-view.js'
import type { ShownSupervisor } from '../../../src/calls/step.js'
import type { AccessSettings, HttpSettings, Rights, Role } from '../../../src/config/settings.js'
import { logAreas, silentLog, type LogFields, type LogLevels } from '../../../src/foundation/log.js'
import { toWall, wallNow } from '../../../src/foundation/clock.js'
import { instant, millis } from '../../../src/foundation/time.js'
import { ok } from '../../../src/foundation/result.js'
import type { Editing } from '../../../src/http/editing.js'
import type { ConfigReload, LiveServer, RegisteredPhone } from '../../../src/http/live-server.js'
import { createHttpServer, type HttpServer } from '../../../src/http/server.js'
import { LegNames } from '../../../src/observability/leg-names.js'
import type { CallRecord } from '../../../src/store/port.js'
import { MemoryStore } from '../../../src/store/memory.js'
import { Webhooks } from '../../../src/webhooks/webhooks.js'
import { FakeRecordings } from '../../fakes/recordings.js'
import { Shell } from '../calls/shell.js'
import { WorldBuilder } from '../routing/build.js'

export const routing = new WorldBuilder()
  .agent('alice', { alwaysAvailable: true })
  .agent('olga', { alwaysAvailable: true, homed: 'online' })
  .group('support', 'serial', ['alice', 'bob'], { participationPolicy: 'formal' })
  .group('sales', 'parallel', ['alice', 'olga'])
  .queue('support', ['support'])
  .queue('sales', ['sales'])
  .settings()

type Listener = Parameters<LiveServer['subscribe']>[0]

/** No user is configured: this machine may do everything. */
export const nobody: AccessSettings = {
  ...{ users: [], tokens: [], keepAudit: millis(86_400_000) },
  sessions: { idle: millis(3_600_000), longest: millis(43_200_000) },
}

/** Default settings of the config. */
/** A token whose secret is its name. */
export const tokenOf = (name: string, rights: Partial<Rights> & { role: Role }) => ({
  ...{ name, digest: createHash('sha256').update(name).digest('hex'), workflows: [] },
  ...rights,
})
export const connections = { most: 1_000, strangers: 400, perAddress: 64, requestWithin: millis(30_000) }

const noEditing: Editing = {
  allowed: 'managers',
  list: () => Promise.resolve([]),
  read: () => Promise.resolve(undefined),
  plan: () => Promise.resolve({ kind: 'absent' }),
  make: () => Promise.resolve({ kind: 'absent' }),
  keepRecording: () => Promise.resolve('tooLarge'),
  recordings: () => Promise.resolve([]),
  removeRecording: () => Promise.resolve('absent'),
  sound: () => Promise.resolve(undefined),
  history: () => Promise.resolve([]),
  close: () => undefined,
}

/** The HTTP server over a shell. The test plays the shell's phones. */
export class Site {
  readonly shell = new Shell(routing)
  readonly presence: unknown[] = []
  readonly store = new MemoryStore()
  readonly logins: string[] = []
  /** The log lines with level warn, with their fields. */
  readonly warnings: LogFields[] = []
  readonly infos: LogFields[] = []
  metricsFail = false
  /** Internal errors in the log. */
  readonly faults: string[] = []
  /** Their fields. */
  readonly errors: LogFields[] = []
  problems: string[] = []
  /** The SIP Call-IDs of calls in progress. */
  readonly legs = new LegNames()
  /** Issued credentials: their session and agent. */
  /** For each requested ladder: whether it includes the SIP identifiers. */
  readonly wholeLadders: boolean[] = []
  ladderMade = Promise.resolve()
  phones: { readonly holder: string; readonly agent: string | undefined }[] = []
  /** The result of a reload. */
  reload: ConfigReload = { faults: [], warnings: [], changes: [], waiting: [] }
  leaves: ReturnType<LiveServer['leaveCluster']> = { kind: 'refused', because: 'this server is not a node of a cluster' }
  levels = Object.fromEntries(logAreas.map(area => [area, 'info'])) as unknown as LogLevels
  registered: readonly Omit<RegisteredPhone, 'expires'>[] = []
  phoneServer = 'ws://127.0.0.1:5080'
  kept = Promise.resolve(true)
  /** The document of `/api/config`. */
  view = { workflows: [] } as unknown as PlanView
  /** The number of agents whose presence statements were read. */
  described = 0
  /** The people whose limits apply to issued credentials. */
  readonly payers: (string | undefined)[] = []
  /** The number of record pages that were read from the store. */
  pagesRead = 0
  /** Edits the config. Nobody may, until a test says otherwise. */
  editing: Editing = noEditing
  readonly #listeners = new Set<Listener>()
  readonly #recordListeners: ((record: CallRecord) => void)[] = []
  readonly #http: HttpServer
  /** Which recordings agents may hear. */
  recordingsOfAgents: 'none' | 'own' = 'none'
  readonly recordings = new FakeRecordings()
  /** The template of the page about a caller. */
  screenPop: string | undefined = undefined
  /** What the webhooks posted. */
  readonly posted: string[] = []
  readonly webhooks = new Webhooks({
    ...{ clock: this.shell.clock, log: silentLog, wall: at => toWall(this.shell.clock, at), caller: () => undefined },
    document: record => record,
    post: ({ body }) => Promise.resolve({ kind: 'answered', status: this.posted.push(body) > 0 ? 204 : 500 }),
  })
  supervisionIsShown = true
  /** Who supervises each call. */
  supervisors: readonly ShownSupervisor[] = []
  url = ''

  constructor(
    access: Partial<AccessSettings> = {},
    http: Partial<HttpSettings> = {},
    consoleFolder = join(tmpdir(), 'carillon-console-not-built'),
  ) {
    const { calls, world, clock } = this.shell
    const live: LiveServer = {
      world: () => world,
      routing: () => routing,
      now: clock.now,
      statements: () => {
        this.described += 1
        return [{ source: 'http', state: 'busy', reason: 'set by HTTP', expires: 1_800_000_060_000 }]
      },
      shownPresence: () => undefined,
      groupDescription: name => (name === 'support' ? 'First line' : undefined),
      wall: at => toWall(clock, instant(at)),
      health: () => ({ version: '1.2.3', problems: this.problems, degraded: [] }),
      metrics: () =>
        this.metricsFail
          ? Promise.reject(new Error('no metrics today'))
          : Promise.resolve({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
      setPresence: (agent, source, state, expiresAfter) => {
        this.presence.push([agent, state, expiresAfter, ...(source === 'http' ? [] : [source])])
        return state === 'offline' ? { kind: 'refused', because: 'the config says always' } : { kind: 'done' }
      },
      maySetPresence: (_agent, source) => source === 'http',
      clearPresence: (agent, source) => void this.presence.push([agent, source]),
      callsBySipCallId: sipCallId => this.legs.callsBySipCallId(sipCallId),
      caller: () => ({ uri: 'sip:+15550100@example.com', displayName: 'Ann Caller', supervisors: this.supervisors }),
      phoneServer: () => this.phoneServer,
      configCheck: () => ({ readAt: wallNow(clock), faults: [], warnings: ['agents.yaml:2:5: looks odd'], changes: [] }),
      recordings: this.recordings,
      recordingsOfAgents: () => this.recordingsOfAgents,
      setRecording: (call, wanted, isSupervisor) => calls.setRecording(call, wanted, isSupervisor),
      supervise: (call, who, mode) => calls.supervise(call, who, mode),
      stopSupervising: (call, agent) => calls.stopSupervising(call, agent),
      supervisionIsShown: () => this.supervisionIsShown,
      reloadConfig: () => Promise.resolve(this.reload),
      leaveCluster: () => this.leaves,
      logLevels: () => this.levels,
      setLogLevel: (area, level) => void (this.levels = { ...this.levels, [area]: level }),
      registeredPhones: () => this.registered.map(phone => ({ ...phone, expires: wallNow(clock) })),
      signIn: (agent, group) => calls.signIn(agent, group),
      signOut: (agent, group) => calls.signOut(agent, group),
      signInsAreSaved: () => this.kept,
      endWrapUp: agent => calls.endWrapUp(agent),
      resume: agent => calls.resume(agent),
      decline: offer => calls.decline(offer),
      pick: (call, agent) => calls.pick(call, agent),
      consult: (agent, call, to) => calls.consult(agent, call, to),
      completeConsultation: (agent, call) => calls.completeConsultation(agent, call),
      takeBack: (agent, call) => calls.takeBack(agent, call),
      issuePhone: (agent, hostname, holder) => {
        if (this.problems.length > 0) return { kind: 'refused', because: this.problems.join() }
        this.phones.push({ holder: holder.id, agent })
        this.payers.push(holder.payer)
        return {
          kind: 'issued',
          phone: {
            ...{ uri: agent ?? 'sip:guest-1@example.com', user: 'u', password: 'p', realm: 'example.com' },
            ...{ server: `ws://${hostname}:5080`, expires: wallNow(clock) },
          },
        }
      },
      revokeLostPhones: mayHold => (this.phones = this.phones.filter(({ holder, agent }) => mayHold(holder, agent))),
      explain: call => (call === 'known' ? { text: () => 'because', document: () => ({ call }) } : undefined),
      ladder: async (callId, _arrivedAt, withDialogNames) => {
        this.wholeLadders.push(withDialogNames)
        await this.ladderMade
        return {
          text: () => '|---- INVITE ---->|',
          document: () => ({ callId, captured: true, complete: true, peers: [], messages: [] }),
          pcap: () => Buffer.from([0xd4, 0xc3]),
        }
      },
      webhooks: this.webhooks,
      screenPop: () => this.screenPop,
      bundle: (callId, { document }) => Promise.resolve(Buffer.from(`${callId} ${document.workflow}`)),
      onRecord: listener => void this.#recordListeners.push(listener),
      records: (filter, reader) => {
        this.pagesRead += 1
        return this.store.records(filter, reader)
      },
      record: (call, reader) => this.store.record(call, reader),
      saveAudit: entry => this.store.saveAudit(entry),
      audit: (filter, reader) => this.store.audit(filter, reader),
      planBasis: () => ({ view: this.view, waiting: [] }),
      speak: text => Promise.resolve(ok(Buffer.from(text))),
      editing: this.#edits(),
      subscribe: listener => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
    }
    this.#http = createHttpServer({
      config: {
        settings: { host: '127.0.0.1', port: 0, trustedProxies: [], connections, ...http },
        access: { ...nobody, ...access },
      },
      ...{ live, clock, random: randomBytes, consoleFolder },
      log: {
        ...silentLog,
        info: (msg, fields) => void this.infos.push({ msg, ...fields }),
        error: (text, fields) => {
          this.faults.push(text)
          this.errors.push({ ...fields })
        },
        warn: (msg, fields) => void this.warnings.push({ msg, ...fields }),
      },
      loginTried: result => void this.logins.push(result),
    })
  }

  /** What a test puts in `editing` counts from then on. */
  #edits(): Editing {
    const now = (): Editing => this.editing
    return {
      get allowed() {
        return now().allowed
      },
      list: (...asked) => now().list(...asked),
      read: (...asked) => now().read(...asked),
      plan: (...asked) => now().plan(...asked),
      make: (...asked) => now().make(...asked),
      keepRecording: (...asked) => now().keepRecording(...asked),
      recordings: (...asked) => now().recordings(...asked),
      removeRecording: (...asked) => now().removeRecording(...asked),
      sound: (...asked) => now().sound(...asked),
      history: (...asked) => now().history(...asked),
      close: () => now().close(),
    }
  }

  /** Ends a call. */
  save(record: CallRecord): void {
    this.store.saveRecord(record)
    for (const listener of this.#recordListeners) listener(record)
  }

  /** Notifies all streams. Undefined while there are none. */
  get listener(): Listener | undefined {
    return this.#listeners.size === 0 ? undefined : notice => this.#listeners.forEach(listener => listener(notice))
  }

  /** The number of listening streams. */
  get listeners(): number {
    return this.#listeners.size
  }

  get metricsUrl(): string {
    return this.#http.metricsUrl ?? assert.fail('the metrics have no address')
  }

  async start(): Promise<void> {
    this.url = await this.#http.start()
  }

  replaceAccess(access: Partial<AccessSettings>): void {
    this.#http.replaceAccess({ ...nobody, ...access })
  }

  stop(): Promise<void> {
    return this.#http.stop()
  }

  ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) }
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    return fetch(`${this.url}${path}`, { method, ...json, headers: { ...type, ...headers }, redirect: 'manual' })
  }

  async read<T>(path: string): Promise<T> {
    const response = await this.ask('GET', path)
    assert.equal(response.status, 200, path)
    return (await response.json()) as T
  }
}
