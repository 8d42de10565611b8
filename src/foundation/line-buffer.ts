/** In characters. From this length on, the encoder of Node is faster than a loop. */
const long = 24
/** In bytes: how much a buffer has at first, and how much it keeps. */
const [usualSize, mostKept] = [64 * 1024, 1024 * 1024]
/** The most bytes of UTF-8 for one UTF-16 code unit. */
const mostPerCharacter = 3
/** Characters that JSON may have to escape: quotes, backslashes, control characters, and surrogates, of which lone ones are escaped. */
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/
const [space, quote, backslash] = [32, 34, 92]
/** The letter behind the backslash, by the code of the character that it stands for. */
const escapes = new Uint8Array(128)
for (const [character, letter] of Object.entries({ '"': '"', '\\': '\\', '\t': 't', '\n': 'n', '\r': 'r' }))
  escapes[character.charCodeAt(0)] = letter.charCodeAt(0)

/**
 * A growing text in UTF-8. A log line has about forty pieces, and `+` would make an object for each of them, which would be most of the
 * cost of a line.
 */
export class LineBuffer {
  #bytes = Buffer.allocUnsafe(usualSize)
  /** In bytes. */
  length = 0

  add(piece: string): void {
    const most = this.length + piece.length * mostPerCharacter
    if (most > this.#bytes.length) this.#grow(most)
    if (piece.length >= long || !this.#addAscii(piece)) this.length += this.#bytes.write(piece, this.length)
  }

  /** Adds everything that the other buffer has. */
  addFrom(other: LineBuffer): void {
    const most = this.length + other.length
    if (most > this.#bytes.length) this.#grow(most)
    other.#bytes.copy(this.#bytes, this.length, 0, other.length)
    this.length = most
  }

  /** Adds the text as a string of JSON. */
  addQuoted(text: string): void {
    const most = this.length + text.length * mostPerCharacter + 2
    if (most > this.#bytes.length) this.#grow(most)
    const begin = this.length
    this.#bytes[this.length++] = quote
    if (text.length >= long && !needsEscape.test(text)) this.length += this.#bytes.write(text, this.length)
    else if (!this.#addEscaped(text)) {
      this.length = begin
      return this.add(JSON.stringify(text))
    }
    this.#bytes[this.length++] = quote
  }

  /** Returns everything that was added, and empties the buffer. */
  take(): string {
    const text = this.#bytes.toString('utf8', 0, this.length)
    this.clear()
    return text
  }

  /** Everything that was added. Valid until something else is done with the buffer. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** Empties the buffer. The memory of an unusually long text is freed. */
  clear(): void {
    this.length = 0
    if (this.#bytes.length > mostKept) this.#bytes = Buffer.allocUnsafe(usualSize)
  }

  /** Replaces the text that was added since the length was `from`. */
  change(from: number, changed: (text: string) => string): void {
    const text = this.#bytes.toString('utf8', from, this.length)
    this.length = from
    this.add(changed(text))
  }

  /**
   * Adds a text with the usual escapes of JSON: two bytes at most for a character. False: the text has characters that are not ASCII, or
   * that need another escape. Then the length means nothing.
   */
  #addEscaped(text: string): boolean {
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code > 127) return false
      if (code >= space && code !== quote && code !== backslash) {
        this.#bytes[this.length++] = code
        continue
      }
      const escape = escapes[code] ?? 0
      if (escape === 0) return false
      this.#bytes[this.length++] = backslash
      this.#bytes[this.length++] = escape
    }
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
