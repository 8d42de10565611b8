import { instant, millis, type Instant } from '../src/foundation/time.js'
import {
  createWorld,
  step,
  type AgentUri,
  type CallId,
  type Effect,
  type Event,
  type GroupName,
  type OfferId,
  type QueueName,
  type RoutingMethodName,
  type RoutingSettings,
  type WorkflowName,
  type World,
} from '../src/routing/index.js'

/**
 * `npm run bench:routing`: how many calls a second the routing core offers to agents on one core. A decision is one call
 * offered to one agent, with everything around it: arrival, answer, join, end, wrap-up of the timers. Budget: 200,000/s with
 * 10,000 agents in 1,000 groups (docs/design.md §6).
 */
interface Site {
  readonly agents: number
  readonly groups: number
  readonly method: RoutingMethodName
}

const warmUpCalls = 20_000
const budget = 200_000

const group = (n: number): GroupName => `group-${n}` as GroupName
const queue = (n: number): QueueName => `queue-${n}` as QueueName
const workflow = (n: number): WorkflowName => `workflow-${n}` as WorkflowName
const agent = (n: number): AgentUri => `sip:agent-${n}@example.com` as AgentUri

function settingsOf({ agents, groups, method }: Site): RoutingSettings {
  const size = agents / groups
  return {
    generation: 1,
    ringbackGracePeriod: millis(60_000),
    agents: Array.from({ length: agents }, (_, n) => ({
      uri: agent(n),
      homed: 'local',
      wrapUp: millis(0),
      alwaysAvailable: true,
    })),
    groups: Array.from({ length: groups }, (_, n) => ({
      name: group(n),
      participationPolicy: 'informal',
      agentAlertTime: millis(20_000),
      routingMethod: method,
      agents: Array.from({ length: size }, (_, m) => agent(n * size + m)),
      attendantOffers: 3,
    })),
    queues: Array.from({ length: groups }, (_, n) => ({
      name: queue(n),
      groups: [group(n), group((n + 1) % groups)],
      timeout: { after: millis(300_000), action: { kind: 'disconnect' } },
      noAgents: { when: 'noneConfigured', action: { kind: 'disconnect' } },
    })),
    workflows: Array.from({ length: groups }, (_, n) => ({
      name: workflow(n),
      active: true,
      entry: { kind: 'queue', queue: queue(n) },
    })),
  }
}

/** Time spent in the core, by kind of event. */
class Meter {
  readonly #spent = new Map<string, { count: number; ms: number }>()
  decisions = 0

  take(world: World, event: Event): readonly Effect[] {
    const begin = performance.now()
    const effects = step(world, event)
    const took = performance.now() - begin
    const spent = this.#spent.get(event.kind) ?? { count: 0, ms: 0 }
    this.#spent.set(event.kind, { count: spent.count + 1, ms: spent.ms + took })
    return effects
  }

  lines(): string[] {
    return [...this.#spent].map(
      ([kind, { count, ms }]) => `  ${kind.padEnd(18)}${((1000 * ms) / count).toFixed(2).padStart(8)} µs`,
    )
  }
}

type Take = (world: World, event: Event) => readonly Effect[]

/**
 * Calls go round the groups, so that half of the agents talk at any time; every eighth call is refused once, and every
 * fourth brings a presence change.
 */
class Traffic {
  #n = 0
  #at: Instant = instant(1_800_000_000_000)
  readonly #talking: CallId[] = []
  decisions = 0

  constructor(
    private readonly world: World,
    private readonly site: Site,
    private readonly take: Take,
  ) {}

  run(calls: number): void {
    for (let n = 0; n < calls; n += 1) this.#oneCall()
  }

  #oneCall(): void {
    const n = (this.#n += 1)
    this.#at = instant(this.#at + 1)
    const call = `call-${n}` as CallId
    let offer = this.#tell({ kind: 'callArrived', call, workflow: workflow(n % this.site.groups), at: this.#at })
    if (offer && n % 8 === 0) offer = this.#tell({ kind: 'offerRefused', offer, code: 486, at: this.#at })
    if (offer) this.#answer(call, offer)
    if (this.#talking.length > this.site.agents / 2) this.#hangUp()
    if (n % 4 === 0) this.#flicker(n)
  }

  #answer(call: CallId, offer: OfferId): void {
    this.#tell({ kind: 'offerAccepted', offer, at: this.#at })
    this.#tell({ kind: 'callJoined', call, at: this.#at })
    this.#talking.push(call)
  }

  #hangUp(): void {
    const place = this.#n % this.#talking.length
    const call = this.#talking[place]
    const last = this.#talking.pop()
    if (!call || !last) return
    if (call !== last) this.#talking[place] = last
    this.#tell({ kind: 'callEnded', call, cause: 'callerHungUp', at: this.#at })
  }

  #flicker(n: number): void {
    const presence = { state: n % 8 === 0 ? 'inactive' : 'available', since: this.#at, because: 'bench' } as const
    this.#tell({ kind: 'presenceChanged', agent: agent(n % this.site.agents), presence, at: this.#at })
  }

  /** The last offer that the event caused. */
  #tell(event: Event): OfferId | undefined {
    let made: OfferId | undefined
    for (const effect of this.take(this.world, event)) {
      if (effect.kind !== 'offer') continue
      made = effect.offer
      this.decisions += 1
    }
    return made
  }
}

function decisionsPerSecond(site: Site, calls: number): number {
  const world = createWorld(settingsOf(site), { signIns: [], pointers: [] }, instant(1_800_000_000_000))
  const traffic = new Traffic(world, site, step)
  traffic.run(Math.min(warmUpCalls, calls))
  const before = traffic.decisions
  const begin = performance.now()
  traffic.run(calls)
  return ((traffic.decisions - before) * 1000) / (performance.now() - begin)
}

function microsPerEvent(site: Site, calls: number): string[] {
  const world = createWorld(settingsOf(site), { signIns: [], pointers: [] }, instant(1_800_000_000_000))
  new Traffic(world, site, step).run(0)
  const warm = new Traffic(world, site, step)
  warm.run(warmUpCalls)
  const meter = new Meter()
  const measured = createWorld(settingsOf(site), { signIns: [], pointers: [] }, instant(1_800_000_000_000))
  new Traffic(measured, site, (into, event) => meter.take(into, event)).run(calls)
  return meter.lines()
}

const count = (n: number): string => Math.round(n).toLocaleString('en').padStart(9)

const main: Site = { agents: 10_000, groups: 1_000, method: 'longestIdle' }
console.log('decisions/s: one call offered to one agent, with its arrival, answer, join and end')
const reached = decisionsPerSecond(main, 300_000)
console.log(`${count(reached)}  10,000 agents in 1,000 groups, longestIdle (budget ${budget.toLocaleString('en')})`)
for (const size of [10, 100, 1_000])
  for (const method of ['longestIdle', 'roundRobin', 'serial'] as const)
    console.log(
      `${count(decisionsPerSecond({ agents: 10_000, groups: 10_000 / size, method }, 2_000_000 / Math.max(20, size)))}  groups of ${size}, ${method}`,
    )
console.log('µs per event, 10,000 agents in 1,000 groups, longestIdle')
for (const line of microsPerEvent(main, 100_000)) console.log(line)
