import { type CallPhase, callPhases } from '../routing/world/words.js'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Step, StepReader } from '../calls/step.js'
import type { CacheStatistics } from '../foundation/cache.js'
import type { Clock } from '../foundation/clock.js'
import type { WallTime } from '../foundation/time.js'
import { settledPhase } from '../routing/world/phases.js'
import { groupViews, queueViews, type World } from '../routing/index.js'
import type { MediaStatistics } from '../media/port.js'
import type { SignalingStatistics } from '../signaling/port.js'
import {
  alone,
  cells,
  counter,
  countsOf,
  gauge,
  histogram,
  labelled,
  textOf,
  type LabelledNumber,
  type Metric,
  yesOrNo,
} from './exposition.js'
import { Histogram } from './histogram.js'
import { mediaMetrics, recordingMetrics } from './media-metrics.js'
import { CallCounts } from './metrics-reader.js'
import { labelsOf, newCell, Series } from './series.js'
import { serviceLevelOf } from './service-level.js'

/** The figures of SIP, and of the phones and notifiers that use it. */
interface SipFigures {
  readonly statistics: () => SignalingStatistics
  /** The number of presence subscriptions, by state. */
  readonly subscriptions: () => Readonly<Record<string, number>>
  /** The number of registered contacts, by transport. */
  readonly registrations: () => Readonly<Record<string, number>>
  /** The drachtio-servers and their connections. Default: none. */
  readonly drachtio?: () => readonly { readonly name: string; readonly connected: boolean; readonly connects: number }[]
  /** How long received messages wait, in ms, and whether some new calls are refused for that. */
  readonly overload: () => { readonly delay: number; readonly refuses: boolean }
  /** When the certificate in use expires. Undefined: there is none. */
  readonly certificateExpires: () => WallTime | undefined
}

/** Figures about faults of the server itself. */
interface TroubleFigures {
  /** How often each rule of docs/invariants.md was found broken. A rule that is missing here counts 0. */
  readonly violations: ReadonlyMap<string, number>
  /** Exceptions and rejections that no code caught. */
  readonly uncaught: ReadonlyMap<string, number>
  /** Whether new calls are refused because memory is low. */
  readonly memoryLow: () => boolean
  /** Whether the store is written. */
  readonly storeHealthy: () => boolean
  /** The number of lines that were lost because too many waited to be written. */
  readonly dropped: () => { readonly journal: number; readonly log: number }
  /** Whether config changes may be noticed late. */
  readonly watchImpaired: () => boolean
  /** Config keys that changed and wait for the next start. */
  readonly restartPending: () => number
  /** The lists of the LDAP directory. Default: none. */
  readonly directory?: DirectoryFigures
  /** Default: this server is not in a cluster. */
  readonly cluster?: { readonly list: readonly Metric[] }
  /** Default: none. */
  readonly webhooks?: () => readonly WebhookFigures[]
}

/** Lists that are read from a directory. */
interface DirectoryFigures {
  /** How many readings of a list there were, by result. */
  readonly counts: ReadonlyMap<string, number>
  figures(): readonly { readonly group: string; readonly readAt: WallTime | undefined }[]
}

/** Events for one program, by what became of them. */
interface WebhookFigures {
  readonly name: string
  readonly waiting: number
  readonly delivered: number
  readonly failed: number
  readonly dropped: number
}

export interface MetricsOptions {
  readonly version: string
  readonly clock: Clock
  readonly world: World
  readonly sip: SipFigures
  /** Undefined: Carillon has no media engine. */
  readonly media: () => MediaStatistics | undefined
  /** HTTP connections: open now, and closed by us, by reason. */
  readonly connections: () => {
    readonly known: number
    readonly strangers: number
    readonly refused: ReadonlyMap<string, number>
  }
  /** Default: none. */
  readonly caches?: () => readonly CacheStatistics[]
  readonly trouble: TroubleFigures
}

export interface Metrics {
  readonly reader: StepReader
  presenceEvent(source: string, result: string): void
  /** Counts a tried password: it was right, wrong, or delayed and not checked. */
  login(result: 'right' | 'wrong' | 'slowed'): void
  reloaded(succeeded: boolean, at: WallTime): void
  /** The text exposition format. */
  text(): Promise<string>
  readonly contentType: string
}

