import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { systemClock } from '../src/foundation/clock.js'
import { ClusterMetrics } from '../src/observability/cluster-metrics.js'
import { createMetrics } from '../src/observability/metrics.js'
import { createWorld } from '../src/routing/index.js'
import { instant, millis } from '../src/foundation/time.js'
import * as words from '../src/routing/world/words.js'
import { presenceSourceNames } from '../src/presence/port.js'
import { protocols } from '../src/sip/transport/protocols.js'
import { rejectionReasons, wordsOf } from './words-in-code.js'

/** The values of a label: a closed list of the code, or words that say where they come from. */
type Values = readonly string[] | string
type Labels = Readonly<Record<string, Values>>

const [workflow, queue, group] = ['each workflow', 'each queue', 'each agent group']
const direction = ['in', 'out']
const method = [...wordsOf('sip/transport/counters.ts', 'methods'), 'other']
const transport = Object.keys(protocols)
const cache: Labels = { cache: ['dns', 'openid', 'reports'] }
const server: Labels = { server: 'each drachtio-server, as HOST:PORT' }

/** The labels of each metric that has some. A test compares them with what the server shows. */
export const metricLabels: Readonly<Record<string, Labels>> = {
  carillon_calls_arrived_total: { workflow },
  carillon_calls_abandoned_total: { workflow, stage: wordsOf('observability/metrics-reader.ts', 'Stage') },
  carillon_transfers_total: { result: words.transferOutcomes },
  carillon_calls_total: { workflow, result: words.callEnds },
  carillon_queue_wait_seconds: { queue, outcome: words.waitOutcomes },
  carillon_service_level_ratio: { queue },
  carillon_offers_total: { group, method: words.routingMethodNames, result: words.offerEnds },
  carillon_offer_ring_seconds: { group, result: words.offerEnds },
  carillon_talk_seconds: { group },
  carillon_calls_active: { state: words.callPhases },
  carillon_queue_waiting_calls: { queue },
  carillon_queue_oldest_wait_seconds: { queue },
  carillon_queue_estimated_wait_seconds: { queue },
  carillon_service_level_target_ratio: { queue },
  carillon_service_level_threshold_seconds: { queue },
  carillon_agents_signed_in: { group },
  // The two others concern one call, so they are no state of an agent.
  carillon_agents: {
    group,
    state: ['available', ...words.exclusions.filter(each => each !== 'inGrace' && each !== 'justMissed')],
  },
  carillon_sip_requests_total: { direction, method, transport },
  carillon_sip_responses_total: { direction, method, class: ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'] },
  carillon_sip_response_codes_total: { direction, code: '100 to 699' },
  carillon_sip_retransmissions_total: { direction },
  carillon_sip_rejected_total: { reason: [...rejectionReasons(), 'maxCalls', 'memory', 'overload', 'overloadStranger'] },
  carillon_drachtio_connected: server,
  carillon_drachtio_connects_total: server,
  carillon_media_streams: { kind: ['caller', 'browser'] },
  carillon_media_gateways_lost_total: { reason: wordsOf('media/port.ts', 'LossReason') },
  carillon_media_gateways_refused_total: { reason: wordsOf('legs/gateway.ts', 'Refusal') },
  carillon_cache_entries: cache,
  carillon_cache_hits_total: cache,
  carillon_cache_misses_total: cache,
  carillon_cache_evictions_total: cache,
  carillon_clock_steps_total: { direction: ['forward', 'back'] },
  carillon_presence_subscriptions: { state: ['pending', 'active', 'waiting'] },
  carillon_registrations: { transport },
  carillon_presence_events_total: {
    source: presenceSourceNames,
    result: [...wordsOf('presence/board.ts', 'ReportResult'), 'unreadable'],
  },
  carillon_http_logins_total: { result: ['right', 'wrong', 'slowed'] },
  carillon_invariant_violations_total: { rule: 'each rule of [invariants.md](../invariants.md)' },
  carillon_uncaught_errors_total: { kind: ['exception', 'rejection'] },
  carillon_http_connections: { whose: ['known', 'strangers'] },
  carillon_http_connections_refused_total: {
    limit: ['perAddress', 'strangers', 'most', 'rate', 'unanswered', 'unread', 'pieces', 'requests', 'records'],
  },
  carillon_webhook_waiting: { webhook: 'each webhook' },
  carillon_webhook_events_total: { webhook: 'each webhook', result: ['delivered', 'failed', 'dropped'] },
  carillon_build_info: { version: 'the version' },
}

interface Described {
  readonly name: string
  readonly type: string
  readonly help: string
}

/** Name, type and help of each metric, as a scrape shows them. */
export async function describedMetrics(): Promise<Described[]> {
  const none = { workflows: [], groups: [], queues: [], agents: [], generation: 1, ringbackGracePeriod: millis(0) }
  const metrics = createMetrics({
    version: '',
    clock: systemClock,
    world: createWorld(none, { signIns: [], pointers: [] }, instant(0)),
    sip: {
      statistics: () => ({
        ...{ requests: [], responses: [], responseCodes: [] },
        retransmissions: new Map(),
        rejected: new Map(),
        caches: [],
      }),
      subscriptions: () => ({}),
      registrations: () => ({}),
      overload: () => ({ delay: 0, refuses: false }),
      certificateExpires: () => undefined,
    },
    media: () => undefined,
    connections: () => ({ known: 0, strangers: 0, refused: new Map() }),
    trouble: {
      ...{ violations: new Map(), uncaught: new Map(), memoryLow: () => false, restartPending: () => 0 },
      ...{ dropped: () => ({ journal: 0, log: 0 }), watchImpaired: () => false, storeHealthy: () => true },
      cluster: new ClusterMetrics(systemClock, () => ({ role: 'standby', others: [] })),
    },
  })
  const text = await metrics.text()
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  return [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => ({
    name,
    help,
    type: types.get(name) ?? '',
  }))
}

const alertsSchema = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
})

