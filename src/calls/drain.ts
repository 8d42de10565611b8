import type { Clock, Timer } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'
import type { ExtraHeader } from '../legs/body.js'

/** How long a caller who comes while the server drains is told to stay away, with the 503 (RFC 3261 §20.33): another server may serve them. */
export const comeBack: readonly ExtraHeader[] = [['Retry-After', '30']]

/** The same for a caller who was not answered when the server stops (RFC 3326). */
export const leavingWith: readonly ExtraHeader[] = [...comeBack, ['Reason', 'SIP;cause=503;text="The server leaves"']]

/** In this time every caller is asked several times whether they are there (docs/decisions/034). */
const patience = seconds(60)

/**
 * The server's leaving: it takes no new call, and those that it has end by themselves. Callers who were not answered, and of whom nothing is
 * heard, are not waited for longer than a minute: nobody may be there, and they lose nothing, as the next process goes on with them, or they get
 * 503. Whoever began it bounds the rest of the wait.
 */
export class Drain {
  #over: Promise<void> | undefined
  #resolve: (() => void) | undefined
  #beganAt = 0
  /** Runs while each call is waited for. */
  #patience: Timer | undefined

  constructor(
    private readonly clock: Clock,
    /**
     * Whether a call is left. With a moment of the clock's monotonic time: one that is answered, or whose caller's side said something since then.
     */
    private readonly isLeft: (heardSince?: number) => boolean,
  ) {}

  get begun(): boolean {
    return this.#over !== undefined
  }

  /** Resolves when the last call is over that is waited for; asked again, it is the same wait. */
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

  /** A call is over. */
  look(): void {
    if (!this.#resolve || (this.#patience ? this.isLeft() : this.isLeft(this.#beganAt))) return
    this.#patience?.cancel()
    this.#patience = undefined
    this.#resolve()
  }
}
