/** One message between an application and the server: its length in bytes, `#`, the text. Text is latin1: a character a byte. */
export function framed(text: string): Buffer {
  return Buffer.from(`${text.length}#${text}`, 'latin1')
}

/** The server reads at most so many digits of a length. */
const mostDigits = 5

/** The server's buffer, in bytes. A longer message never becomes complete, and nothing after it is read. */
export const bufferBytes = 12_228
/** How much the server adds to the buffer at a time. The buffer loses its beginning when that does not fit. */
const chunkBytes = 8_192

/** Cuts the messages out of a byte stream. */
export class Unframer {
  #buffer = ''
  /** Of the message that has begun. */
  #length: number | undefined

  /** The messages that are complete now. Undefined: a length can't be read, and the connection must be closed. */
  push(chunk: Buffer): readonly string[] | undefined {
    const messages: string[] = []
    for (let at = 0; at < chunk.length; at += chunkBytes) {
      this.#buffer = (this.#buffer + chunk.toString('latin1', at, at + chunkBytes)).slice(-bufferBytes)
      if (!this.#cut(messages)) return undefined
    }
    return messages
  }

  /** False: a length can't be read. */
  #cut(messages: string[]): boolean {
    for (;;) {
      if (this.#length === undefined) {
        const mark = this.#buffer.indexOf('#')
        const digits = mark < 0 ? this.#buffer.slice(0, mostDigits + 1) : this.#buffer.slice(0, mark)
        if (!/^\d*$/.test(digits) || digits.length > mostDigits || mark === 0) return false
        if (mark < 0) return true
        this.#length = Number(digits)
        this.#buffer = this.#buffer.slice(mark + 1)
      }
      if (this.#buffer.length < this.#length) return true
      messages.push(this.#buffer.slice(0, this.#length))
      this.#buffer = this.#buffer.slice(this.#length)
      this.#length = undefined
    }
  }
}
