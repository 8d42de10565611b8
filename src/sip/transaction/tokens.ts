/** Returns this many bytes that nobody can guess, like node:crypto's randomBytes. */
export type RandomBytes = (size: number) => Uint8Array

/** Marks a branch made by the rules of RFC 3261 (§8.1.1.7). */
const magicCookie = 'z9hG4bK'

/** Whether the branch comes from a peer that follows RFC 3261 (§8.1.1.7). Then it is unique. */
export const isUnique = (branch: string | undefined): branch is string =>
  branch !== undefined && branch.length > magicCookie.length && branch.startsWith(magicCookie)

/** Whether a Call-ID has the form of ours, so that we called. The second form is that of 0.1, whose calls may go on. */
export const isOurCallId = (callId: string): boolean => /^(?:[0-9a-f]{8}\.\d+\.[0-9a-f]{16}|[0-9a-f]{32})$/.test(callId)

/** How many random bytes are drawn at a time. */
const poolBytes = 4096

/** Makes branches and tags. Random bytes are drawn by the thousand, because each draw is a system call. */
export class Tokens {
  #pool: Buffer
  #used = 0
  #count = 0
  /** Random, so that the names of two processes differ. */
  readonly #process: string

  constructor(private readonly randomBytes: RandomBytes) {
    this.#pool = this.#draw()
    this.#process = this.#hex(4)
  }

  /** A whole number with 32 random bits. */
  number(): number {
    return this.#pool.readUInt32BE(this.#take(4))
  }

  /**
   * A branch that is unique by the process's prefix and a count. It also has 64 random bits against guessing, because everybody
   * who knows a branch can answer the request.
   */
  branch(): string {
    this.#count += 1
    return `${magicCookie}${this.#process}.${this.#count}.${this.#hex(8)}`
  }

  /** A Call-ID that is unique like a branch. Those of one process begin alike, so they lie side by side in the store's index. */
  callId(): string {
    this.#count += 1
    return `${this.#process}.${this.#count}.${this.#hex(8)}`
  }

  /** 64 random bits. RFC 3261 §19.3 requires at least 32. */
  tag(): string {
    return this.#hex(8)
  }

  /** Hexadecimal, because other bases would need floating-point divisions. */
  #hex(size: number): string {
    const at = this.#take(size)
    return this.#pool.toString('hex', at, at + size)
  }

  /** Takes this many unused bytes from the pool. Returns their position. */
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
