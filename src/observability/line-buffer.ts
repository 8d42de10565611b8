/** From this length on, Node's encoder is faster than a loop. */
const long = 24
/** The most bytes of UTF-8 for one character of a text. */
const mostPerCharacter = 3

/**
 * Text that grows, as UTF-8. A log line has about forty pieces, and `+` would make an object for each, which is most of what a line
 * costs.
 */
export class LineBuffer {
  #bytes = Buffer.allocUnsafe(64 * 1024)
  /** In bytes. */
  length = 0

  add(piece: string): void {
    const most = this.length + piece.length * mostPerCharacter
    if (most > this.#bytes.length) this.#grow(most)
    if (piece.length >= long || !this.#addAscii(piece)) this.length += this.#bytes.write(piece, this.length)
  }

  /** Everything that was added. Then it is empty again. */
  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.length)
    this.length = 0
    return text
  }

  /** Replaces what was added since the length was `from`. */
  change(from: number, changed: (text: string) => string): void {
    const text = this.#bytes.toString('utf8', from, this.length)
    this.length = from
    this.add(changed(text))
  }

  /** False: there are other characters, and nothing was added. */
  #addAscii(piece: string): boolean {
    for (let index = 0; index < piece.length; index += 1) {
      const code = piece.charCodeAt(index)
      if (code > 127) return false
      this.#bytes[this.length + index] = code
    }
    this.length += piece.length
    return true
  }

  #grow(size: number): void {
    const bytes = Buffer.allocUnsafe(2 * size)
    this.#bytes.copy(bytes, 0, 0, this.length)
    this.#bytes = bytes
  }
}