/** The rules of docs/invariants.md. Each is exported as 0 until it is broken for the first time, so that alerts can be written. */
const rules = [
  'one-winner',
  'one-leg-an-agent',
  'losers-late',
  'lease-ends',
  'no-zombie-call',
  'no-blocking-agent',
  'no-ring-loop',
  'own-ringing-is-no-reason',
  'presence-is-damped',
  'callers-are-there',
  'no-late-invite',
  'counted-once',
  "wrap-up-is-the-agent's",
  'no-idle-beside-waiting',
  'busy-means-dialog',
  'agent-fault-spares-caller',
  'presence-in-order',
  'cancel-leaves-nothing',
  'glare-is-defined',
  'cost-follows-the-agent',
  'reads-never-block',
  'no-store-in-the-offer-path',
  'paced-ringing',
  'time-out-on-time',
  'honest-wait',
  'fair-after-a-break',
  'idle-counts-every-call',
  'stated-order',
  'no-slow-leak',
  'two-clocks',
  'config-or-nothing',
  'restart-keeps-callers',
  'sound-where-it-is-wanted',
  'no-keystream-twice',
  'loops-end',
  'strangers-end-one-leg',
  'phones-choose-no-route',
]

/** In seconds. */
const dispatchBounds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1]
/**
 * The metrics of docs/contract.md. prom-client provides the process metrics. Ours are written here in slices, because prom-client
 * takes 3.5 µs per sample in one go. With 1,000 groups that would hold up calls for 40 ms.
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const counts = new CallCounts(options.world.settings)
  const presence = new Series(['source', 'result'], newCell)
  const logins = new Series(['result'], newCell)
  for (const result of ['right', 'wrong', 'slowed']) logins.at(result)
  const dispatch = new Histogram(dispatchBounds)
  const reload: Reload = { succeeded: true, at: undefined }
  const metrics = [
    ...callMetrics(counts, options),
    ...stateMetrics(options),
    ...sipMetrics(options.sip.statistics),
    ...overloadMetrics(options.sip.overload),
    ...drachtioMetrics(options.sip.drachtio ?? (() => [])),
    ...mediaMetrics(options.media),
    ...recordingMetrics(options.media),
    ...cacheMetrics(options.caches ?? (() => [])),
    ...(options.trouble.cluster?.list ?? []),
    ...directoryMetrics(options.trouble.directory),
    ...webhookMetrics(options.trouble.webhooks ?? (() => [])),
    ...serverMetrics({ options, presence, logins, dispatch, reload, counts }),
  ]
  const processMetrics = processRegistry()
  return {
    reader: step => {
      counts.read(step)
      if (isDispatch(step)) dispatch.observe(step.doneMs / 1000)
    },
    presenceEvent: (source, result) => void (presence.at(source, result).value += 1),
    login: result => void (logins.at(result).value += 1),
    reloaded(succeeded, at) {
      reload.succeeded = succeeded
      reload.at = at
    },
    text: async () => (await textOf(metrics)) + (await processMetrics.metrics()),
    contentType: processMetrics.contentType,
  }
}

interface Reload {
  succeeded: boolean
  at: WallTime | undefined
}

/** Counters of past events. */
function callMetrics(counts: CallCounts, { clock }: MetricsOptions): Metric[] {
  return [
    counter('carillon_calls_arrived_total', 'Calls that arrived, counted on arrival.', () => cells(counts.calls.arrived)),
    counter('carillon_calls_abandoned_total', 'Callers who hung up before an agent answered, by where they were.', () =>
      cells(counts.calls.abandoned),
    ),
    counter('carillon_transfers_total', 'Transfers that one side of a call requested, by outcome.', () =>
      cells(counts.transfers),
    ),
    counter(
      'carillon_outbound_calls_total',
      'Calls of agents on behalf of a workflow, by result: answered, notAnswered, abandoned, failed. The other metrics of calls do not count them.',
      () => cells(counts.calls.outbound),
    ),
    counter('carillon_calls_total', 'Calls that ended, by result. Each call counts once.', () => cells(counts.calls.ended)),
    histogram('carillon_queue_wait_seconds', 'Wait time of calls that left a queue.', counts.waits.times),
    gauge(
      'carillon_service_level_ratio',
      "Share of the waits of the last 15 minutes that were answered within the queue's threshold, of those that count for the service level.",
      () => labelled('queue', counts.waits.serviceLevel.ratios(clock.now())),
    ),
    counter('carillon_offers_total', 'Offers that ended, by result.', () => cells(counts.offers.all)),
    histogram('carillon_offer_ring_seconds', 'How long offers rang.', counts.offers.rings),
    histogram('carillon_talk_seconds', 'Time from joining caller and agent to the end of the call.', counts.calls.talks),
  ]
}

