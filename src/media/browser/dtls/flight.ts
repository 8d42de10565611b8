import { writeRecord, type ContentType } from './records.js'
import type { Secrets } from './secrets.js'

/** A record without its number, because each sending needs a new number (RFC 6347 §4.2.4). */
interface Sent {
  readonly type: ContentType
  readonly epoch: number
  readonly body: Buffer
}

const firstRepeatMs = 1000
/** A flight that the client repeats is not answered more often than this. */
const leastRepeatMs = 200

/** What we sent last. It is sent again until the client answers, at doubled intervals. All times are in milliseconds. */
export class Flight {
  #records: readonly Sent[] = []
  #sentAt = 0
  #repeatAfter = firstRepeatMs
  /** The next number of a record, by epoch. */
  readonly #numbers = [0, 0]

  constructor(
    private readonly write: (bytes: Buffer) => void,
    /** Seals records of epoch 1. */
    private readonly secrets: () => Pick<Secrets, 'seal'> | undefined,
  ) {}

  send(records: readonly Sent[], now: number): void {
    this.#records = records
    this.#sendAt(now)
  }

  /** An alert needs no answer and is never repeated, so the time of the last flight stays. */
  sendLast(records: readonly Sent[]): void {
    this.send(records, this.#sentAt)
  }

  /** The client repeated its own flight, which asks for ours again. */
  repeat(now: number): void {
    if (now - this.#sentAt >= leastRepeatMs) this.#sendAt(now)
  }

  /** Repeats a flight that the client has not answered. */
  look(now: number): void {
    if (now - this.#sentAt < this.#repeatAfter) return
    this.#repeatAfter *= 2
    this.#sendAt(now)
  }

  /** The client has answered the flight, so the next one starts with the shortest interval. */
  answered(): void {
    this.#repeatAfter = firstRepeatMs
  }

  /** Sends all records in one datagram. The longest flight has about 800 bytes. */
  #sendAt(now: number): void {
    this.#sentAt = now
    this.write(Buffer.concat(this.#records.map(record => this.#record(record))))
  }

  #record({ type, epoch, body }: Sent): Buffer {
    const sequence = this.#numbers[epoch] ?? 0
    this.#numbers[epoch] = sequence + 1
    if (epoch === 0) return writeRecord(type, epoch, sequence, body)
    return this.secrets()?.seal({ type, epoch, sequence, body }) ?? Buffer.alloc(0)
  }
}
