import type { Clock, Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { seconds } from '../foundation/time.js'
import { callViews, checkInvariants, type CallId } from '../routing/index.js'
import type { Engine } from './engine.js'
import type { LiveCalls } from './live-calls.js'

export interface AuditOptions {
  readonly engine: Engine
  readonly calls: LiveCalls
  readonly clock: Clock
  readonly log: Log
  /** Told of each violation, by the rule's name. */
  readonly violated: (rule: string) => void
}

const every = seconds(30)
/** A full check of a larger world would hold up calls (rule reads-never-block); property tests check those. */
const mostCheckedAgents = 500

/** Looks now and then whether what the core believes is so: each of its calls must have a caller's leg, or it is ended. */
export class Audit {
  #timer: Timer | undefined

  constructor(private readonly options: AuditOptions) {}

  start(): void {
    this.#timer = this.options.clock.after(every, () => {
      this.run()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  run(): void {
    const { engine, log, violated } = this.options
    this.#endDeadCalls()
    if (engine.world.agents.size > mostCheckedAgents) return
    for (const { rule, what } of checkInvariants(engine.world)) {
      violated(rule)
      log.error(`rule ${rule} is broken: ${what}`, { event: 'invariant.violated', rule })
    }
  }

  #endDeadCalls(): void {
    const { engine, calls, log, violated } = this.options
    const dead = [...callViews(engine.world)].filter(({ id }) => calls.get(id)?.alive !== true)
    for (const { id, phase } of dead) {
      violated('busy-means-dialog')
      log.error(`a call that is ${phase} had no leg any more; ended`, { event: 'call.healed', callId: id })
      endCall(engine, id, phase)
    }
  }
}

/** Ends a call in the core, whatever its phase. */
export function endCall(engine: Engine, call: CallId, phase: string): void {
  if (phase === 'connected') engine.post({ kind: 'callEnded', call, cause: 'failed' })
  else engine.post({ kind: 'callAbandoned', call })
}