/** The alerts whose expression reads a metric, by metric. */
function alertsByMetric(): ReadonlyMap<string, readonly string[]> {
  const file = readFileSync(new URL('../docs/operations/alerts.yaml', import.meta.url), 'utf8')
  const rules = alertsSchema.parse(parse(file)).groups.flatMap(each => each.rules)
  const found = new Map<string, string[]>()
  for (const { alert, expr } of rules)
    for (const [name] of expr.matchAll(/\bcarillon_\w+/g)) {
      const metric = name.replace(/_(bucket|sum|count)$/, '')
      found.set(metric, [...new Set([...(found.get(metric) ?? []), alert])])
    }
  return found
}

/** The tables of docs/reference/metrics.md. */
export async function metricsTables(): Promise<string> {
  const all = await describedMetrics()
  const alerts = alertsByMetric()
  const ours = all.filter(({ name }) => name.startsWith('carillon_'))
  const rows = ours.map(({ name, type, help }) => {
    const links = (alerts.get(name) ?? []).map(each => `[${each}](../operations/monitoring.md#${each.toLowerCase()})`)
    return `| \`${name}\` | ${type} | ${labelCell(metricLabels[name] ?? {})} | ${help} | ${links.join(', ')} |`
  })
  const process = all
    .filter(({ name }) => !name.startsWith('carillon_'))
    .map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`)
  return [
    '| metric | type | labels and their values | meaning | alerts |\n|---|---|---|---|---|',
    ...rows,
    '\n## The process\nMade by the library prom-client, with its words.\n\n| metric | type | meaning |\n|---|---|---|',
    ...process,
  ].join('\n')
}

const labelCell = (labels: Labels): string =>
  Object.entries(labels)
    .map(
      ([label, values]) => `\`${label}\`: ${typeof values === 'string' ? values : values.map(each => `\`${each}\``).join(', ')}`,
    )
    .join('<br>')
