import { type CallPhase, callPhases } from '../routing/world/words.js'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Step, StepReader } from '../calls/step.js'
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
} from './exposition.js'
import { Histogram } from './histogram.js'
import { CallCounts } from './metrics-reader.js'
import { labelsOf, newCell, Series } from './series.js'
import { serviceLevelOf } from './service-level.js'

export interface MetricsOptions {
  readonly version: string
  readonly clock: Clock
  readonly world: World
  readonly signaling: () => SignalingStatistics
  /** Undefined: Carillon has no media engine. */
  readonly media: () => MediaStatistics | undefined
  /** The number of presence subscriptions, by state. */
  readonly subscriptions: () => Readonly<Record<string, number>>
  /** The number of registered contacts, by transport. */
  readonly registrations: () => Readonly<Record<string, number>>
  /** When the certificate in use expires. Undefined: there is none. */
  readonly certificateExpires: () => WallTime | undefined
  /** How often each rule of docs/invariants.md was found broken. Missing rules count 0. */
  readonly violations: ReadonlyMap<string, number>
  /** Whether config changes may be noticed late. */
  readonly watchImpaired: () => boolean
  /** Whether new calls are refused because memory is low. */
  readonly memoryLow: () => boolean
  /** Exceptions and rejections that no code caught. */
  readonly uncaught: ReadonlyMap<string, number>
  /** HTTP connections: open now, and closed by us, by reason. */
  readonly connections: () => {
    readonly known: number
    readonly strangers: number
    readonly refused: ReadonlyMap<string, number>
  }
  /** Lines lost for lack of space. */
  readonly dropped: () => { readonly journal: number; readonly log: number }
}

export interface Metrics {
  readonly reader: StepReader
  presenceEvent(source: string, result: string): void
  /** A password was tried: right, wrong, or slowed and not checked. */
  login(result: 'right' | 'wrong' | 'slowed'): void
  reloaded(succeeded: boolean, at: WallTime): void
  /** The text exposition format. */
  text(): Promise<string>
  readonly contentType: string
}

/** The rules of docs/invariants.md. Each is exported as 0 before it was ever broken, so that alerts can be written. */
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
    ...sipMetrics(options.signaling),
    ...mediaMetrics(options.media),
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
    counter('carillon_calls_arrived_total', 'Calls that came, each counted as it comes.', () => cells(counts.arrived)),
    counter('carillon_calls_abandoned_total', 'Callers who hung up before anybody answered, by where they were.', () =>
      cells(counts.abandoned),
    ),
    counter('carillon_transfers_total', 'Transfers that a side of a call asked for, by what became of them.', () =>
      cells(counts.transfers),
    ),
    counter('carillon_calls_total', 'Calls that are over, each counted once.', () => cells(counts.calls)),
    histogram('carillon_queue_wait_seconds', 'Stays in a queue that are over.', counts.waits),
    gauge(
      'carillon_service_level_ratio',
      "Waits of the last 15 minutes answered within the queue's threshold, of all that count for the service level.",
      () => labelled('queue', counts.serviceLevel.ratios(clock.now())),
    ),
    counter('carillon_offers_total', 'Offers that are over.', () => cells(counts.offers)),
    histogram('carillon_offer_ring_seconds', 'How long an offer rang.', counts.rings),
    histogram('carillon_talk_seconds', 'From the join of caller and agent to the end.', counts.talks),
  ]
}

