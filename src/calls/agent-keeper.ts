import { fromWall, toWall, wallNow, type Clock, type Timer } from '../foundation/clock.js'
import { instant, millis, wallTime, type WallTime } from '../foundation/time.js'
import { agentUri, keptAgent, type AgentUri, type KeptAgent, type World } from '../routing/index.js'
import type { KeptAgentState } from '../store/port.js'
import { setBackBy } from './set-back.js'
import type { StepReader } from './step.js'

interface AgentKeeperOptions {
  readonly world: World
  readonly clock: Clock
  /** Undefined: nothing is stored for this agent. */
  readonly save: (agent: AgentUri, state: string | undefined) => void
}

/** Changes of one agent within this time are written once. Changes that are not written yet are lost when the process is killed. */
const gatherFor = millis(1_000)
/** How many agents are checked before other work has its turn, and the pause in between. */
const atOnce = 500
const pause = millis(1)

/** Stores how long agents have been idle, until when they wrap up, and who is paused, so that a restart changes no order. Calls do not wait for it. */
export class AgentKeeper {
  readonly #changed = new Set<AgentUri>()
  /** The text that was stored last, by agent. */
  readonly #known = new Map<AgentUri, string>()
  #timer: Timer | undefined

  constructor(private readonly options: AgentKeeperOptions) {}

  readonly reader: StepReader = ({ event, facts }) => {
    for (const fact of facts) if (fact.kind === 'agentChanged') this.#changed.add(fact.agent)
    if (event.kind === 'configReplaced' || event.kind === 'clockStepped') this.#markAll()
    this.#writeSoon()
  }

  /** The state from the previous process, which wrote last at `wroteAt`, in this process's time. Deletes unreadable rows and rows of agents who left the config. */
  restored(rows: readonly KeptAgentState[], wroteAt: WallTime | undefined): readonly KeptAgent[] {
    const { world, clock, save } = this.options
    const kept: KeptRow[] = []
    for (const { agent: text, state } of rows) {
      const [uri, row] = [agentUri(text), readRow(state)]
      if (!uri.ok) continue
      if (row && world.agents.has(uri.value)) kept.push({ ...row, agent: uri.value })
      else save(uri.value, undefined)
      this.#known.set(uri.value, state)
    }
    this.#markAll()
    this.#writeSoon()
    const setBack = setBackBy(clock, wroteAt, Math.max(...kept.map(({ idleSince }) => idleSince)))
    return kept.map(({ agent, idleSince, wasIdle, wrapUpUntil, pausedSince }) => {
      // A row that is still in the future moves alone.
      const ahead = Math.max(setBack, idleSince - wallNow(clock))
      const own = (at: WallTime) => instant(fromWall(clock, at) - ahead)
      return {
        ...{ agent, idleSince: own(idleSince), wasIdle },
        ...(wrapUpUntil !== undefined && { wrapUpUntil: own(wrapUpUntil) }),
        ...(pausedSince !== undefined && { pausedSince: own(pausedSince) }),
      }
    })
  }

  /** Writes pending changes. */
  stop(): void {
    this.#timer?.cancel()
    this.#writeSome(Infinity)
  }

  /** Marks all agents, also those without events, because after a restart their idle time must not be shorter than that of the others. */
  #markAll(): void {
    for (const agent of [...this.#known.keys(), ...this.options.world.agents.keys()]) this.#changed.add(agent)
  }

  #writeSoon(): void {
    if (this.#changed.size > 0) this.#timer ??= this.options.clock.after(gatherFor, () => this.#writeSome(atOnce))
  }

  #writeSome(most: number): void {
    this.#timer = undefined
    let left = most
    for (const uri of this.#changed) {
      if (left === 0) {
        this.#timer = this.options.clock.after(pause, () => this.#writeSome(atOnce))
        return
      }
      left -= 1
      this.#changed.delete(uri)
      this.#write(uri)
    }
  }

  #write(uri: AgentUri): void {
    const { world, clock, save } = this.options
    const agent = world.agents.get(uri)
    if (!agent || agent.departed) {
      this.#known.delete(uri)
      return save(uri, undefined)
    }
    const { idleSince, wasIdle, wrapUpUntil, pausedSince } = keptAgent(agent)
    const until = wrapUpUntil === undefined ? {} : { wrapUpUntil: toWall(clock, wrapUpUntil) }
    const paused = pausedSince === undefined ? {} : { pausedSince: toWall(clock, pausedSince) }
    const text = JSON.stringify({ idleSince: toWall(clock, idleSince), wasIdle, ...until, ...paused })
    if (this.#known.get(uri) === text) return
    this.#known.set(uri, text)
    save(uri, text)
  }
}

interface KeptRow {
  readonly agent: AgentUri
  readonly idleSince: WallTime
  readonly wasIdle: boolean
  readonly wrapUpUntil?: WallTime
  readonly pausedSince?: WallTime
}

/** Undefined: the row can't be read. */
function readRow(text: string): Omit<KeptRow, 'agent'> | undefined {
  try {
    const read: unknown = JSON.parse(text)
    if (typeof read !== 'object' || read === null) return undefined
    const { idleSince, wasIdle, wrapUpUntil, pausedSince } = read as Readonly<Record<string, unknown>>
    if (typeof idleSince !== 'number' || typeof wasIdle !== 'boolean') return undefined
    const until = typeof wrapUpUntil === 'number' ? { wrapUpUntil: wallTime(wrapUpUntil) } : {}
    const paused = typeof pausedSince === 'number' ? { pausedSince: wallTime(pausedSince) } : {}
    return { idleSince: wallTime(idleSince), wasIdle, ...until, ...paused }
  } catch {
    return undefined // Somebody edited the file. The agent's idle time starts now.
  }
}
