import type { Clock } from '../../foundation/clock.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { later, type Millis } from '../../foundation/time.js'
import { agentUri, type AgentUri } from '../../routing/world/ids.js'
import type { PresenceBoard } from '../board.js'
import type { PresenceState } from '../port.js'
import { choiceIn, textOf, type Choice } from './kept-choice.js'

/** The sources whose states are set over the API: by programs (`http`) and by agents on the console. */
export type ChoosingSource = 'http' | 'console'

const reasons: Readonly<Record<ChoosingSource, string>> = { http: 'set by HTTP', console: 'chosen on the console' }

/** A presence source with the states that people set by `PUT /api/agents/{uri}/presence`. */
export class ChosenPresence {
  /** Orders the settings, even if the machine's clock changes. */
  #version = 0

  constructor(
    private readonly source: ChoosingSource,
    private readonly board: Pick<PresenceBoard, 'report' | 'withdraw' | 'refusal'>,
    private readonly clock: Clock,
    /** Called with the state that should survive a restart. Undefined: none for this agent. */
    private readonly keep: (agent: AgentUri, choice: string | undefined) => void = () => undefined,
  ) {}

  /** Restores what `keep` saved before a restart, if it still holds and the config still allows it. */
  restore(kept: string, text: string): void {
    const [agent, choice] = [agentUri(kept), choiceIn(text, this.clock)]
    if (!agent.ok) return
    const isOver = choice?.expires !== undefined && choice.expires <= this.clock.now()
    if (!choice || isOver || this.board.refusal(agent.value, this.source) !== undefined) this.keep(agent.value, undefined)
    else this.#report(agent.value, choice)
  }

  /**
   * Without `expiresAfter` the state holds until replaced. A fault says why the source may not speak for this agent. Nothing
   * changes then.
   */
  set(agent: AgentUri, state: PresenceState, expiresAfter?: Millis): Result<undefined> {
    const refusal = this.board.refusal(agent, this.source)
    if (refusal !== undefined) return fault(refusal)
    const at = this.clock.now()
    const choice: Choice = { state, at, ...(expiresAfter !== undefined && { expires: later(at, expiresAfter) }) }
    this.#report(agent, choice)
    this.keep(agent, textOf(choice, this.clock))
    return ok(undefined)
  }

  /** Removes the chosen state, so that the other sources decide. */
  clear(agent: AgentUri): void {
    this.board.withdraw(agent, this.source)
    this.keep(agent, undefined)
  }

  #report(agent: AgentUri, choice: Choice): void {
    this.#version += 1
    const { source } = this
    this.board.report({ agent, source, reason: reasons[source], version: this.#version, ...choice })
  }
}
