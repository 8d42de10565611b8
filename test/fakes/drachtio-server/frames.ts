/** One message between an application and the server: its length in bytes, `#`, the text. Text is latin1: a character a byte. */
export function framed(text: string): Buffer {
  return Buffer.from(`${text.length}#${text}`, 'latin1')
}

/** The server reads at most so many digits of a length. */
const mostDigits = 5

/** The server's buffer, in bytes. A longer message never becomes complete, and nothing after it is read. */
export const bufferBytes = 12_228

/** Cuts the messages out of a byte stream. */
export class Unframer {
  #waiting = ''

  /** The messages that are complete now. Undefined: a length can't be read, and the connection must be closed. */
  push(chunk: Buffer): readonly string[] | undefined {
    this.#waiting += chunk.toString('latin1')
    const messages: string[] = []
    for (;;) {
      const mark = this.#waiting.indexOf('#')
      const digits = mark < 0 ? this.#waiting.slice(0, mostDigits + 1) : this.#waiting.slice(0, mark)
      if (!/^\d*$/.test(digits) || digits.length > mostDigits || mark === 0) return undefined
      const end = mark + 1 + Number(digits)
      if (mark < 0 || end - mark - 1 > bufferBytes || this.#waiting.length < end) return messages
      messages.push(this.#waiting.slice(mark + 1, end))
      this.#waiting = this.#waiting.slice(end)
    }
  }
}
