import type { ExtraHeader } from '../legs/body.js'

/** How long a caller who comes while the server drains is told to stay away, with the 503 (RFC 3261 §20.33): another server may serve them. */
export const comeBack: readonly ExtraHeader[] = [['Retry-After', '30']]

/** The server's leaving: it takes no new call, and those that it has end by themselves. Whoever began it bounds the wait. */
export class Drain {
  #over: Promise<void> | undefined
  #resolve: (() => void) | undefined

  get begun(): boolean {
    return this.#over !== undefined
  }

  /** Resolves when the last of these calls is over; asked again, it is the same wait. */
  begin(calls: number): Promise<void> {
    this.#over ??= new Promise(resolve => {
      if (calls === 0) resolve()
      else this.#resolve = resolve
    })
    return this.#over
  }

  /** No call is left. */
  empty(): void {
    this.#resolve?.()
  }
}
