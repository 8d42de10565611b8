import type { Clock, Timer } from '../foundation/clock.js'
import { millis, type Millis } from '../foundation/time.js'
import type { CallId, Fact } from '../routing/index.js'
import type { LiveCallStore } from '../store/port.js'
import { LiveStateWriter, type LiveState } from './live/stored.js'
import type { StepReader } from './step.js'

interface LiveKeeperOptions {
  readonly store: LiveCallStore
  readonly clock: Clock
  /** All live calls. */
  readonly calls: () => Iterable<CallId>
  /** The current state of the call. Undefined: it can't be stored. */
  readonly state: (call: CallId) => LiveState | undefined
}

/**
 * The age from which a change is written, with later changes of the same call, and how often the keeper looks. So a change is written
 * when it is 300 ms old at the latest. Changes that are not written yet are lost when the process is killed.
 */
const [gatherFor, lookEvery] = [millis(125), millis(175)]
/** How many calls are written before other work has its turn, and the pause in between. */
const atOnce = 100
const pause = millis(1)

/** Facts that change how a call continues after a restart. */
const telling: ReadonlySet<Fact['kind']> = new Set<Fact['kind']>([
  'callArrived',
  'callRestored',
  'callWaiting',
  'waitEnded',
  'offerMade',
  'offerEnded',
  'answerGiven',
  'callConnected',
  'callForwarded',
  'callTransferred',
])

/** Stores what calls in progress need after a restart. Changes of a call that follow each other soon are written once. */
export class LiveKeeper {
  /** Calls with changes, and the time of the first one in ms of monotonic time, in this order. */
  readonly #changed = new Map<CallId, number>()
  readonly #writer: LiveStateWriter
  #timer: Timer | undefined

  constructor(private readonly options: LiveKeeperOptions) {
    this.#writer = new LiveStateWriter(options.clock)
  }

  readonly reader: StepReader = ({ facts }) => {
    for (const fact of facts) this.#read(fact)
  }

  changed(call: CallId): void {
    if (!this.#changed.has(call)) this.#changed.set(call, this.options.clock.monotonic())
    this.#writeAfter(gatherFor)
  }

  /** Writes the current state of this call. False: it can't be stored. */
  keep(call: CallId): boolean {
    this.#changed.delete(call)
    const state = this.options.state(call)
    if (state) this.options.store.saveLiveCall(call, this.#writer.text(state))
    return state !== undefined
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #read(fact: Fact): void {
    // The stored times are wall time, so all of them change when the wall clock is set.
    if (fact.kind === 'clockStepped') for (const call of this.options.calls()) this.changed(call)
    if (fact.kind === 'callFinished') {
      this.#changed.delete(fact.call)
      this.options.store.deleteLiveCall(fact.call)
    } else if (telling.has(fact.kind) && 'call' in fact) this.changed(fact.call)
  }

  #writeSome(): void {
    this.#timer = undefined
    // A timer may fire up to a millisecond early.
    const changedBy = this.options.clock.monotonic() - gatherFor + 1
    let left = atOnce
    for (const [call, changedAt] of this.#changed) {
      if (changedAt > changedBy) break
      if (left === 0) return this.#writeAfter(pause)
      left -= 1
      this.keep(call)
    }
    if (this.#changed.size > 0) this.#writeAfter(lookEvery)
  }

  #writeAfter(delay: Millis): void {
    this.#timer ??= this.options.clock.after(delay, () => this.#writeSome())
  }
}
