/** What the media thread has counted since its start. */
export interface Counts {
  readonly packetsSent: number
  readonly packetsReceived: number
  /** Packets that the network did not take at once; they are dropped, as late sound is worth nothing. */
  readonly packetsDropped: number
  /** Packets of browsers' legs that came faster than a leg may have them, and were not looked at. */
  readonly packetsRefused: number
  /** Ticks of 10 ms that came too late and were left out. */
  readonly lateTicks: number
}

export const noCounts: Counts = { packetsSent: 0, packetsReceived: 0, packetsDropped: 0, packetsRefused: 0, lateTicks: 0 }

const names = ['packetsSent', 'packetsReceived', 'packetsDropped', 'packetsRefused', 'lateTicks'] as const

/** Numbers that one thread writes and another reads, without a message for each. */
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
    const [packetsSent = 0, packetsReceived = 0, packetsDropped = 0, packetsRefused = 0, lateTicks = 0] = this.#values
    return { packetsSent, packetsReceived, packetsDropped, packetsRefused, lateTicks }
  }
}
