/** A handshake message (RFC 6347 §4.2.2), put together from its fragments. */
export interface HandshakeMessage {
  readonly type: number
  readonly sequence: number
  readonly body: Buffer
}

/** A fragment whose header agrees with itself. */
export interface Fragment extends HandshakeMessage {
  /** Of the whole message. */
  readonly length: number
  readonly offset: number
}

export const messageHeaderSize = 12
/** A chain of certificates is the longest that a browser sends; ours and theirs have some 300 bytes. */
const mostLength = 16_384
/** Messages behind the next one whose fragments are kept: one flight of a client has four. */
const mostAhead = 4

/** The fragments of a record; undefined: one of them is not as it has to be. Copies nothing. */
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
  // An empty fragment of a message that is not empty brings nothing, and would cost the same as one that does.
  if (size === 0 && length > 0) return undefined
  const body = bytes.subarray(begin, begin + size)
  return { type: bytes.readUInt8(at), sequence: bytes.readUInt16BE(at + 4), length, offset, body }
}

/** A message with its header as if it had come whole, which is how all hashes take it (RFC 6347 §4.2.6). */
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
  /** 1 for each byte that came. */
  readonly come: Uint8Array
  missing: number
}

/** Puts the peer's messages together, in their order. Keeps at most four messages of 16 kB. */
export class Assembly {
  readonly #partial = new Map<number, Partial>()
  #next = 0

  /** The number of the message that comes next. */
  get next(): number {
    return this.#next
  }

  /** False: it contradicts what came before. Fragments of messages that were taken, or are too far ahead, change nothing. */
  add({ type, sequence, length, offset, body }: Fragment): boolean {
    if (sequence < this.#next || sequence >= this.#next + mostAhead) return true
    const partial = this.#partial.get(sequence) ?? {
      ...{ type, bytes: Buffer.alloc(length), come: new Uint8Array(length), missing: length },
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

  /** The next message, when all of it is there. */
  take(): HandshakeMessage | undefined {
    const partial = this.#partial.get(this.#next)
    if (!partial || partial.missing > 0) return undefined
    this.#partial.delete(this.#next)
    this.#next += 1
    return { type: partial.type, sequence: this.#next - 1, body: partial.bytes }
  }
}
