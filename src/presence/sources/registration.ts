import type { Clock } from '../../foundation/clock.js'
import { instant, type Instant } from '../../foundation/time.js'
import { agentUri, type AgentUri } from '../../routing/world/ids.js'
import type { PresenceBoard } from '../board.js'

/** The presence source `registration`: available while a phone is registered here, otherwise offline. */
export class RegistrationPresence {
  /** When each agent's last registration expires. */
  readonly #until = new Map<AgentUri, Instant>()
  /** Orders the reports, even if the machine's clock changes. */
  #version = 0

  constructor(
    private readonly board: Pick<PresenceBoard, 'report' | 'refusal'>,
    private readonly clock: Clock,
  ) {}

  /** The registered phones of an agent or a guest changed, or were refreshed. */
  registered(address: string, phones: readonly { readonly expires: Instant }[]): void {
    const agent = agentUri(address)
    if (!agent.ok) return
    if (phones.length === 0) this.#until.delete(agent.value)
    else this.#until.set(agent.value, instant(Math.max(...phones.map(({ expires }) => expires))))
    this.#tell(agent.value)
  }

  /** Reports the state of each agent: at the start and after a config reload, when the board knows its agents. */
  tellAll(agents: Iterable<AgentUri>): void {
    for (const agent of agents) this.#tell(agent)
  }

  #tell(agent: AgentUri): void {
    // Skips guests, who have no presence, and agents whose config does not use this source.
    if (this.board.refusal(agent, 'registration') !== undefined) return
    const expires = this.#until.get(agent)
    this.#version += 1
    const common = { agent, source: 'registration', basis: 'device', at: this.clock.now(), version: this.#version } as const
    if (expires === undefined) this.board.report({ state: 'offline', reason: 'no phone is registered', ...common })
    else this.board.report({ state: 'available', reason: 'a phone is registered', expires, ...common })
  }
}
