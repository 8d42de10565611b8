/** The smallest head of a frame, in bytes; the length of the payload can need 2 or 8 more (RFC 6455 §5.2). */
const shortestHead = 2
const maskBytes = 4
/** Control frames have this opcode or a higher one. They may stand between the fragments of a message (§5.4). */
const firstControl = 8

/**
 * Follows the frames of a WebSocket peer and says whether a message has started and is not complete, because the library reports only whole
 * messages. The library also checks the frames, so this class only counts.
 */
export class Frames {
  readonly #head = Buffer.alloc(shortestHead + 8)
  #headBytes = 0
  /** For the current frame: bytes after its head that have not arrived. */
  #awaited = 0
  /** The fragments so far need another one. */
  #fragmented = false
  #heldBytes = 0
  #begun = 0

  /** The number of bytes since the start of the incomplete message. 0 if there is none. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** How many frames have begun so far. */
  get begun(): number {
    return this.#begun
  }

  /** Whether a message ended in this chunk. */
  push(chunk: Buffer): boolean {
    let ended = false
    for (let at = 0; at < chunk.length;) {
      const taken = this.#take(chunk, at)
      at += taken
      this.#heldBytes += taken
      if (this.#headBytes > 0 || this.#fragmented) continue
      this.#heldBytes = 0
      ended = true
    }
    return ended
  }

  /** Reads the chunk from `at`, at most to the end of the current frame. Returns how many bytes it has read. */
  #take(chunk: Buffer, at: number): number {
    let taken = 0
    while (this.#awaited === 0 && at + taken < chunk.length) {
      if (this.#headBytes === 0) this.#begun++
      this.#head[this.#headBytes++] = chunk[at + taken++] ?? 0
      if (this.#headBytes < headSize(this.#head, this.#headBytes)) continue
      this.#awaited = afterHead(this.#head)
      if (this.#awaited === 0) {
        this.#frameEnds()
        return taken
      }
    }
    const read = Math.min(this.#awaited, chunk.length - at - taken)
    this.#awaited -= read
    if (read > 0 && this.#awaited === 0) this.#frameEnds()
    return taken + read
  }

  #frameEnds(): void {
    const first = this.#head[0] ?? 0
    this.#headBytes = 0
    if ((first & 0x0f) < firstControl) this.#fragmented = first < 0x80
  }
}

/** In bytes, without the mask, as far as the bytes that are there show. */
function headSize(head: Buffer, there: number): number {
  if (there < shortestHead) return shortestHead
  const length = (head[1] ?? 0) & 0x7f
  return shortestHead + (length === 126 ? 2 : length === 127 ? 8 : 0)
}

/** The number of bytes that follow the head: the mask and the payload. */
function afterHead(head: Buffer): number {
  const second = head[1] ?? 0
  const length = second & 0x7f
  const payload =
    length === 126 ? head.readUInt16BE(shortestHead) : length === 127 ? Number(head.readBigUInt64BE(shortestHead)) : length
  return payload + (second >= 0x80 ? maskBytes : 0)
}
