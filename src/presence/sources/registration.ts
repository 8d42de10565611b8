import type { Clock } from '../../foundation/clock.js'
import { instant, type Instant } from '../../foundation/time.js'
import { agentUri, type AgentUri } from '../../routing/world/ids.js'
import type { PresenceBoard } from '../board.js'

/** The presence source `registration`: available while a phone is registered here, else offline. */
export class RegistrationPresence {
  /** Until when each agent has a phone. */
  readonly #until = new Map<AgentUri, Instant>()
  /** Orders what is said, whatever the machine's clock does. */
  #version = 0

  constructor(
    private readonly board: Pick<PresenceBoard, 'report' | 'refusal'>,
    private readonly clock: Clock,
  ) {}

  /** The phones of an agent, or of a guest, are others now, or stay longer. */
  registered(address: string, phones: readonly { readonly expires: Instant }[]): void {
    const agent = agentUri(address)
    if (!agent.ok) return
    if (phones.length === 0) this.#until.delete(agent.value)
    else this.#until.set(agent.value, instant(Math.max(...phones.map(({ expires }) => expires))))
    this.#tell(agent.value)
  }

  /** Says of each of them what is so: at the start, and after a reload, when the board knows those for whom it asks. */
  tellAll(agents: Iterable<AgentUri>): void {
    for (const agent of agents) this.#tell(agent)
  }

  #tell(agent: AgentUri): void {
    // Guests have no presence, nor has an agent whose config asks others.
    if (this.board.refusal(agent, 'registration') !== undefined) return
    const expires = this.#until.get(agent)
    this.#version += 1
    const common = { agent, source: 'registration', basis: 'device', at: this.clock.now(), version: this.#version } as const
    if (expires === undefined) this.board.report({ state: 'offline', reason: 'no phone is registered', ...common })
    else this.board.report({ state: 'available', reason: 'a phone is registered', expires, ...common })
  }
}
