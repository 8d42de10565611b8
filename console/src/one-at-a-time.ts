/** Runs one action at a time. People double-click, and a button is disabled only some milliseconds after the first click. */
export class OneAtATime {
  #running = false

  /** `told` is called with true when an action begins, and with false when it is over. */
  constructor(private readonly told: (running: boolean) => void = () => undefined) {}

  /** Begins the action before it returns. Ignores it, and returns false, while another one is under way. */
  async run(action: () => Promise<void>): Promise<boolean> {
    if (this.#running) return false
    this.#running = true
    this.told(true)
    try {
      await action()
    } finally {
      this.#running = false
      this.told(false)
    }
    return true
  }
}
