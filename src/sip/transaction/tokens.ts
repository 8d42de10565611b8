/** Fills that many bytes with what nobody can guess, as node:crypto's randomBytes does. */
export type RandomBytes = (size: number) => Uint8Array

/** Marks a branch as made by the rules of RFC 3261 (§8.1.1.7). */
export const magicCookie = 'z9hG4bK'

const poolBytes = 4096

/** Makes branches and tags; random bytes are drawn by the thousand, as each draw costs a system call. */
export class Tokens {
  #pool: DataView
  #used = 0
  #count = 0
  readonly #prefix: string

  constructor(private readonly randomBytes: RandomBytes) {
    this.#pool = this.#draw()
    this.#prefix = `${magicCookie}${this.number().toString(36)}`
  }

  /** A whole number of 32 random bits. */
  number(): number {
    if (this.#used + 4 > this.#pool.byteLength) {
      this.#pool = this.#draw()
      this.#used = 0
    }
    const value = this.#pool.getUint32(this.#used)
    this.#used += 4
    return value
  }

  /** Unique in space by the process's prefix, in time by a count, and not to be guessed by 32 random bits more. */
  branch(): string {
    this.#count += 1
    return `${this.#prefix}.${this.#count.toString(36)}.${this.number().toString(36)}`
  }

  /** 64 random bits; RFC 3261 §19.3 asks for 32 at least. */
  tag(): string {
    return `${this.number().toString(36)}${this.number().toString(36)}`
  }

  #draw(): DataView {
    const bytes = this.randomBytes(poolBytes)
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}
