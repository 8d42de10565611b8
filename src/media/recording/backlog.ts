/** In KiB: how much sound may wait for the recording thread. More means that the disk hangs. */
const most = 64 * 1024
const waiting = 0
const lost = 1

/** How much sound waits for the recording thread. Both threads share it, so that a disk that hangs can't fill the memory. */
export class Backlog {
  readonly #counts: Int32Array<SharedArrayBuffer>

  constructor(readonly shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#counts = new Int32Array(shared)
  }

  /** False: too much waits, so these bytes must be dropped. */
  takes(bytes: number): boolean {
    if (Atomics.load(this.#counts, waiting) > most) {
      Atomics.add(this.#counts, lost, 1)
      return false
    }
    Atomics.add(this.#counts, waiting, kib(bytes))
    return true
  }

  written(bytes: number): void {
    Atomics.sub(this.#counts, waiting, kib(bytes))
  }

  /** The recording thread is gone, and what waited with it. */
  clear(): void {
    Atomics.store(this.#counts, waiting, 0)
  }

  /** Pieces of about one second that were dropped. */
  get dropped(): number {
    return Atomics.load(this.#counts, lost)
  }
}

const kib = (bytes: number): number => Math.ceil(bytes / 1024)
