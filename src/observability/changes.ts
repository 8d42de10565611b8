import type { Step } from '../calls/step.js'
import type { Clock, Timer } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'
import type { Fact } from '../routing/world/effects.js'
import type { RoutingSettings } from '../routing/world/settings.js'

/**
 * A short notice that something changed, appeared or disappeared. Listeners read the new state themselves. `config`: the config was read,
 * with or without success.
 */
export interface ChangeNotice {
  readonly kind: 'agent' | 'queue' | 'call' | 'group' | 'config'
  readonly id: string
}

/** Several changes of one thing within this time cause one notice. */
const gatherFor = millis(50)
/** Notices per turn of the event loop. A new config may change thousands of things, and calls must not wait for them. */
const noticesPerTurn = 100

/** Tells listeners what changed. Costs nothing while nobody listens. */
export class Changes {
  readonly #listeners = new Set<(notice: ChangeNotice) => void>()
  readonly #waiting = new Map<string, ChangeNotice>()
  #timer: Timer | undefined
  /** Everything that the current config names, for finding what the next config drops. */
  #named: readonly ChangeNotice[] = []

  constructor(private readonly clock: Clock) {}

  subscribe(listener: (notice: ChangeNotice) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#timer?.cancel()
      this.#timer = undefined
      this.#waiting.clear()
    }
  }

  read(step: Step): void {
    if (step.event.kind === 'configReplaced') this.#replaced(step.event.settings)
    if (this.#listeners.size === 0) return
    for (const act of step.acts) if (act.kind === 'wait' && act.queue !== undefined) this.#add('queue', act.queue)
    for (const fact of step.facts) this.#note(fact)
  }

  callChanged(call: string): void {
    if (this.#listeners.size > 0) this.#add('call', call)
  }

  /** Tells listeners that the config was read again. */
  configRead(): void {
    if (this.#listeners.size > 0) this.#add('config', 'check')
  }

  #replaced(settings: RoutingSettings): void {
    const named = [
      ...settings.agents.map(({ uri }) => ({ kind: 'agent', id: uri }) as const),
      ...settings.groups.map(({ name }) => ({ kind: 'group', id: name }) as const),
      ...settings.queues.map(({ name }) => ({ kind: 'queue', id: name }) as const),
    ]
    if (this.#listeners.size > 0) for (const { kind, id } of [...this.#named, ...named]) this.#add(kind, id)
    this.#named = named
  }

  #note(fact: Fact): void {
    if (fact.kind === 'agentChanged' || fact.kind === 'signInChanged') return this.#add('agent', fact.agent)
    if (fact.kind === 'callWaiting' || fact.kind === 'waitEnded') this.#add('queue', fact.queue)
    if (fact.kind !== 'ignored' && 'call' in fact) this.#add('call', fact.call)
  }

  #add(kind: ChangeNotice['kind'], id: string): void {
    this.#waiting.set(`${kind} ${id}`, { kind, id })
    this.#timer ??= this.clock.after(gatherFor, () => this.#tell())
  }

  #tell(): void {
    this.#timer = undefined
    let left = noticesPerTurn
    for (const [key, notice] of this.#waiting) {
      if (left === 0) {
        this.#timer = this.clock.after(millis(0), () => this.#tell())
        return
      }
      left -= 1
      this.#waiting.delete(key)
      for (const listener of this.#listeners) listener(notice)
    }
  }
}