/** The current state, read from the world. */
function stateMetrics({ world, clock }: MetricsOptions): Metric[] {
  return [
    gauge('carillon_calls_active', 'Calls in progress.', () => callsByState(world)),
    gauge('carillon_queue_waiting_calls', 'Calls that wait: not offered at once and not answered yet.', function* () {
      for (const { name, waiting } of queueViews(world, clock.now())) yield [labelsOf(['queue'], [name]), waiting]
    }),
    gauge('carillon_queue_oldest_wait_seconds', 'Wait time of the oldest waiting call. 0 if no call waits.', function* () {
      for (const { name, oldestWait } of queueViews(world, clock.now())) yield [labelsOf(['queue'], [name]), oldestWait / 1000]
    }),
    gauge(
      'carillon_queue_estimated_wait_seconds',
      'Estimated wait of a caller who arrives now. Absent until the queue has handled a call.',
      function* () {
        for (const { name, estimatedWait } of queueViews(world, clock.now()))
          if (estimatedWait !== undefined) yield [labelsOf(['queue'], [name]), estimatedWait / 1000]
      },
    ),
    gauge('carillon_service_level_target_ratio', 'Target for the service level of a queue, from the config.', function* () {
      for (const { settings } of world.queues.values())
        yield [labelsOf(['queue'], [settings.name]), serviceLevelOf(settings).target / 100]
    }),
    gauge(
      'carillon_service_level_threshold_seconds',
      'Wait time within which an answer counts for the service level of a queue, from the config.',
      function* () {
        for (const { settings } of world.queues.values())
          yield [labelsOf(['queue'], [settings.name]), serviceLevelOf(settings).within / 1000]
      },
    ),
    gauge('carillon_agents_signed_in', 'Agents of a group who are signed in to it.', function* () {
      for (const { settings, signedIn } of world.groups.values()) yield [labelsOf(['group'], [settings.name]), signedIn]
    }),
    gauge('carillon_agents', 'Agents of a group by state: available for its calls, or the reason why not.', function* () {
      for (const { name, states } of groupViews(world))
        for (const [state, agents] of Object.entries(states)) yield [labelsOf(['group', 'state'], [name, state]), agents]
    }),
  ]
}

function callsByState(world: World): Iterable<LabelledNumber> {
  const states = new Map<CallPhase, number>(callPhases.map(phase => [phase, 0]))
  for (const call of world.calls.values()) {
    const { kind } = settledPhase(call)
    states.set(kind, (states.get(kind) ?? 0) + 1)
  }
  return labelled('state', states)
}

/** The counters of the signaling engine. */
function sipMetrics(statistics: () => SignalingStatistics): Metric[] {
  return [
    counter('carillon_sip_requests_total', 'SIP requests.', () => countsOf(statistics().requests)),
    counter('carillon_sip_responses_total', 'SIP responses.', () => countsOf(statistics().responses)),
    counter('carillon_sip_response_codes_total', 'SIP responses by status code.', () => countsOf(statistics().responseCodes)),
    counter('carillon_sip_retransmissions_total', 'Retransmissions of SIP messages, sent and received.', () =>
      labelled('direction', statistics().retransmissions),
    ),
    counter('carillon_sip_rejected_total', 'Refused SIP requests, by reason.', () => labelled('reason', statistics().rejected)),
  ]
}

