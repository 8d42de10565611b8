/** What the media thread or media process has counted since its start. */
export interface Counts {
  readonly packetsSent: number
  readonly packetsReceived: number
  /** Packets that the network did not take at once. They are dropped, because late sound is useless. */
  readonly packetsDropped: number
  /** Packets on browser legs that came faster than allowed and were not handled. */
  readonly packetsRefused: number
  /** Ticks of 10 ms that came too late and were skipped. */
  readonly lateTicks: number
  /** Packets that went from one side of a call to the other. */
  readonly packetsRelayed: number
  /** Packets of a relayed call that were not passed on. */
  readonly packetsNotRelayed: number
}

const names = [
  'packetsSent',
  'packetsReceived',
  'packetsDropped',
  'packetsRefused',
  'lateTicks',
  'packetsRelayed',
  'packetsNotRelayed',
] as const

export const noCounts: Counts = countsOf(() => 0)

/** Counters in shared memory: one thread writes them and another reads them, without messages. */
export class Counters {
  readonly #values: Float64Array<SharedArrayBuffer>

  constructor(readonly shared = new SharedArrayBuffer(names.length * Float64Array.BYTES_PER_ELEMENT)) {
    this.#values = new Float64Array(shared)
  }

  add(name: keyof Counts, count = 1): void {
    const index = names.indexOf(name)
    this.#values[index] = (this.#values[index] ?? 0) + count
  }

  read(): Counts {
    return countsOf(name => this.#values[names.indexOf(name)] ?? 0)
  }
}

function countsOf(read: (name: keyof Counts) => number): Counts {
  const counts: Partial<Record<keyof Counts, number>> = {}
  for (const name of names) counts[name] = read(name)
  return counts as Counts
}
