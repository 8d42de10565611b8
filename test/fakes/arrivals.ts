/** Keeps arrivals until a test asks for them. */
export class Arrivals<T> {
  readonly #come: T[] = []
  readonly #waiting: ((arrival: T) => void)[] = []

  readonly push = (arrival: T): void => {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(arrival)
    else this.#come.push(arrival)
  }

  next(): Promise<T> {
    const [come] = this.#come.splice(0, 1)
    return come === undefined ? new Promise(resolve => this.#waiting.push(resolve)) : Promise.resolve(come)
  }

  get size(): number {
    return this.#come.length
  }
}
