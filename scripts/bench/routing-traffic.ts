import { instant, millis, type Instant } from '../../src/foundation/time.js'
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
} from '../../src/routing/index.js'

/** Agents in groups of the same size. */
export interface Site {
  readonly agents: number
  readonly groups: number
  readonly method: RoutingMethodName
}

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
      groups: groups === 1 ? [group(n)] : [group(n), group((n + 1) % groups)],
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

/** Takes one event, as `step` does. */
type Take = (world: World, event: Event) => readonly Effect[]

/**
 * Calls go round the groups, so that half of the agents talk at any time; every eighth call is refused once, and every
 * fourth brings a presence change.
 */
export class Traffic {
  #n = 0
  #at: Instant = instant(1_800_000_000_000)
  readonly #talking: CallId[] = []
  decisions = 0

  constructor(
    private readonly world: World,
    private readonly site: Site,
    private readonly take: Take = step,
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

/** A site in which nothing has happened yet. */
export const newWorld = (site: Site): World =>
  createWorld(settingsOf(site), { signIns: [], pointers: [] }, instant(1_800_000_000_000))