function overloadMetrics(overload: SipFigures['overload']): Metric[] {
  return [
    gauge('carillon_overload', '1 while some new calls are refused because received messages wait for too long.', () => [
      ['', overload().refuses ? 1 : 0],
    ]),
    gauge('carillon_receive_delay_seconds', 'How long received messages wait until they are read.', () => [
      ['', overload().delay / 1000],
    ]),
  ]
}

function drachtioMetrics(servers: NonNullable<SipFigures['drachtio']>): Metric[] {
  return [
    gauge('carillon_drachtio_connected', 'Whether we are connected to a drachtio-server: 1 or 0.', () =>
      labelled(
        'server',
        servers().map(({ name, connected }) => [name, connected ? 1 : 0] as const),
      ),
    ),
    counter('carillon_drachtio_connects_total', 'Connections made to a drachtio-server, including the first one.', () =>
      labelled(
        'server',
        servers().map(({ name, connects }) => [name, connects] as const),
      ),
    ),
  ]
}

function cacheMetrics(caches: NonNullable<MetricsOptions['caches']>): Metric[] {
  const of = (name: 'entries' | 'hits' | 'misses' | 'evictions') => (): Iterable<LabelledNumber> =>
    labelled(
      'cache',
      caches().map(cache => [cache.name, cache[name]] as const),
    )
  return [
    gauge('carillon_cache_entries', 'Entries of a cache, including expired ones that are not removed yet.', of('entries')),
    counter('carillon_cache_hits_total', 'Look-ups that a cache answered.', of('hits')),
    counter('carillon_cache_misses_total', 'Look-ups that were not in a cache, or had expired there.', of('misses')),
    counter('carillon_cache_evictions_total', 'Entries that a cache dropped to make room for others.', of('evictions')),
  ]
}

function directoryMetrics(directory: DirectoryFigures | undefined): Metric[] {
  return [
    counter('carillon_directory_reads_total', 'Readings of a list of the LDAP directory, by result: read or failed.', () =>
      labelled('result', directory?.counts ?? []),
    ),
    gauge(
      'carillon_directory_list_read_timestamp_seconds',
      'When the list of a group was last read from the LDAP directory. 0: never.',
      () =>
        labelled(
          'group',
          (directory?.figures() ?? []).map(({ group, readAt = 0 }) => [group, readAt / 1000] as const),
        ),
    ),
  ]
}

function webhookMetrics(webhooks: () => readonly WebhookFigures[]): Metric[] {
  return [
    gauge('carillon_webhook_waiting', 'Events of calls that wait for their delivery to a webhook.', () =>
      labelled(
        'webhook',
        webhooks().map(({ name, waiting }) => [name, waiting] as const),
      ),
    ),
    counter(
      'carillon_webhook_events_total',
      'Events for a webhook, by result: delivered; failed after six attempts; dropped, because too many waited.',
      function* () {
        for (const hook of webhooks())
          for (const result of ['delivered', 'failed', 'dropped'] as const)
            yield [labelsOf(['webhook', 'result'], [hook.name, result]), hook[result]]
      },
    ),
  ]
}

interface ServerParts {
  readonly options: MetricsOptions
  readonly presence: Series<{ value: number }>
  readonly logins: Series<{ value: number }>
  readonly dispatch: Histogram
  readonly reload: Reload
  readonly counts: CallCounts
}

/** How far the running server is from its config. */
function configMetrics({ restartPending, watchImpaired }: TroubleFigures): Metric[] {
  return [
    gauge('carillon_config_restart_pending', 'Changed config keys that wait for the next start.', () => [['', restartPending()]]),
    gauge('carillon_config_watch_impaired', '1 while config changes may be noticed late.', () => [['', watchImpaired() ? 1 : 0]]),
  ]
}

