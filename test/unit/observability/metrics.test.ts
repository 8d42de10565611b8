import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { instant, wallTime } from '../../../src/foundation/time.js'
import { ClusterMetrics } from '../../../src/observability/cluster-metrics.js'
import { createMetrics, type Metrics, type MetricsOptions } from '../../../src/observability/metrics.js'
import { describedMetrics, metricLabels } from '../../../scripts/reference-metrics.js'
import { outcomeOf } from '../../../src/calls/step.js'
import type { CallId, Effect, Event, TimerId, WorkflowName } from '../../../src/routing/index.js'
import type { SignalingStatistics } from '../../../src/signaling/port.js'
import { FakeClock } from '../../fakes/clock.js'
import { seconds, start, world, type WorldBuilder } from '../routing/build.js'
import { Watched } from './watched.js'

const silence: SignalingStatistics = {
  requests: [],
  responses: [],
  responseCodes: [],
  retransmissions: new Map(),
  rejected: new Map(),
  caches: [],
}

interface Figures extends Partial<Omit<MetricsOptions, 'sip' | 'trouble'>> {
  readonly sip?: Partial<MetricsOptions['sip']>
  readonly trouble?: Partial<MetricsOptions['trouble']>
}

function watch(builder: WorldBuilder, { sip, trouble, ...more }: Figures = {}) {
  const clock = new FakeClock(start)
  const readers: ((step: Parameters<Metrics['reader']>[0]) => void)[] = []
  const live = new Watched(builder, readers)
  const metrics = createMetrics({
    version: '1.2.3',
    clock,
    world: live.world,
    sip: {
      statistics: () => silence,
      subscriptions: () => ({ active: 3, pending: 1, waiting: 0 }),
      registrations: () => ({ udp: 2, tls: 0 }),
      overload: () => ({ delay: 0, refuses: false }),
      certificateExpires: () => undefined,
      ...sip,
    },
    media: () => undefined,
    connections: () => ({ known: 0, strangers: 0, refused: new Map() }),
    trouble: {
      violations: new Map(),
      uncaught: new Map(),
      memoryLow: () => false,
      storeHealthy: () => true,
      dropped: () => ({ journal: 0, log: 0 }),
      watchImpaired: () => false,
      restartPending: () => 0,
      ...trouble,
    },
    ...more,
  })
  readers.push(metrics.reader)
  /** The samples of our metrics: from `name{labels}` to the value. */
  const scrape = async (): Promise<Map<string, number>> => {
    clock.pass(live.now - clock.now())
    const lines = (await metrics.text()).split('\n').filter(line => line.startsWith('carillon_'))
    for (const line of lines) assert.equal(faultOfLabels(line), undefined, line)
    return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
  }
  return { live, metrics, scrape, clock }
}

/** How the labels of a sample differ from docs/reference/metrics.md. Undefined: they don't. */
function faultOfLabels(line: string): string | undefined {
  const [, name = '', text = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? []
  const described = metricLabels[name] ?? metricLabels[name.replace(/_(bucket|sum|count)$/, '')] ?? {}
  const labels = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].filter(([, label]) => label !== 'le')
  const names = labels.map(([, label]) => label)
  if (names.join() !== Object.keys(described).join()) return `has the labels ${names.join()}`
  const odd = labels.find(([, label = '', value = '']) => {
    const values = described[label] ?? []
    return typeof values !== 'string' && !values.includes(value)
  })
  return odd && `has the value ${odd[0]}`
}

const simple = () => world().group('support', 'serial', ['alice', 'bob']).queue('support', ['support'])

