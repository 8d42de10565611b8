import type { Clock } from '../../foundation/clock.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { later, type Millis } from '../../foundation/time.js'
import { agentUri, type AgentUri } from '../../routing/world/ids.js'
import type { PresenceBoard } from '../board.js'
import type { PresenceState } from '../port.js'
import { choiceIn, textOf, type Choice } from './kept-choice.js'

/** The sources by which people set a state: programs of theirs by HTTP, agents themselves on the console. */
export type ChoosingSource = 'http' | 'console'

const reasons: Readonly<Record<ChoosingSource, string>> = { http: 'set by HTTP', console: 'chosen on the console' }

/** A presence source that says what it was told: `PUT /api/agents/{uri}/presence`. */
export class ChosenPresence {
  /** Orders what was set, whatever the machine's clock does. */
  #version = 0

  constructor(
    private readonly source: ChoosingSource,
    private readonly board: Pick<PresenceBoard, 'report' | 'withdraw' | 'refusal'>,
    private readonly clock: Clock,
    /** Told what is to outlive the process; undefined: nothing of this agent. */
    private readonly keep: (agent: AgentUri, choice: string | undefined) => void = () => undefined,
  ) {}

  /** What `keep` was told before a restart, where it still holds and the config still lets it. */
  restore(kept: string, text: string): void {
    const [agent, choice] = [agentUri(kept), choiceIn(text, this.clock)]
    if (!agent.ok) return
    const isOver = choice?.expires !== undefined && choice.expires <= this.clock.now()
    if (!choice || isOver || this.board.refusal(agent.value, this.source) !== undefined) this.keep(agent.value, undefined)
    else this.#report(agent.value, choice)
  }

  /** `expiresAfter` absent: holds until replaced. A fault says why the source may not speak for this agent; nothing changed then. */
  set(agent: AgentUri, state: PresenceState, expiresAfter?: Millis): Result<undefined> {
    const refusal = this.board.refusal(agent, this.source)
    if (refusal !== undefined) return fault(refusal)
    const at = this.clock.now()
    const choice: Choice = { state, at, ...(expiresAfter !== undefined && { expires: later(at, expiresAfter) }) }
    this.#report(agent, choice)
    this.keep(agent, textOf(choice, this.clock))
    return ok(undefined)
  }

  /** It says nothing of this agent any more: the other sources decide. */
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
