import type { Clock, Timer } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'
import type { ExtraHeader } from '../legs/body.js'

/** The Retry-After of the 503 for a caller who comes while the server drains (RFC 3261 §20.33). Another server may serve them. */
export const comeBack: readonly ExtraHeader[] = [['Retry-After', '30']]

/** The Reason for an unanswered caller when the server stops (RFC 3326). */
export const leavingWith: readonly ExtraHeader[] = [...comeBack, ['Reason', 'SIP;cause=503;text="The server is shutting down"']]

/** Within this time every caller is asked several times whether they are there (docs/decisions/034). */
const patience = seconds(60)

/**
 * The drain: the server accepts no new call, and its calls end by themselves. Unanswered callers who are silent delay it for at most a
 * minute, because nobody may be there. They lose nothing: the next process continues their call, or they get 503. The code that started the
 * drain limits the rest of the wait.
 */
export class Drain {
  #over: Promise<void> | undefined
  #resolve: (() => void) | undefined
  /** In ms of monotonic time. */
  #beganAt = 0
  /** Runs while the drain waits for all calls. */
  #patience: Timer | undefined

  constructor(
    private readonly clock: Clock,
    /**
     * Whether a call is left. With a monotonic time: whether a call is left that is answered, or whose caller's side sent something since then.
     */
    private readonly isLeft: (heardSince?: number) => boolean,
  ) {}

  get begun(): boolean {
    return this.#over !== undefined
  }

  /** Resolves when the last call that counts is over. A second call returns the same promise. */
  begin(): Promise<void> {
    this.#over ??= new Promise(resolve => {
      this.#resolve = resolve
      this.#beganAt = this.clock.monotonic()
      this.#patience = this.clock.after(patience, () => {
        this.#patience = undefined
        this.look()
      })
      this.look()
    })
    return this.#over
  }

  /** Looks whether the drain is over. Called when a call is over. */
  look(): void {
    if (!this.#resolve || (this.#patience ? this.isLeft() : this.isLeft(this.#beganAt))) return
    this.#patience?.cancel()
    this.#patience = undefined
    this.#resolve()
  }
}
