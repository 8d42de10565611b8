/** In characters. From this length on, the encoder of Node is faster than a loop. */
const long = 24
/** The most bytes of UTF-8 for one UTF-16 code unit. */
const mostPerCharacter = 3
/** Characters that JSON must escape: quotes, backslashes, control characters, lone surrogates. */
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/
const [space, quote, backslash] = [32, 34, 92]

/**
 * A growing text in UTF-8. A log line has about forty pieces, and `+` would make an object for each of them, which would be most of the
 * cost of a line.
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

  /** Adds the text as a string of JSON. */
  addQuoted(text: string): void {
    const most = this.length + text.length * mostPerCharacter + 2
    if (most > this.#bytes.length) this.#grow(most)
    const begin = this.length
    this.#bytes[this.length] = quote
    this.length += 1
    if (text.length < long ? !this.#addPlain(text) : needsEscape.test(text)) {
      this.length = begin
      return this.add(JSON.stringify(text))
    }
    if (text.length >= long) this.length += this.#bytes.write(text, this.length)
    this.#bytes[this.length] = quote
    this.length += 1
  }

  /** Returns everything that was added, and empties the buffer. */
  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.length)
    this.length = 0
    return text
  }

  /** Everything that was added. Valid until something else is done with the buffer. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** Empties the buffer. */
  clear(): void {
    this.length = 0
  }

  /** Replaces the text that was added since the length was `from`. */
  change(from: number, changed: (text: string) => string): void {
    const text = this.#bytes.toString('utf8', from, this.length)
    this.length = from
    this.add(changed(text))
  }

  /** Adds a piece that is ASCII and that JSON need not escape. False: it has other characters, and the length has not changed. */
  #addPlain(piece: string): boolean {
    const [bytes, at] = [this.#bytes, this.length]
    for (let index = 0; index < piece.length; index += 1) {
      const code = piece.charCodeAt(index)
      if (code > 127 || code < space || code === quote || code === backslash) return false
      bytes[at + index] = code
    }
    this.length += piece.length
    return true
  }

  /** Adds a piece that is ASCII. False: it has other characters, and the length has not changed. */
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
