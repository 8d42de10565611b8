import { formatDuration, millis, type Millis } from '../foundation/time.js'
import type { AgentUri, CallId, GroupName, QueueName, WorkflowName } from '../routing/world/ids.js'
import type { Action, QueueSettings, WorkflowSettings } from '../routing/world/settings.js'
import type { PlanView } from './plan-view.js'

/** A call that waits in the running server now. */
export interface WaitingCall {
  readonly call: CallId
  readonly workflow: WorkflowName
  readonly queue: QueueName
  /** From 1. Absent for a call that rings without having waited. */
  readonly position?: number
  /** The wait in this queue so far. */
  readonly waited: Millis
  /** The phones that ring for the call. Absent: a server of an older version does not tell. */
  readonly rings?: readonly Ring[]
}

interface Ring {
  readonly agent: AgentUri
  readonly group: GroupName
}

/** What a new config does to a call that waits now. */
export interface CallEffect {
  readonly call: CallId
  /** The queue in which the call waits now. */
  readonly queue: QueueName
  readonly effect:
    | ({ readonly kind: 'keepsPlace' } & InQueue)
    | ({ readonly kind: 'moves'; readonly to: QueueName; readonly because: string } & InQueue)
    | { readonly kind: 'forwarded'; readonly as: 'voicemail' | 'number' | 'uri'; readonly to: string; readonly because: string }
    | { readonly kind: 'ended'; readonly because: string }
}

interface InQueue {
  /** From 1, counted after other calls have left the queue. */
  readonly position?: number
  /** Phones that stop ringing, because the queue does not ring these agents any more. */
  readonly stopsRinging?: readonly AgentUri[]
}

/** Where a call is after the change. */
type Outcome =
  | { readonly kind: 'waits'; readonly queue: QueueName; readonly waited: Millis; readonly because?: string }
  | Extract<CallEffect['effect'], { readonly kind: 'forwarded' | 'ended' }>

/** As in routing: a call that would enter another queue after this many is looping. */
const mostQueues = 10

/**
 * Predicts what routing will do with each call, as far as the config decides it. Two things are only known at the moment of the change: who
 * is signed in (`noAgents: noneSignedIn`), and whether a queue overflows to which calls move.
 */
export function effectsOn(waiting: readonly WaitingCall[], next: PlanView['routing']): CallEffect[] {
  const foresight = new Foresight(next)
  const outcomes = waiting.map(call => ({ call, outcome: foresight.of(call) }))
  const line = [...outcomes].sort((a, b) => waitedOf(b.outcome) - waitedOf(a.outcome))
  return outcomes.map(({ call, outcome }) => {
    const { call: id, queue } = call
    if (outcome.kind !== 'waits') return { call: id, queue, effect: outcome }
    const inLine = line.filter(
      each => each.outcome.kind === 'waits' && each.outcome.queue === outcome.queue && each.call.position,
    )
    const place = inLine.findIndex(each => each.call === call) + 1
    const silent = foresight.silenced(call.rings ?? [], outcome.queue)
    const inQueue = { ...(place > 0 && { position: place }), ...(silent.length > 0 && { stopsRinging: silent }) }
    const { because } = outcome
    if (because === undefined) return { call: id, queue, effect: { kind: 'keepsPlace', ...inQueue } }
    return { call: id, queue, effect: { kind: 'moves', to: outcome.queue, ...inQueue, because } }
  })
}

const waitedOf = (outcome: Outcome): number => (outcome.kind === 'waits' ? outcome.waited : 0)

class Foresight {
  readonly #queues: ReadonlyMap<QueueName, QueueSettings>
  readonly #workflows: ReadonlyMap<WorkflowName, WorkflowSettings>
  readonly #working: ReadonlySet<string>
  readonly #members: ReadonlyMap<GroupName, ReadonlySet<AgentUri>>

  constructor({ queues, workflows, groups, agents }: PlanView['routing']) {
    const away = new Set(agents.flatMap(({ uri, homed }) => (homed === 'online' ? [uri] : [])))
    this.#members = new Map(groups.map(group => [group.name, new Set(group.agents.filter(uri => !away.has(uri)))]))
    this.#queues = new Map(queues.map(queue => [queue.name, queue]))
    this.#workflows = new Map(workflows.map(workflow => [workflow.name, workflow]))
    this.#working = new Set(groups.filter(({ agents }) => agents.length > 0).map(({ name }) => name))
  }

  of({ queue, workflow, waited }: WaitingCall): Outcome {
    if (this.#queues.has(queue)) return this.#standing({ kind: 'waits', queue, waited }, 1)
    const entry = this.#workflows.get(workflow)?.entry
    if (entry?.kind !== 'queue' || !this.#queues.has(entry.queue))
      return { kind: 'ended', because: `the queue '${queue}' is gone, and its workflow '${workflow}' leads straight to no other` }
    const because = `the queue '${queue}' is gone, and its workflow leads to '${entry.queue}'`
    return this.#standing({ kind: 'waits', queue: entry.queue, waited, because }, 2)
  }

  /** The agents whose phones stop ringing for the call. */
  silenced(rings: readonly Ring[], name: QueueName): AgentUri[] {
    const groups = this.#queues.get(name)?.groups ?? []
    return rings.flatMap(({ agent, group }) =>
      groups.includes(group) && this.#members.get(group)?.has(agent) === true ? [] : [agent],
    )
  }

  /** What the queue does with the call: it keeps the call, or its time-out or missing agents lead the call elsewhere. */
  #standing(outcome: Extract<Outcome, { kind: 'waits' }>, entered: number): Outcome {
    const queue = this.#queues.get(outcome.queue)
    if (!queue) return outcome
    const { timeout, noAgents, groups } = queue
    if (noAgents.when === 'noneConfigured' && !groups.some(group => this.#working.has(group)))
      return this.#outcomeOf(noAgents.action, `the queue '${queue.name}' has no agents`, entered)
    if (!timeout || outcome.waited < timeout.after) return outcome
    const limit = formatDuration(timeout.after)
    return this.#outcomeOf(timeout.action, `it waited longer than the time-out of '${queue.name}', ${limit}`, entered)
  }

  #outcomeOf(action: Action, because: string, entered: number): Outcome {
    if (action.kind === 'disconnect') return { kind: 'ended', because }
    if (action.kind === 'forward') return { kind: 'forwarded', as: action.as, to: action.to, because }
    if (entered === mostQueues) return { kind: 'ended', because: `it went through ${mostQueues} queues` }
    return this.#standing({ kind: 'waits', queue: action.queue, waited: millis(0), because }, entered + 1)
  }
}
