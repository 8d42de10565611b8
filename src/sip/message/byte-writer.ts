/** From this length on, Node's copy is faster than a loop. */
const long = 24

/** Writes latin1 text into one buffer. Joining the text first would allocate three times as much, for each message. */
export class ByteWriter {
  readonly #bytes: Buffer
  #at = 0

  /** `size`: the most bytes that will be added. */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size)
  }

  add(text: string): this {
    if (text.length >= long) this.#at += this.#bytes.write(text, this.#at, 'latin1')
    else for (let index = 0; index < text.length; index += 1) this.#bytes[this.#at++] = text.charCodeAt(index)
    return this
  }

  /** Everything that was added. */
  get written(): Buffer {
    return this.#at === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#at)
  }
}