describe('metrics (contract.md)', () => {
  it('shows the number of subscriptions to the presence of agents', async () => {
    const samples = await watch(simple()).scrape()
    const states = ['active', 'pending', 'waiting'].map(state => samples.get(`carillon_presence_subscriptions{state="${state}"}`))
    assert.deepEqual(states, [3, 1, 0])
  })

  it('shows the number of registered phones by transport', async () => {
    const samples = await watch(simple()).scrape()
    assert.deepEqual(
      ['udp', 'tls'].map(each => samples.get(`carillon_registrations{transport="${each}"}`)),
      [2, 0],
    )
  })

  it('counts every call once, by workflow and result, whatever happens to it', async () => {
    const { live, scrape } = watch(simple())
    live.call('c1', 'support')
    live.answer('c1.1')
    live.hangUp('c1')
    live.call('c2', 'support')
    live.abandon('c2')
    live.abandon('c2')
    live.call('c3', 'nowhere')
    const samples = await scrape()
    assert.equal(samples.get('carillon_calls_total{workflow="support",result="answered"}'), 1)
    assert.equal(samples.get('carillon_calls_total{workflow="support",result="abandoned"}'), 1)
    const all = [...samples].filter(([name]) => name.startsWith('carillon_calls_total'))
    assert.equal(
      all.reduce((sum, [, value]) => sum + value, 0),
      3,
    )
  })

  it('shows each counter of the config as 0 before anything is counted, also after a new config', async () => {
    const { live, scrape } = watch(simple())
    live.replace(simple().group('sales', 'parallel', ['alice']).queue('sales', ['sales']).settings())
    const samples = await scrape()
    for (const name of ['support', 'sales']) {
      assert.equal(samples.get(`carillon_calls_arrived_total{workflow="${name}"}`), 0)
      assert.equal(samples.get(`carillon_calls_total{workflow="${name}",result="timedOut"}`), 0)
      assert.equal(samples.get(`carillon_calls_abandoned_total{workflow="${name}",stage="queue"}`), 0)
    }
    assert.equal(samples.get('carillon_offers_total{group="sales",method="parallel",result="missed"}'), 0)
  })

  it('counts calls on arrival, and abandoned calls by where the caller was', async () => {
    const { live, scrape } = watch(simple())
    for (const call of ['c1', 'c2', 'c3']) live.call(call, 'support')
    live.abandon('c3')
    live.abandon('c1')
    const samples = await scrape()
    assert.equal(samples.get('carillon_calls_arrived_total{workflow="support"}'), 3)
    const stages = ['greeting', 'question', 'queue', 'ringing', 'forwarding']
    assert.deepEqual(
      stages.map(stage => samples.get(`carillon_calls_abandoned_total{workflow="support",stage="${stage}"}`)),
      [0, 0, 1, 1, 0],
    )
  })

  it('shows how many agents of each group are signed in', async () => {
    const samples = await watch(simple()).scrape()
    assert.equal(samples.get('carillon_agents_signed_in{group="support"}'), 2)
  })

  it('shows calls in progress by state, including states without calls', async () => {
    const { live, scrape } = watch(simple())
    for (const call of ['c1', 'c2', 'c3', 'c4']) live.call(call, 'support')
    live.answer('c1.1')
    const samples = await scrape()
    const states = ['waiting', 'ringing', 'joining', 'connected', 'forwarding']
    assert.deepEqual(
      states.map(state => samples.get(`carillon_calls_active{state="${state}"}`)),
      [2, 1, 0, 1, 0],
    )
  })

  it('shows how many calls wait in each queue and how long the oldest has waited', async () => {
    const { live, scrape } = watch(simple().queue('empty', ['support']))
    live.presence('alice', 'away')
    live.presence('bob', 'away')
    live.call('c1', 'support')
    live.after(4_000)
    live.call('c2', 'support')
    live.after(3_500)
    const samples = await scrape()
    assert.equal(samples.get('carillon_queue_waiting_calls{queue="support"}'), 2)
    assert.equal(samples.get('carillon_queue_oldest_wait_seconds{queue="support"}'), 7.5)
    assert.equal(samples.get('carillon_queue_waiting_calls{queue="empty"}'), 0)
    assert.equal(samples.get('carillon_queue_oldest_wait_seconds{queue="empty"}'), 0)
  })

  it('measures each wait in a queue by its outcome, in cumulative buckets', async () => {
    const { live, scrape } = watch(simple())
    live.call('c1', 'support')
    live.after(7_000)
    live.answer('c1.1')
    live.call('c2', 'support')
    live.after(1_000)
    live.answer('c2.1')
    const samples = await scrape()
    const name = (suffix: string, le = '') => `carillon_queue_wait_seconds_${suffix}{queue="support",outcome="answered"${le}}`
    assert.equal(samples.get(name('count')), 2)
    assert.equal(samples.get(name('sum')), 8)
    assert.deepEqual(
      ['1', '5', '10', '+Inf'].map(le => samples.get(name('bucket', `,le="${le}"`))),
      [1, 1, 2, 2],
    )
  })

  it('counts offers by group, method and result, and how long they rang', async () => {
    const { live, scrape } = watch(simple())
    live.call('c1', 'support')
    live.after(3_000)
    live.refuse('c1.1')
    live.answer('c1.2')
    const samples = await scrape()
    assert.equal(samples.get('carillon_offers_total{group="support",method="serial",result="declined"}'), 1)
    assert.equal(samples.get('carillon_offers_total{group="support",method="serial",result="answered"}'), 1)
    assert.equal(samples.get('carillon_offer_ring_seconds_sum{group="support",result="declined"}'), 3)
  })

  it('measures how long callers and agents talked', async () => {
    const { live, scrape } = watch(simple())
    live.call('c1', 'support')
    live.answer('c1.1')
    live.after(90_000)
    live.hangUp('c1')
    const samples = await scrape()
    assert.equal(samples.get('carillon_talk_seconds_sum{group="support"}'), 90)
    assert.equal(samples.get('carillon_talk_seconds_bucket{group="support",le="60"}'), 0)
    assert.equal(samples.get('carillon_talk_seconds_bucket{group="support",le="120"}'), 1)
  })

  it('shows the agents of each group by state: available, or the reason why not', async () => {
    const { live, scrape } = watch(simple())
    live.presence('bob', 'doNotDisturb')
    live.call('c1', 'support')
    const samples = await scrape()
    assert.equal(samples.get('carillon_agents{group="support",state="ringing"}'), 1)
    assert.equal(samples.get('carillon_agents{group="support",state="doNotDisturb"}'), 1)
    assert.equal(samples.get('carillon_agents{group="support",state="available"}'), 0)
  })

  describe('service level', () => {
    const level = 'carillon_service_level_ratio{queue="support"}'

    it('is the share of waits answered within 20 s among those that ended in the last 15 minutes', async () => {
      const { live, scrape } = watch(simple())
      live.call('c1', 'support')
      live.answer('c1.1')
      live.hangUp('c1')
      assert.equal((await scrape()).get(level), 1)
      live.presence('alice', 'away')
      live.call('c2', 'support')
      live.after(20_000)
      live.abandon('c2')
      assert.equal((await scrape()).get(level), 1, 'callers who hang up within the threshold are not counted')
      live.call('c3', 'support')
      live.after(20_001)
      live.abandon('c3')
      assert.equal((await scrape()).get(level), 0.5)
      live.after(13 * 60_000)
      assert.equal((await scrape()).get(level), 0.5)
      live.after(2 * 60_000)
      assert.equal((await scrape()).get(level), undefined, 'without calls there is no ratio')
    })

    it('does not count a wait answered after 20 s as good', async () => {
      const builder = world()
        .group('support', 'serial', ['alice'], { agentAlertTime: seconds(60) })
        .queue('support', ['support'])
      const { live, scrape } = watch(builder)
      live.call('c1', 'support')
      live.after(20_001)
      live.answer('c1.1')
      assert.equal((await scrape()).get(level), 0)
    })
  })

  it('uses the threshold and the target of the queue from the config', async () => {
    const builder = world()
      .group('support', 'serial', ['alice'], { agentAlertTime: seconds(60) })
      .queue('support', ['support'], { serviceLevel: { within: seconds(45), target: 90 } })
    const { live, scrape } = watch(builder)
    live.call('c1', 'support')
    live.after(45_000)
    live.answer('c1.1')
    const samples = await scrape()
    assert.equal(samples.get('carillon_service_level_ratio{queue="support"}'), 1)
    assert.equal(samples.get('carillon_service_level_target_ratio{queue="support"}'), 0.9)
    assert.equal(samples.get('carillon_service_level_threshold_seconds{queue="support"}'), 45)
  })

  it('reads the counts of the SIP engine when it is scraped', async () => {
    const { scrape } = watch(simple(), {
      sip: {
        statistics: () => ({
          requests: [{ labels: { direction: 'in', method: 'INVITE', transport: 'udp' }, value: 7 }],
          responses: [{ labels: { direction: 'out', method: 'INVITE', class: '2xx' }, value: 6 }],
          responseCodes: [{ labels: { direction: 'out', code: '486' }, value: 4 }],
          retransmissions: new Map([['in', 2]]),
          rejected: new Map([['untrusted', 3]]),
          caches: [],
        }),
      },
    })
    const samples = await scrape()
    assert.equal(samples.get('carillon_sip_requests_total{direction="in",method="INVITE",transport="udp"}'), 7)
    assert.equal(samples.get('carillon_sip_responses_total{direction="out",method="INVITE",class="2xx"}'), 6)
    assert.equal(samples.get('carillon_sip_response_codes_total{direction="out",code="486"}'), 4)
    assert.equal(samples.get('carillon_sip_retransmissions_total{direction="in"}'), 2)
    assert.equal(samples.get('carillon_sip_rejected_total{reason="untrusted"}'), 3)
  })

  it('shows the statistics of caches', async () => {
    const { scrape } = watch(simple(), { caches: () => [{ name: 'dns', entries: 4, hits: 3, misses: 2, evictions: 1 }] })
    const samples = await scrape()
    const seen = ['entries', 'hits_total', 'misses_total', 'evictions_total'].map(word =>
      samples.get(`carillon_cache_${word}{cache="dns"}`),
    )
    assert.deepEqual(seen, [4, 3, 2, 1])
  })

  it('has no labels for a metric that does not exist', async () => {
    const names = (await describedMetrics()).map(({ name }) => name)
    assert.deepEqual(
      Object.keys(metricLabels).filter(name => !names.includes(name)),
      [],
    )
  })

  it('shows every rule of docs/invariants.md as 0 in a healthy server', async () => {
    const page = readFileSync(new URL('../../../docs/invariants.md', import.meta.url), 'utf8')
    const rules = [...page.matchAll(/^\| ([a-z'-]+) \|/gm)].map(([, rule = '']) => rule).filter(rule => rule !== 'rule')
    assert.ok(rules.length > 20)
    const { scrape } = watch(simple(), { trouble: { violations: new Map([['lease-ends', 2]]) } })
    const samples = await scrape()
    for (const rule of rules)
      assert.equal(samples.get(`carillon_invariant_violations_total{rule="${rule}"}`), rule === 'lease-ends' ? 2 : 0, rule)
  })

  it('shows whether the config that was read last is in use, and when it was read', async () => {
    const { metrics, scrape } = watch(simple())
    metrics.reloaded(true, wallTime(1_700_000_000_000))
    metrics.reloaded(false, wallTime(1_700_000_060_500))
    const samples = await scrape()
    assert.equal(samples.get('carillon_config_last_reload_successful'), 0)
    assert.equal(samples.get('carillon_config_last_reload_success'), 0, 'the old name still works')
    assert.equal(samples.get('carillon_config_last_reload_timestamp_seconds'), 1_700_000_060.5)
  })

  it('counts presence events and lost lines, measures dispatch latency, and shows the version', async () => {
    const { metrics, scrape } = watch(simple(), { trouble: { dropped: () => ({ journal: 4, log: 5 }) } })
    metrics.presenceEvent('http', 'accepted')
    metrics.presenceEvent('http', 'accepted')
    metrics.presenceEvent('http', 'stale')
    const offer = { kind: 'offer', offer: 'c1.1', call: 'c1', agent: 'sip:alice@example.com', group: 'support' } as Effect
    const at = instant(1_700_000_000_000)
    metrics.reader({
      at,
      event: { at, kind: 'timerFired', timer: 1 as TimerId } satisfies Event,
      ...outcomeOf([offer]),
      tookMs: 0.1,
      doneMs: 1.5,
    })
    metrics.reader({
      at,
      event: { at, kind: 'callArrived', call: 'c2' as CallId, workflow: 'support' as WorkflowName } satisfies Event,
      ...outcomeOf([offer]),
      tookMs: 0.1,
      doneMs: 9,
    })
    const samples = await scrape()
    assert.equal(samples.get('carillon_presence_events_total{source="http",result="accepted"}'), 2)
    assert.equal(samples.get('carillon_presence_events_total{source="http",result="stale"}'), 1)
    assert.equal(samples.get('carillon_dispatch_latency_seconds_bucket{le="0.001"}'), 0)
    assert.equal(samples.get('carillon_dispatch_latency_seconds_bucket{le="0.002"}'), 1)
    assert.equal(samples.get('carillon_journal_dropped_lines_total'), 4)
    assert.equal(samples.get('carillon_log_dropped_lines_total'), 5)
    assert.equal(samples.get('carillon_build_info{version="1.2.3"}'), 1)
  })

  it('measures every step of the core', async () => {
    const { live, scrape } = watch(simple())
    live.call('c1', 'support')
    live.abandon('c1')
    const samples = await scrape()
    assert.equal(samples.get('carillon_routing_step_seconds_count'), 2)
    assert.equal(samples.get('carillon_routing_step_seconds_bucket{le="0.00002"}'), 2)
  })

  it('escapes special characters in names', async () => {
    const { scrape } = watch(world().group('a "b" \\c', 'serial', ['alice']).queue('q', ['a "b" \\c']))
    assert.equal((await scrape()).get('carillon_agents{group="a \\"b\\" \\\\c",state="available"}'), 1)
  })

  it('still has each metric that release 0.1.0 documented', async () => {
    const { metrics } = watch(simple())
    const old = readFileSync(new URL('../../data/release-0.1.0/metrics.txt', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n')
    const text = await metrics.text()
    for (const name of [...old, 'process_cpu_seconds_total', 'nodejs_heap_size_used_bytes'])
      assert.ok(text.includes(`# TYPE ${name} `), name)
  })

  it('passes promtool check metrics', async function () {
    if (spawnSync('promtool', ['--version']).error) return this.skip()
    const { live, metrics } = watch(simple(), {
      sip: {
        statistics: () => ({
          ...silence,
          requests: [{ labels: { direction: 'in', method: 'INVITE', transport: 'udp' }, value: 7 }],
          rejected: new Map([['untrusted', 3]]),
        }),
      },
    })
    live.call('c1', 'support')
    live.answer('c1.1')
    live.hangUp('c1')
    metrics.presenceEvent('http', 'accepted')
    metrics.reloaded(true, wallTime(start))
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: await metrics.text(),
      encoding: 'utf8',
    })
    assert.equal(`${stdout}${stderr}`, '')
    assert.equal(status, 0)
  })

  it('lets calls be handled between the slices of a scrape', async () => {
    const builder = world()
    for (let group = 0; group < 300; group++) builder.group(`group ${group}`, 'parallel', ['alice'])
    const { metrics } = watch(builder.queue('all', ['group 0']))
    let turns = 0
    let over = false
    const count = (): void => {
      turns += 1
      if (!over) setImmediate(count)
    }
    setImmediate(count)
    await metrics.text()
    over = true
    assert.ok(turns >= 5, `${turns} turns of the event loop during one scrape`)
  })
})

describe('the dashboard and the alert rules (docs/operations)', () => {
  for (const file of ['grafana.json', 'alerts.yaml'])
    it(`use only metrics that exist: ${file}`, async () => {
      const { metrics } = watch(simple())
      const ofCluster = new ClusterMetrics(new FakeClock(), () => ({ role: 'standby', others: [] }))
      const all = (await metrics.text()) + (await ofCluster.text())
      const told = new Set([...all.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name))
      const text = readFileSync(new URL(`../../../docs/operations/${file}`, import.meta.url), 'utf8')
      const asked = new Set([...text.matchAll(/\bcarillon_[a-z_]+(?=[{)[, ])/g)].map(([name]) => name))
      assert.ok(asked.size > 5)
      const unknown = [...asked].filter(name => !told.has(name) && !told.has(name.replace(/_(?:bucket|count|sum)$/, '')))
      assert.deepEqual(unknown, [])
    })
})