/** The current state, read from the world. */
function stateMetrics({ world, clock }: MetricsOptions): Metric[] {
  return [
    gauge('carillon_calls_active', 'Calls in progress.', () => callsByState(world)),
    gauge('carillon_queue_waiting_calls', 'Calls that were not placed at once and are not answered yet.', function* () {
      for (const { name, waiting } of queueViews(world, clock.now())) yield [labelsOf(['queue'], [name]), waiting]
    }),
    gauge('carillon_queue_oldest_wait_seconds', 'How long the oldest waiting call has waited; 0 when none waits.', function* () {
      for (const { name, oldestWait } of queueViews(world, clock.now())) yield [labelsOf(['queue'], [name]), oldestWait / 1000]
    }),
    gauge(
      'carillon_queue_estimated_wait_seconds',
      'What a caller who came now would wait; none while no call of the queue was handled yet.',
      function* () {
        for (const { name, estimatedWait } of queueViews(world, clock.now()))
          if (estimatedWait !== undefined) yield [labelsOf(['queue'], [name]), estimatedWait / 1000]
      },
    ),
    gauge('carillon_service_level_target_ratio', 'What the service level of a queue should be, by the config.', function* () {
      for (const { settings } of world.queues.values())
        yield [labelsOf(['queue'], [settings.name]), serviceLevelOf(settings).target / 100]
    }),
    gauge(
      'carillon_service_level_threshold_seconds',
      'Within what a wait of a queue must be answered, by the config.',
      function* () {
        for (const { settings } of world.queues.values())
          yield [labelsOf(['queue'], [settings.name]), serviceLevelOf(settings).within / 1000]
      },
    ),
    gauge('carillon_agents_signed_in', 'Members of a group who are signed in to it.', function* () {
      for (const { settings, signedIn } of world.groups.values()) yield [labelsOf(['group'], [settings.name]), signedIn]
    }),
    gauge('carillon_agents', 'Members of a group: available to it now, or why not.', function* () {
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

type PlainCount = { [Name in keyof MediaStatistics]: MediaStatistics[Name] extends number ? Name : never }[keyof MediaStatistics]

/** Empty if Carillon has no media engine. */
function mediaMetrics(statistics: MetricsOptions['media']): Metric[] {
  const of = (name: PlainCount, labels = ''): (() => Iterable<LabelledNumber>) =>
    function* () {
      const counts = statistics()
      if (counts) yield [labels, counts[name]]
    }
  return [
    gauge('carillon_media_streams', 'caller: who hear Carillon itself; browser: legs with browsers.', function* () {
      yield* of('streams', labelsOf(['kind'], ['caller']))()
      yield* of('gateways', labelsOf(['kind'], ['browser']))()
    }),
    counter(
      'carillon_media_packets_sent_total',
      'Packets to callers, and to either side of legs with browsers.',
      of('packetsSent'),
    ),
    counter(
      'carillon_media_packets_received_total',
      'Packets from callers, and from either side of legs with browsers.',
      of('packetsReceived'),
    ),
    counter('carillon_media_packets_dropped_total', 'RTP and RTCP packets that could not be sent.', of('packetsDropped')),
    counter(
      'carillon_media_packets_refused_total',
      'Packets of browsers’ legs that came faster than a leg may have them.',
      of('packetsRefused'),
    ),
    counter('carillon_media_gateways_lost_total', 'Legs with browsers that were lost, by why.', () =>
      labelled('reason', Object.entries(statistics()?.gatewaysLost ?? {})),
    ),
    counter('carillon_media_gateways_refused_total', 'Legs with browsers that were refused, by why.', () =>
      labelled('reason', Object.entries(statistics()?.gatewaysRefused ?? {})),
    ),
    counter('carillon_media_restarts_total', 'How often the process of browsers’ media ended and was replaced.', of('restarts')),
    counter('carillon_media_late_ticks_total', 'Ticks of 10 ms that media had no processor for.', of('lateTicks')),
  ]
}

/** Counted by the signaling engine. */
function sipMetrics(statistics: () => SignalingStatistics): Metric[] {
  return [
    counter('carillon_sip_requests_total', 'SIP requests.', () => countsOf(statistics().requests)),
    counter('carillon_sip_responses_total', 'SIP responses.', () => countsOf(statistics().responses)),
    counter('carillon_sip_response_codes_total', 'SIP responses by their status.', () => countsOf(statistics().responseCodes)),
    counter('carillon_sip_retransmissions_total', 'SIP messages sent or received again.', () =>
      labelled('direction', statistics().retransmissions),
    ),
    counter('carillon_sip_rejected_total', 'SIP requests turned away, by why.', () => labelled('reason', statistics().rejected)),
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

function serverMetrics({ options, presence, logins, dispatch, reload, counts }: ServerParts): Metric[] {
  const { version, violations, dropped } = options
  const lastReload = 'carillon_config_last_reload'
  return [
    histogram(
      'carillon_dispatch_latency_seconds',
      'From an agent being free, with calls waiting, to the INVITE going out.',
      alone(dispatch),
    ),
    histogram('carillon_routing_step_seconds', 'Handling of one event in the routing core.', alone(counts.steps)),
    counter('carillon_clock_steps_total', "How often the machine's wall clock was set, by direction.", () =>
      cells(counts.clockSteps),
    ),
    gauge('carillon_presence_subscriptions', 'Subscriptions to the presence of agents.', () =>
      labelled('state', Object.entries(options.subscriptions())),
    ),
    gauge('carillon_registrations', 'Contacts of phones that are registered, by the transport that reaches them.', () =>
      labelled('transport', Object.entries(options.registrations())),
    ),
    counter('carillon_presence_events_total', 'Statements of presence sources, by what became of them.', () => cells(presence)),
    counter('carillon_http_logins_total', 'Passwords tried on the console: right, wrong, or slowed and not looked at.', () =>
      cells(logins),
    ),
    ...reloadMetrics(reload),
    gauge(`${lastReload}_timestamp_seconds`, 'When a config was last read.', () =>
      reload.at === undefined ? [] : [['', reload.at / 1000]],
    ),
    gauge('carillon_config_watch_impaired', '1: changes may be noticed late.', () => [['', options.watchImpaired() ? 1 : 0]]),
    gauge(
      'carillon_tls_certificate_expiry_timestamp_seconds',
      'When the certificate of TLS and secure WebSocket expires.',
      () => {
        const expires = options.certificateExpires()
        return expires === undefined ? [] : [['', expires / 1000]]
      },
    ),
    counter('carillon_invariant_violations_total', 'Rules of docs/invariants.md found broken: 0 in a healthy server.', () =>
      labelled('rule', countedRules(violations)),
    ),
    gauge('carillon_memory_low', '1 while new calls are refused for want of memory.', () => [['', options.memoryLow() ? 1 : 0]]),
    counter('carillon_uncaught_errors_total', 'Errors that no part of the server caught: 0 in a healthy server.', () =>
      labelled('kind', options.uncaught),
    ),
    gauge('carillon_http_connections', 'Open HTTP connections: of who has logged in or is this machine, or of strangers.', () => {
      const { known, strangers } = options.connections()
      return labelled('whose', [['known', known], ['strangers', strangers]]) // prettier-ignore
    }),
    counter('carillon_http_connections_refused_total', 'HTTP connections closed for a limit, by which.', () =>
      labelled('limit', options.connections().refused),
    ),
    counter('carillon_journal_dropped_lines_total', 'Journal lines lost for want of room or disk.', () => [
      ['', dropped().journal],
    ]),
    counter('carillon_log_dropped_lines_total', 'Log lines lost for want of room or reader.', () => [['', dropped().log]]),
    gauge('carillon_build_info', 'Always 1; the label tells the version.', () => [[labelsOf(['version'], [version]), 1]]),
  ]
}

/** Prometheus uses `successful`. `success` is our older name. */
function reloadMetrics(reload: Reload): Metric[] {
  return ['successful', 'success'].map(word =>
    gauge(`carillon_config_last_reload_${word}`, 'Whether the last config that was read is in force.', () => [
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

/** Whether the step offered a waiting call to an agent: an agent became free, or the next agent of the call had their turn. */
const isDispatch = ({ event, acts }: Step): boolean => event.kind !== 'callArrived' && acts.some(({ kind }) => kind === 'offer')
