import type { Clock, Timer } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'
import type { CallId, Fact } from '../routing/index.js'
import type { LiveCallStore } from '../store/port.js'
import { textOfLiveState, type LiveState } from './live-state.js'
import type { StepReader } from './step.js'

export interface LiveKeeperOptions {
  readonly store: LiveCallStore
  readonly clock: Clock
  /** All that there are. */
  readonly calls: () => Iterable<CallId>
  /** The call as it is now; undefined: it can't outlive the process. */
  readonly state: (call: CallId) => LiveState | undefined
}

/** Changes of one call within this are written once; what is not written yet when the process is killed is lost. */
const gatherFor = millis(250)
/** Calls written out before others get their turn, and the pause between. */
const atOnce = 100
const pause = millis(1)

/** Facts after which a call would go on in another way. */
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

/** Hands the store what calls in progress need to go on after a restart. All changes of a call within `gatherFor` cost one text. */
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

  /** Writes this call as it is now; false: it can't outlive the process. */
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
    // What is written is in wall time.
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