function serverMetrics({ options, presence, logins, dispatch, reload, counts }: ServerParts): Metric[] {
  const { sip, trouble, connections } = options
  const lastReload = 'carillon_config_last_reload'
  return [
    histogram(
      'carillon_dispatch_latency_seconds',
      'Time from the moment an agent becomes free, while calls wait, to sending the INVITE.',
      alone(dispatch),
    ),
    histogram('carillon_routing_step_seconds', 'Time that the routing core takes for one event.', alone(counts.steps)),
    counter('carillon_clock_steps_total', "Steps of the machine's wall clock, by direction.", () => cells(counts.clockSteps)),
    gauge('carillon_presence_subscriptions', 'Subscriptions to the presence of agents, by state.', () =>
      labelled('state', Object.entries(sip.subscriptions())),
    ),
    gauge('carillon_registrations', 'Registered contacts of phones, by transport.', () =>
      labelled('transport', Object.entries(sip.registrations())),
    ),
    counter('carillon_presence_events_total', 'Statements of presence sources, by result.', () => cells(presence)),
    counter('carillon_http_logins_total', 'Log-in attempts with a password: right, wrong, or slowed (not checked).', () =>
      cells(logins),
    ),
    ...reloadMetrics(reload),
    gauge(`${lastReload}_timestamp_seconds`, 'When the config was last read.', () =>
      reload.at === undefined ? [] : [['', reload.at / 1000]],
    ),
    ...configMetrics(trouble),
    gauge(
      'carillon_tls_certificate_expiry_timestamp_seconds',
      'When the certificate for TLS and secure WebSocket expires.',
      () => {
        const expires = sip.certificateExpires()
        return expires === undefined ? [] : [['', expires / 1000]]
      },
    ),
    counter('carillon_invariant_violations_total', 'Violations of the rules of docs/invariants.md. 0 in a healthy server.', () =>
      labelled('rule', countedRules(trouble.violations)),
    ),
    yesOrNo('carillon_store_healthy', '0 while the store is not written: a restart would lose changes.', trouble.storeHealthy),
    yesOrNo('carillon_memory_low', '1 while new calls are refused because memory is low.', trouble.memoryLow),
    counter('carillon_uncaught_errors_total', 'Errors that no part of the server caught. 0 in a healthy server.', () =>
      labelled('kind', trouble.uncaught),
    ),
    gauge(
      'carillon_http_connections',
      'Open HTTP connections. known: logged in, or from this machine. strangers: others.',
      () => {
        const { known, strangers } = connections()
        return labelled('whose', [['known', known], ['strangers', strangers]]) // prettier-ignore
      },
    ),
    counter('carillon_http_connections_refused_total', 'HTTP connections that were closed because of a limit, by limit.', () =>
      labelled('limit', connections().refused),
    ),
    ...outputMetrics(options),
  ]
}

function outputMetrics({ version, trouble: { dropped } }: MetricsOptions): Metric[] {
  return [
    counter('carillon_journal_dropped_lines_total', 'Journal lines lost because the buffer or the disk was full.', () => [
      ['', dropped().journal],
    ]),
    counter('carillon_log_dropped_lines_total', 'Log lines lost because the buffer was full or nothing read them.', () => [
      ['', dropped().log],
    ]),
    gauge('carillon_build_info', 'Always 1. The label has the version.', () => [[labelsOf(['version'], [version]), 1]]),
  ]
}

/** The result of the last reload, under two names: `successful` as Prometheus calls it, and our older name `success`. */
function reloadMetrics(reload: Reload): Metric[] {
  return ['successful', 'success'].map(word =>
    gauge(`carillon_config_last_reload_${word}`, '1 if the config that was read last is in use, 0 if it was refused.', () => [
      ['', reload.succeeded ? 1 : 0],
    ]),
  )
}

function countedRules(violations: ReadonlyMap<string, number>): Iterable<readonly [string, number]> {
  return new Map([...rules.map(rule => [rule, 0] as const), ...violations])
}

/** prom-client's default metrics, except those that promtool refuses: a gauge must not end in `_total`. */
function processRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name, type } of registry.getMetricsAsArray())
    if (String(type) === 'gauge' && name.endsWith('_total')) registry.removeSingleMetric(name)
  return registry
}

/** Whether the step offered a waiting call to an agent, because an agent became free or the next agent's turn came. */
const isDispatch = ({ event, acts }: Step): boolean => event.kind !== 'callArrived' && acts.some(({ kind }) => kind === 'offer')
