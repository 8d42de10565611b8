import type { Clock, Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { messageOf, stackOf } from '../foundation/errors.js'
import { millis, type WallTime } from '../foundation/time.js'
import type { Leg } from '../legs/leg.js'
import type { CallId, KeptCall } from '../routing/index.js'
import type { KeptLiveCall } from '../store/port.js'
import type { Happening } from './engine.js'
import { readLiveState, toOwnTime, type LiveState } from './live/stored.js'
import { withdrawReasons } from './reasons.js'
import type { CallPasts } from './step.js'

interface RecoveryOptions {
  readonly clock: Clock
  readonly log: Log
  readonly pasts: CallPasts
  readonly calls: RecoveredCalls
  readonly post: (happening: Happening) => void
  /** Deletes an unreadable row. */
  readonly forget: (call: CallId) => void
}

/** The live calls, from the view of recovery. */
export interface RecoveredCalls {
  has(call: CallId): boolean
  /** Forgets a call whose state can't be used. Its legs end. */
  drop(call: CallId): void
  /**
   * Restores the legs of an answered call: the caller's, and that of the side to which the caller talks or is being connected. Undefined: the
   * caller's leg, or the leg of a side that talked, can't be restored. Sends nothing.
   */
  restore(call: CallId, state: LiveState): readonly Leg[] | undefined
  /** Stops the phones that the previous process rang for the call. Returns how many. Call it once requests can be sent. */
  stopRinging(state: LiveState): number
  /** Gives both sides of a relayed call their new ports. */
  rejoin(call: CallId): void
  /** Restores the INVITE of an unanswered call. Calls `taken` before it returns, or not at all if the INVITE can't be restored. */
  restoreEarly(call: CallId, state: LiveState, taken: () => void): void
}

interface Waiting {
  readonly call: CallId
  readonly state: LiveState
  readonly partner?: Leg | undefined
}

/** Legs are asked one after another whether they exist: those of 1,000 calls in 10 s. The first is asked when the calls are stored again. */
const firstProbe = millis(1_000)
const betweenProbes = millis(5)

/**
 * Restores calls after a restart. Talking calls are known before the first request can arrive. Waiting calls continue, oldest first, once
 * requests can be sent. A peer who hung up meanwhile got no response to the BYE, so each leg is asked whether it still exists.
 */
export class Recovery {
  #waiting: Waiting[] = []
  #lost = 0
  /** The phones that stopped ringing. */
  #stopped = 0
  /** Calls for which phones rang. */
  readonly #rang: Pick<Waiting, 'call' | 'state'>[] = []
  #talking = 0
  readonly #legs: Leg[] = []
  /** Calls that talk through our relay. */
  readonly #withoutSound: CallId[] = []
  #probe: Timer | undefined

  constructor(private readonly options: RecoveryOptions) {}

  /** Runs before requests can arrive. `wroteAt`: when the previous process wrote last, if that is known. */
  begin(rows: readonly KeptLiveCall[], wroteAt: WallTime | undefined): void {
    const { clock, forget } = this.options
    const read = rows.flatMap(({ call, state: text }) => {
      const state = readLiveState(text)
      if (state) return [{ call, state }]
      this.#lost += 1
      forget(call)
      return []
    })
    const states = read.map(({ state }) => state)
    const inOwnTime = toOwnTime(states, clock, wroteAt)
    for (const { call, state } of read) this.#each(call, () => this.#begin(call, inOwnTime(state)))
  }

  #begin(call: CallId, state: LiveState): void {
    const { calls } = this.options
    if (state.ringing) this.#rang.push({ call, state })
    const legs = state.legs.kind === 'early' ? [] : calls.restore(call, state)
    if (!legs) this.#over(call, state, 'failed')
    else if (state.legs.kind === 'talking') this.#talks(call, state, legs)
    else this.#waits({ call, state }, legs)
  }

  /** A row that another version or somebody else wrote may have any content. It costs its own call, and never the start of the server. */
  #each(call: CallId, restore: () => void): void {
    try {
      restore()
    } catch (error) {
      this.#lost += 1
      this.options.calls.drop(call)
      this.options.forget(call)
      this.options.log.error(`the call ${call} can't be restored, because its stored state can't be used: ${messageOf(error)}`, {
        event: 'calls.notRestored',
        callId: call,
        stack: stackOf(error),
      })
    }
  }

  /** Runs once requests can be sent. */
  goOn(): void {
    // Before the calls go on, so that a phone gets the CANCEL before the next INVITE.
    for (const { call, state } of this.#rang.splice(0))
      this.#each(call, () => void (this.#stopped += this.options.calls.stopRinging(state)))
    const waiting = this.#waiting.sort((a, b) => beganAt(a.state.core) - beganAt(b.state.core))
    this.#waiting = []
    for (const each of waiting) this.#each(each.call, () => this.#goOn(each))
    if (this.#talking + waiting.length + this.#lost > 0) this.#tell(waiting.length)
    this.#rejoinNext()
  }

  #goOn({ call, state, partner }: Waiting): void {
    // This leg was about to be joined with a caller who now waits again, so it has no use.
    partner?.hangUp(withdrawReasons.withdrawn)
    if (state.legs.kind === 'early') this.#arrivesAgain(call, state)
    else if (this.options.calls.has(call)) this.#restored(call, state, state.core)
    // The caller hung up between `begin` and now.
    else this.#over(call, state, 'abandoned')
  }

  stop(): void {
    this.#probe?.cancel()
  }

  #talks(call: CallId, state: LiveState, legs: readonly Leg[]): void {
    this.#talking += 1
    this.#legs.push(...legs)
    if (state.legs.kind === 'talking' && (state.legs.apart || state.legs.sides.some(({ anchor }) => anchor)))
      this.#withoutSound.push(call)
    this.#restored(call, state, state.core)
  }

  #waits(waiting: Waiting, [caller, partner]: readonly Leg[]): void {
    if (caller) this.#legs.push(caller)
    this.#waiting.push({ ...waiting, partner })
  }

  #arrivesAgain(call: CallId, state: LiveState): void {
    const arrival = { came: false }
    this.options.calls.restoreEarly(call, state, () => {
      arrival.came = true
      this.#restored(call, state, state.core)
    })
    if (!arrival.came) this.#over(call, state, 'failed')
  }

  /** Reports a call that can't continue, so that the core counts its end, once. */
  #over(call: CallId, state: LiveState, why: 'failed' | 'abandoned'): void {
    this.#lost += 1
    this.#restored(call, state, { ...state.core, stands: { kind: 'over', why } })
  }

  #restored(call: CallId, { past }: LiveState, kept: KeptCall): void {
    this.options.pasts.restore(call, past)
    this.options.post({ kind: 'callRestored', call, kept })
  }

  /** Gives the next relayed call its new ports. Relayed calls have no sound until then, so they come before the questions to legs. */
  #rejoinNext(): void {
    const call = this.#withoutSound.shift()
    if (call !== undefined) this.options.calls.rejoin(call)
    if (this.#withoutSound.length > 0) this.#probe = this.options.clock.after(betweenProbes, () => this.#rejoinNext())
    else this.#probe = this.options.clock.after(firstProbe, () => this.#probeNext())
  }

  #probeNext(): void {
    const leg = this.#legs.shift()
    if (!leg) return
    leg.probe()
    this.#probe = this.options.clock.after(betweenProbes, () => this.#probeNext())
  }

  #tell(waiting: number): void {
    const [talking, lost, stopped] = [this.#talking, this.#lost, this.#stopped]
    this.options.log.info?.(
      `calls kept over the restart: ${talking} talking, ${waiting} waiting; lost: ${lost}; phones that no longer ring: ${stopped}`,
      { event: 'calls.restored', talking, waiting, lost, stopped },
    )
  }
}

const beganAt = ({ stands, arrivedAt }: KeptCall): number => (stands.kind === 'waiting' ? stands.since : arrivedAt)
