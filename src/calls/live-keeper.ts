import type { Clock, Timer } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'
import type { CallId, Fact } from '../routing/index.js'
import type { LiveCallStore } from '../store/port.js'
import { textOfLiveState, type LiveState } from './live/stored.js'
import type { StepReader } from './step.js'

interface LiveKeeperOptions {
  readonly store: LiveCallStore
  readonly clock: Clock
  /** All live calls. */
  readonly calls: () => Iterable<CallId>
  /** The current state of the call. Undefined: it can't be stored. */
  readonly state: (call: CallId) => LiveState | undefined
}

/** Changes of one call within this time are written once. Changes that are not written yet are lost when the process is killed. */
const gatherFor = millis(250)
/** How many calls are written before others get their turn, and the pause in between. */
const atOnce = 100
const pause = millis(1)

/** Facts that change how a call continues after a restart. */
const telling: ReadonlySet<Fact['kind']> = new Set<Fact['kind']>([
  'callArrived',
  'callRestored',
  'callWaiting',
  'waitEnded',
  'offerEnded',
  'answerGiven',
  'callConnected',
  'callForwarded',
  'callTransferred',
])

/** Stores what calls in progress need after a restart. All changes of a call within `gatherFor` are written once. */
export class LiveKeeper {
  readonly #changed = new Set<CallId>()
  #timer: Timer | undefined

  constructor(private readonly options: LiveKeeperOptions) {}

  readonly reader: StepReader = ({ facts }) => {
    for (const fact of facts) this.#read(fact)
  }

  changed(call: CallId): void {
    this.#changed.add(call)
    this.#timer ??= this.options.clock.after(gatherFor, () => this.#writeSome())
  }

  /** Writes the current state of this call. False: it can't be stored. */
  keep(call: CallId): boolean {
    this.#changed.delete(call)
    const state = this.options.state(call)
    if (state) this.options.store.saveLiveCall(call, textOfLiveState(state, this.options.clock))
    return state !== undefined
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #read(fact: Fact): void {
    // The stored times are wall time.
    if (fact.kind === 'clockStepped') for (const call of this.options.calls()) this.changed(call)
    if (fact.kind === 'callFinished') {
      this.#changed.delete(fact.call)
      this.options.store.deleteLiveCall(fact.call)
    } else if (telling.has(fact.kind) && 'call' in fact) this.changed(fact.call)
  }

  #writeSome(): void {
    this.#timer = undefined
    let left = atOnce
    for (const call of this.#changed) {
      if (left === 0) {
        this.#timer = this.options.clock.after(pause, () => this.#writeSome())
        return
      }
      left -= 1
      this.keep(call)
    }
  }
}
