import assert from 'node:assert/strict'
import type { Action, Question, Route } from '../../../src/routing/world/settings.js'
import { instant, millis, type Instant, type Millis } from '../../../src/foundation/time.js'
import {
  checkInvariants,
  createWorld,
  restoreWorld,
  snapshotWorld,
  step,
  type AgentSettings,
  type AgentUri,
  type CallId,
  type Digit,
  type Effect,
  type Event,
  type Fact,
  type GroupName,
  type GroupSettings,
  type OfferId,
  type PresenceState,
  type PromptId,
  type QueueName,
  type QueueSettings,
  type RoutingMethodName,
  type RoutingSettings,
  type TimerId,
  type WorkflowName,
  type WorkflowSettings,
  type World,
} from '../../../src/routing/index.js'

/** The time at which every world of the tests starts. */
export const start = instant(1_800_000_000_000)

export const agentOf = (name: string): AgentUri => `sip:${name}@example.com` as AgentUri
export const nameOf = (agent: AgentUri): string => agent.slice(4, agent.indexOf('@'))

/** Omit over each member of a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
export type EventAtNow = Without<Event, 'at'>

/** Builds settings briefly: `world().group('support', 'serial', ['alice', 'bob']).queue('support', ['support'])`. */
export class WorldBuilder {
  readonly #agents = new Map<string, AgentSettings>()
  readonly #groups: GroupSettings[] = []
  readonly #queues: QueueSettings[] = []
  readonly #workflows: WorkflowSettings[] = []
  generation = 1
  grace = millis(60_000)
  /** After how many misses in a row agents are paused. */
  pauseAfterMisses: number | undefined

  agent(name: string, more: Partial<AgentSettings> = {}): this {
    const uri = agentOf(name)
    this.#agents.set(name, { uri, name, homed: 'local', wrapUp: millis(0), alwaysAvailable: true, ...more })
    return this
  }

  /** Agents that were not named before are always available. */
  group(name: string, routingMethod: RoutingMethodName, agents: readonly string[], more: Partial<GroupSettings> = {}): this {
    for (const agent of agents) if (!this.#agents.has(agent)) this.agent(agent)
    this.#groups.push({
      name: name as GroupName,
      participationPolicy: 'informal',
      agentAlertTime: millis(20_000),
      routingMethod,
      agents: agents.map(agentOf),
      attendantOffers: 3,
      ...more,
    })
    return this
  }

  /** A queue, and a workflow of the same name that leads to it. */
  queue(name: string, groups: readonly string[], more: Partial<QueueSettings> = {}): this {
    this.#queues.push({
      name: name as QueueName,
      groups: groups as readonly GroupName[],
      noAgents: { when: 'noneConfigured', action: { kind: 'disconnect' } },
      ...more,
    })
    return this.workflow(name, name)
  }

  workflow(name: string, queue: string, more: Partial<WorkflowSettings> = {}): this {
    const place = this.#workflows.findIndex(workflow => workflow.name === name)
    const workflow = {
      name: name as WorkflowName,
      active: true,
      entry: { kind: 'queue' as const, queue: queue as QueueName },
      ...more,
    }
    if (place < 0) this.#workflows.push(workflow)
    else this.#workflows[place] = workflow
    return this
  }

  settings(): RoutingSettings {
    return {
      generation: this.generation,
      ringbackGracePeriod: this.grace,
      ...(this.pauseAfterMisses !== undefined && { pauseAfterMisses: this.pauseAfterMisses }),
      agents: [...this.#agents.values()],
      groups: this.#groups.slice(),
      queues: this.#queues.slice(),
      workflows: this.#workflows.slice(),
    }
  }

  live(kept: Parameters<typeof createWorld>[1] = { signIns: [], pointers: [] }): Live {
    return new Live(createWorld(this.settings(), kept, start))
  }
}

/** An entry with a question: `asks('menu', { 1: queueNamed('sales') })`. Answers are named by their targets. */
export function asks(prompt: string, answers: Partial<Record<Digit, Route>>, more: Partial<Question> = {}): Route {
  const listed = Object.entries(answers).map(([digit, then]) => ({ digit: digit as Digit, name: `key ${digit}`, then }))
  return { kind: 'question', question: { prompt: prompt as PromptId, answers: listed, ...more } }
}

