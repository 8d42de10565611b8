interface Waiting {
  readonly begin: () => Promise<void>
  /** The work has begun, or it was left out. */
  readonly over: () => void
}

/** Somebody who waits for their turn. */
export interface TurnTaker {
  /** The person or program that asks. Each name gets as many turns as any other. */
  readonly name: string
  /** Aborted: nobody waits for the result any more. Work that has not begun is left out, and `run` rejects. */
  readonly gone?: AbortSignal
}

/**
 * Runs one piece of work at a time, such as a read of the store. Names take turns, so somebody who asks for much delays only their own.
 * Work for which nobody waits any more is left out.
 */
export class Turns {
  /** The waiting work by name. The names are in the order of their turns. No list is empty. */
  readonly #waiting = new Map<string, Waiting[]>()
  #isRunning = false

  run<T>(work: () => Promise<T>, { name, gone }: TurnTaker = { name: '' }): Promise<T> {
    if (gone?.aborted === true) return Promise.reject(notAwaited())
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#leaveOut(name, waiting)
        reject(notAwaited())
      }
      const waiting: Waiting = {
        begin: () => started(work).then(resolve, reject),
        over: () => gone?.removeEventListener('abort', leave),
      }
      gone?.addEventListener('abort', leave, { once: true })
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), waiting])
      this.#next()
    })
  }

  #leaveOut(name: string, waiting: Waiting): void {
    this.#keep(
      name,
      (this.#waiting.get(name) ?? []).filter(each => each !== waiting),
    )
  }

  #keep(name: string, waiting: Waiting[]): void {
    if (waiting.length > 0) this.#waiting.set(name, waiting)
    else this.#waiting.delete(name)
  }

  #next(): void {
    const [first] = this.#waiting
    if (this.#isRunning || !first) return
    const [name, [next, ...others]] = first
    // The name goes to the end, so its next turn comes after one of each other name.
    this.#waiting.delete(name)
    this.#keep(name, others)
    if (!next) return
    next.over()
    this.#isRunning = true
    void next.begin().finally(() => {
      this.#isRunning = false
      this.#next()
    })
  }
}

export const notAwaited = (): Error => new Error('nobody waits for this any more')

/** Work that throws at once rejects, too. */
async function started<T>(work: () => Promise<T>): Promise<T> {
  return work()
}
