import type { Clock } from '../../foundation/clock.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { later, type Millis } from '../../foundation/time.js'
import type { AgentUri } from '../../routing/ids.js'
import type { PresenceBoard } from '../board.js'
import type { PresenceState } from '../port.js'

/** The HTTP presence source: `PUT /api/agents/{uri}/presence`, for directories, calendars and scripts. */
export class HttpPresence {
  /** Orders what was set, whatever the machine's clock does. */
  #version = 0

  constructor(
    private readonly board: Pick<PresenceBoard, 'report' | 'refusal'>,
    private readonly clock: Clock,
  ) {}

  /** `expiresAfter` absent: holds until replaced. A fault says why HTTP may not speak for this agent; nothing changed then. */
  set(agent: AgentUri, state: PresenceState, expiresAfter?: Millis): Result<undefined> {
    const refusal = this.board.refusal(agent, 'http')
    if (refusal !== undefined) return fault(refusal)
    const at = this.clock.now()
    const expires = expiresAfter === undefined ? {} : { expires: later(at, expiresAfter) }
    this.#version += 1
    this.board.report({ agent, source: 'http', state, reason: 'set by HTTP', at, version: this.#version, ...expires })
    return ok(undefined)
  }
}
