/** Fills that many bytes with what nobody can guess, as node:crypto's randomBytes does. */
export type RandomBytes = (size: number) => Uint8Array

/** Marks a branch as made by the rules of RFC 3261 (§8.1.1.7). */
export const magicCookie = 'z9hG4bK'

/** Whether a branch tells a peer of RFC 3261 (§8.1.1.7): it is unique then. */
export const isUnique = (branch: string | undefined): branch is string =>
  branch !== undefined && branch.length > magicCookie.length && branch.startsWith(magicCookie)

const poolBytes = 4096

/** Makes branches and tags; random bytes are drawn by the thousand, as each draw costs a system call. */
export class Tokens {
  #pool: Buffer
  #used = 0
  #count = 0
  readonly #prefix: string

  constructor(private readonly randomBytes: RandomBytes) {
    this.#pool = this.#draw()
    this.#prefix = `${magicCookie}${this.#hex(4)}`
  }

  /** A whole number of 32 random bits. */
  number(): number {
    return this.#pool.readUInt32BE(this.#take(4))
  }

  /**
   * Unique in space by the process's prefix, in time by a count. 64 random bits more keep it from being guessed: whoever knows a branch can
   * answer the request.
   */
  branch(): string {
    this.#count += 1
    return `${this.#prefix}.${this.#count}.${this.#hex(8)}`
  }

  /** 64 random bits; RFC 3261 §19.3 asks for 32 at least. */
  tag(): string {
    return this.#hex(8)
  }

  /** Hexadecimal: numbers of 32 bits in other bases cost divisions of floating-point numbers. */
  #hex(size: number): string {
    const at = this.#take(size)
    return this.#pool.toString('hex', at, at + size)
  }

  /** The place of so many bytes that were not given yet. */
  #take(size: number): number {
    if (this.#used + size > this.#pool.length) {
      this.#pool = this.#draw()
      this.#used = 0
    }
    this.#used += size
    return this.#used - size
  }

  #draw(): Buffer {
    const bytes = this.randomBytes(poolBytes)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}