export const toQueue = (queue: string): Action => ({ kind: 'queue', queue: queue as QueueName })

export const world = (): WorldBuilder => new WorldBuilder()

/** A world with a clock. It fires the timers that the core requested, and checks every rule after every step. */
export class Live {
  now: Instant = start
  /** The effects of the last event, or of all timers of the last `after`. */
  effects: readonly Effect[] = []
  readonly timers = new Map<TimerId, { readonly due: Instant; readonly order: number }>()
  #order = 0
  #all: Effect[] = []

  constructor(
    public world: World,
    private readonly checks: (world: World) => void = noViolation,
  ) {}

  tell(event: EventAtNow): readonly Effect[] {
    return (this.effects = this.take({ ...event, at: this.now }))
  }

  /** Lets time pass. Timers fire in the order in which they are due. */
  after(span: number): readonly Effect[] {
    const until = instant(this.now + span)
    const effects: Effect[] = []
    for (let next = this.#nextTimer(until); next !== undefined; next = this.#nextTimer(until)) effects.push(...this.fire(next))
    this.now = until
    return (this.effects = effects)
  }

  /** Fires a running timer at its time. */
  fire(timer: TimerId): readonly Effect[] {
    const running = this.timers.get(timer)
    assert(running, `timer ${timer} runs`)
    this.timers.delete(timer)
    this.now = instant(Math.max(this.now, running.due))
    return this.take({ kind: 'timerFired', timer, at: this.now })
  }

  #nextTimer(until: Instant): TimerId | undefined {
    let next: { timer: TimerId; due: Instant; order: number } | undefined
    for (const [timer, { due, order }] of this.timers)
      if (due <= until && (!next || due < next.due || (due === next.due && order < next.order))) next = { timer, due, order }
    return next?.timer
  }

  take(event: Event): readonly Effect[] {
    const effects = step(this.world, event)
    for (const effect of effects) this.#runTimers(effect)
    this.#all.push(...effects)
    this.checks(this.world)
    assert.equal(this.world.timers.size, this.timers.size, 'the core knows exactly the timers that run')
    return effects
  }

