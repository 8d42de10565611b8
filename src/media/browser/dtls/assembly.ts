/** A handshake message (RFC 6347 §4.2.2), assembled from its fragments. */
export interface HandshakeMessage {
  readonly type: number
  readonly sequence: number
  readonly body: Buffer
}

/** A fragment with a consistent header. */
export interface Fragment extends HandshakeMessage {
  /** The length of the whole message. */
  readonly length: number
  readonly offset: number
}

/** In bytes (RFC 6347 §4.2.2). */
const messageHeaderSize = 12
/** In bytes. The longest message that a browser sends is a certificate chain. Certificates here have about 300 bytes. */
const mostLength = 16_384
/** How many messages, counted from the next one, are kept at a time. A client's flight has four. */
const mostAhead = 4

/** The fragments of a record. Undefined if one of them is malformed. Copies nothing. */
export function readFragments(bytes: Buffer, isKnown: (type: number) => boolean): readonly Fragment[] | undefined {
  const fragments: Fragment[] = []
  for (let at = 0; at < bytes.length;) {
    const fragment = readFragment(bytes, at)
    if (!fragment || !isKnown(fragment.type)) return undefined
    fragments.push(fragment)
    at += messageHeaderSize + fragment.body.length
  }
  return fragments
}

function readFragment(bytes: Buffer, at: number): Fragment | undefined {
  if (bytes.length - at < messageHeaderSize) return undefined
  const length = bytes.readUIntBE(at + 1, 3)
  const offset = bytes.readUIntBE(at + 6, 3)
  const size = bytes.readUIntBE(at + 9, 3)
  const begin = at + messageHeaderSize
  if (length > mostLength || offset + size > length || begin + size > bytes.length) return undefined
  // An empty fragment of a non-empty message carries nothing, but would cost as much as any other.
  if (size === 0 && length > 0) return undefined
  const body = bytes.subarray(begin, begin + size)
  return { type: bytes.readUInt8(at), sequence: bytes.readUInt16BE(at + 4), length, offset, body }
}

/** The message with the header of an unfragmented one. The handshake hashes use this form (RFC 6347 §4.2.6). */
export function writeMessage({ type, sequence, body }: HandshakeMessage): Buffer {
  const head = Buffer.alloc(messageHeaderSize)
  head.writeUInt8(type, 0)
  head.writeUIntBE(body.length, 1, 3)
  head.writeUInt16BE(sequence, 4)
  head.writeUIntBE(body.length, 9, 3)
  return Buffer.concat([head, body])
}

interface Partial {
  readonly type: number
  readonly bytes: Buffer
  /** 1 for each byte that has arrived. */
  readonly come: Uint8Array
  missing: number
}

/** Assembles the peer's messages in order. Keeps at most four messages of 16 KiB each. */
export class Assembly {
  readonly #partial = new Map<number, Partial>()
  #next = 0

  /** The number of the next message. */
  get next(): number {
    return this.#next
  }

  /**
   * Adds a fragment. False: it contradicts earlier ones. Fragments of messages that were taken already, or that are too far ahead, are
   * ignored.
   */
  add({ type, sequence, length, offset, body }: Fragment): boolean {
    if (sequence < this.#next || sequence >= this.#next + mostAhead) return true
    const partial = this.#partial.get(sequence) ?? {
      type,
      bytes: Buffer.alloc(length),
      come: new Uint8Array(length),
      missing: length,
    }
    if (partial.type !== type || partial.bytes.length !== length) return false
    this.#partial.set(sequence, partial)
    body.copy(partial.bytes, offset)
    for (let at = offset; at < offset + body.length; at += 1) {
      if (partial.come[at] === 0) partial.missing -= 1
      partial.come[at] = 1
    }
    return true
  }

  /** The next message, once it is complete. */
  take(): HandshakeMessage | undefined {
    const partial = this.#partial.get(this.#next)
    if (!partial || partial.missing > 0) return undefined
    this.#partial.delete(this.#next)
    this.#next += 1
    return { type: partial.type, sequence: this.#next - 1, body: partial.bytes }
  }
}
