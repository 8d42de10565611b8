import type { Reader } from './port.js'

interface Waiting {
  readonly begin: () => Promise<void>
  /** The read has begun, or is left out. */
  readonly over: () => void
}

/**
 * Runs one read at a time. Readers take turns, so somebody with many reads delays only their own. A read for which nobody waits any more
 * is left out.
 */
export class ReadTurns {
  /** By reader, in the order of their turns. No list is empty. */
  readonly #waiting = new Map<string, Waiting[]>()
  #isReading = false

  run<T>(read: () => Promise<T>, { name, gone }: Reader = { name: '' }): Promise<T> {
    if (gone?.aborted === true) return Promise.reject(notAwaited())
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#leaveOut(name, waiting)
        reject(notAwaited())
      }
      const waiting: Waiting = {
        begin: () => read().then(resolve, reject),
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
    if (this.#isReading || !first) return
    const [name, [read, ...others]] = first
    // The reader's next read comes after one of each other reader.
    this.#waiting.delete(name)
    this.#keep(name, others)
    if (!read) return
    read.over()
    this.#isReading = true
    void read.begin().finally(() => {
      this.#isReading = false
      this.#next()
    })
  }
}

export const notAwaited = (): Error => new Error('nobody waits for this read any more')