  #runTimers(effect: Effect): void {
    if (effect.kind === 'startTimer') {
      assert(!this.timers.has(effect.timer), `timer ${effect.timer} is started once`)
      this.timers.set(effect.timer, { due: instant(this.now + effect.after), order: (this.#order += 1) })
    }
    if (effect.kind === 'cancelTimer') assert(this.timers.delete(effect.timer), `timer ${effect.timer} ran when it was cancelled`)
  }

  /** The effects of everything that happens meanwhile, also of several events. */
  during(happens: () => void): readonly Effect[] {
    this.#all = []
    happens()
    return this.#all
  }

  /** The same world, restored from plain JSON. */
  restored(): World {
    return restoreWorld(JSON.parse(JSON.stringify(snapshotWorld(this.world))) as ReturnType<typeof snapshotWorld>)
  }

  // Short ways to make things happen.
  call(call: string, workflow: string, hears = false): readonly Effect[] {
    return this.tell({ kind: 'callArrived', call: call as CallId, workflow: workflow as WorkflowName, hears })
  }
  heard(call: string, prompt: string): readonly Effect[] {
    return this.tell({ kind: 'promptFinished', call: call as CallId, prompt: prompt as PromptId })
  }
  press(call: string, digit: Digit): readonly Effect[] {
    return this.tell({ kind: 'digitPressed', call: call as CallId, digit })
  }
  transfer(call: string, by: 'agent' | 'caller'): readonly Effect[] {
    return this.tell({ kind: 'callTransferred', call: call as CallId, by })
  }
  /** An agent calls. */
  callFrom(agent: string, call: string, workflow: string): readonly Effect[] {
    return this.tell({ kind: 'callArrived', call: call as CallId, workflow: workflow as WorkflowName, caller: agentOf(agent) })
  }
  /** A side asks that this agent, or another person of this name, takes its place. */
  refer(call: string, by: 'agent' | 'caller', to: string, how: 'refer' | 'replaces' = 'refer'): readonly Effect[] {
    const named = { asker: `sip:${by}@example.com`, to: agentOf(to) }
    return this.tell({ kind: 'transferBegan', call: call as CallId, by, how, ...named, agent: agentOf(to) })
  }
  through(call: string): readonly Effect[] {
    return this.tell({ kind: 'transferThrough', call: call as CallId })
  }
  presence(agent: string, state: PresenceState): readonly Effect[] {
    return this.tell({ kind: 'presenceChanged', agent: agentOf(agent), presence: { state, since: this.now, because: 'test' } })
  }
  signIn(agent: string, group: string): readonly Effect[] {
    return this.tell({ kind: 'signedIn', agent: agentOf(agent), group: group as GroupName })
  }
  signOut(agent: string, group: string): readonly Effect[] {
    return this.tell({ kind: 'signedOut', agent: agentOf(agent), group: group as GroupName })
  }
  accept(offer: string): readonly Effect[] {
    return this.tell({ kind: 'offerAccepted', offer: offer as OfferId })
  }
  refuse(offer: string, code = 486, silent = false): readonly Effect[] {
    return this.tell({ kind: 'offerRefused', offer: offer as OfferId, code, ...(silent && { silent }) })
  }
  join(call: string): readonly Effect[] {
    return this.tell({ kind: 'callJoined', call: call as CallId })
  }
  abandon(call: string, because?: 'noMedia'): readonly Effect[] {
    return this.tell({ kind: 'callAbandoned', call: call as CallId, ...(because && { because }) })
  }
  hangUp(call: string, cause: 'callerHungUp' | 'agentHungUp' | 'forwardHungUp' | 'failed' = 'callerHungUp'): readonly Effect[] {
    return this.tell({ kind: 'callEnded', call: call as CallId, cause })
  }
  /** The offer is answered and the legs are joined. */
  answer(offer: string): void {
    this.accept(offer)
    this.join(offer.slice(0, offer.lastIndexOf('.')))
  }
  replace(settings: RoutingSettings): readonly Effect[] {
    return this.tell({ kind: 'configReplaced', settings })
  }

  // Short forms of the effects.
  /** The agents rung by the last effects, in order: `c1.1 alice`. */
  offers(): string[] {
    return this.effects.flatMap(effect => (effect.kind === 'offer' ? [`${effect.offer} ${nameOf(effect.agent)}`] : []))
  }
  withdrawn(): string[] {
    return this.effects.flatMap(effect => (effect.kind === 'withdraw' ? [`${effect.offer} ${effect.because}`] : []))
  }
  /** What callers hear, in order: `play c1 welcome`, `wait c1 jazz`, `silence c1`. */
  sounds(): string[] {
    return this.effects.flatMap(effect => {
      if (effect.kind === 'play') return [`play ${effect.call} ${effect.prompt}`]
      if (effect.kind === 'wait') return [`wait ${effect.call}${effect.music === undefined ? '' : ` ${effect.music}`}`]
      return effect.kind === 'silence' ? [`silence ${effect.call}`] : []
    })
  }
  rejected(): string[] {
    return this.effects.flatMap(effect => (effect.kind === 'reject' ? [`${effect.call} ${effect.why}`] : []))
  }
  facts<K extends Fact['kind']>(kind: K): Extract<Fact, { kind: K }>[] {
    return this.effects.flatMap(effect =>
      effect.kind === 'record' && effect.fact.kind === kind ? [effect.fact as Extract<Fact, { kind: K }>] : [],
    )
  }
  /** Why each agent was excluded from the last decision: `bob notAvailable`. */
  excluded(): string[] {
    const decision = this.facts('offerMade').at(-1)?.decision
    return decision?.excluded.map(({ agent, why }) => `${nameOf(agent)} ${why}`) ?? []
  }
}

export const seconds = (s: number): Millis => millis(s * 1000)

function noViolation(world: World): void {
  assert.deepEqual(checkInvariants(world), [])
}
