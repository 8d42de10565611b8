/** Runs something on request, but at most once in `every` milliseconds. Requests that come too early share one later run. */
export class AtMost {
  #stopWaiting: (() => void) | undefined
  #askedAgain = false

  constructor(
    private readonly every: number,
    private readonly after: (delay: number, run: () => void) => () => void,
    private readonly run: () => void,
  ) {}

  ask(): void {
    if (this.#stopWaiting) this.#askedAgain = true
    else this.#runNow()
  }

  stop(): void {
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
    this.#askedAgain = false
  }

  #runNow(): void {
    this.#askedAgain = false
    this.#stopWaiting = this.after(this.every, () => {
      this.#stopWaiting = undefined
      if (this.#askedAgain) this.#runNow()
    })
    this.run()
  }
}
