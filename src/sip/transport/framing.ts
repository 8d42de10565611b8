/** How much of a stream is read before it is given up. */
export interface FramingLimits {
  /** The start line and header fields of one message, in bytes. Default 16 KiB. */
  readonly headBytes: number
  /** One message with its body, in bytes. Default 64 KiB. */
  readonly messageBytes: number
}

export const defaultFramingLimits: FramingLimits = { headBytes: 16 * 1024, messageBytes: 64 * 1024 }

/**
 * Why a stream can't be read further: the start of its next message is unknown. `head` is the part that can be answered, if there
 * is any.
 */
export interface FramingFault {
  readonly what: 'headTooLarge' | 'messageTooLarge' | 'badLength' | 'badFrame' | 'otherProtocol'
  readonly head: Buffer | undefined
}

/** Receives what is found in a stream. */
interface FramedSink {
  /** One complete message. The sink may use the bytes only until it returns. */
  message(bytes: Buffer): void
  /** One or more CRLFCRLF in a row: pings from the peer (RFC 5626 §3.5.1), to be answered with CRLF. */
  ping(): void
}

const CR = 13
const LF = 10
const SPACE = 32
const TAB = 9
const COLON = 58
const ZERO = 48
const endOfHead = Buffer.from('\r\n\r\n')
/** CRLFCRLF as a number. */
const pingBytes = 0x0d0a0d0a
const longName = 'content-length'
const lowerL = 108
const lowerC = 99

/**
 * Cuts a stream into messages by Content-Length (RFC 3261 §18.3). A message without Content-Length is cut as if it had no body;
 * the parser then refuses it. Nothing is read after a fault.
 */
export class Framer {
  /**
   * Received bytes that are not cut yet: one buffer, and chunks that are joined to it once the current message can be complete.
   */
  #held: Buffer[] = []
  #heldBytes = 0
  /** How many bytes are needed before another cut can succeed. */
  #needed = 0
  /** Where the search for the end of the head continues, so that data in small pieces is not searched repeatedly. */
  #searched = 0
  #fault: FramingFault | undefined

  constructor(
    private readonly limits: FramingLimits,
    private readonly sink: FramedSink,
  ) {}

  /** Whether a message has started and is not complete. Line breaks alone are not a message. */
  get partial(): boolean {
    return this.#heldBytes > 0 && this.#held[0]?.[0] !== CR
  }

  /** How many bytes are held that are not cut yet. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  push(chunk: Buffer): FramingFault | undefined {
    if (this.#fault) return this.#fault
    this.#hold(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes >= this.#needed) this.#cut(joined(this.#held))
    return this.#fault
  }

  /**
   * Chunks are joined so that each is longer than the next one. A body that comes byte by byte is then held in about 16 buffers
   * instead of one for each byte, and each byte is copied at most that often.
   */
  #hold(chunk: Buffer): void {
    let last = chunk
    for (let before = this.#held.at(-1); before && before.length <= last.length; before = this.#held.at(-1)) {
      this.#held.pop()
      last = Buffer.concat([before, last])
    }
    this.#held.push(last)
  }

  #cut(bytes: Buffer): void {
    let at = 0
    for (let next = this.#take(bytes, at); next > at; next = this.#take(bytes, at)) at = this.#searched = next
    this.#searched -= at
    // A copy, so that a few bytes do not keep a whole chunk in memory.
    this.#held = at === bytes.length ? [] : [at === 0 ? bytes : Buffer.from(bytes.subarray(at))]
    this.#heldBytes = bytes.length - at
  }

  /**
   * Reads one message or ping at `at` and returns where the next one starts. Returns `at` itself if more bytes are needed or
   * nothing can be read.
   */
  #take(bytes: Buffer, at: number): number {
    this.#needed = 0
    if (at === bytes.length || this.#fault) return at
    if (bytes[at] === CR) return this.#takeBreaks(bytes, at)
    if (isOtherProtocol(bytes, at)) return this.#stop('otherProtocol', undefined, at)
    const end = bytes.indexOf(endOfHead, Math.max(at, this.#searched - endOfHead.length + 1))
    if (end < 0) {
      this.#searched = bytes.length
      return bytes.length - at > this.limits.headBytes ? this.#stop('headTooLarge', undefined, at) : at
    }
    // Only up to here, so that the same end is found again if the body is not complete.
    this.#searched = end
    return this.#takeMessage(bytes, at, end + endOfHead.length)
  }

  #takeMessage(bytes: Buffer, at: number, bodyAt: number): number {
    if (bodyAt - at > this.limits.headBytes) return this.#stop('headTooLarge', undefined, at)
    const head = bytes.subarray(at, bodyAt)
    const length = contentLength(head)
    if (length === 'bad') return this.#stop('badLength', head, at)
    const end = bodyAt + (length ?? 0)
    if (end - at > this.limits.messageBytes) return this.#stop('messageTooLarge', head, at)
    if (end > bytes.length) {
      this.#needed = end - at
      return at
    }
    this.sink.message(bytes.subarray(at, end))
    return end
  }

  /** Line breaks before a message are skipped (§7.5). Two of them together are a ping. */
  #takeBreaks(bytes: Buffer, at: number): number {
    // All pings are read in one step, because a peer may send nothing else.
    let end = at
    while (bytes.length - end >= 4 && bytes.readUInt32BE(end) === pingBytes) end += 4
    if (end > at) {
      this.sink.ping()
      return end
    }
    const rest = bytes.length - at
    if (rest === 1) return at
    if (bytes[at + 1] !== LF) return this.#stop('badLength', undefined, at)
    // A single break may be a pong, padding, or the first half of a ping.
    const undecided = rest === 2 || (rest === 3 && bytes[at + 2] === CR)
    return undecided ? at : at + 2
  }

  #stop(what: FramingFault['what'], head: Buffer | undefined, at: number): number {
    this.#fault = { what, head: head && Buffer.from(head) }
    return at
  }
}

/**
 * Whether the header of this message is longer than allowed. Such a message gets no response, because a response needs all Vias
 * and so the whole header. Like the parser, this accepts lines that end with LF only, and line breaks before the start line.
 */
export function hasLongHead(bytes: Buffer, headBytes: number): boolean {
  if (bytes.length <= headBytes) return false
  let at = 0
  while (bytes[at] === CR || bytes[at] === LF) at += 1
  const head = bytes.subarray(0, headBytes)
  return head.indexOf('\n\r\n', at, 'latin1') < 0 && head.indexOf('\n\n', at, 'latin1') < 0
}

const joined = (chunks: readonly Buffer[]): Buffer => (chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))

/** The first byte of a TLS handshake. SSH starts with a letter like SIP, so only the time limit for messages ends it. */
const tlsHandshake = 0x16
const http = Buffer.from(' HTTP/')
/** Long enough for the end of a first line such as `GET / HTTP/1.1`. */
const httpVersionBytes = ' HTTP/1.1\r'.length

/** Other protocols that may be sent to this port by mistake. They never contain a SIP message. */
function isOtherProtocol(bytes: Buffer, at: number): boolean {
  if (bytes[at] === tlsHandshake) return true
  const end = bytes.indexOf(LF, at)
  return end >= 0 && bytes.subarray(Math.max(at, end - httpVersionBytes), end).includes(http)
}

/** The value of Content-Length (or `l`) in a head. Undefined if there is none. */
function contentLength(head: Buffer): number | undefined | 'bad' {
  let found: number | undefined
  for (let line = nextLine(head, 0); line < head.length; line = nextLine(head, line)) {
    const first = (head[line] ?? 0) | 32
    if (first !== lowerC && first !== lowerL) continue
    const valueAt = lengthValueAt(head, line, first)
    if (valueAt < 0) continue
    const value = readLength(head, valueAt)
    if (value < 0 || (found !== undefined && found !== value)) return 'bad'
    found = value
  }
  return found
}

function nextLine(head: Buffer, from: number): number {
  const end = head.indexOf(LF, from)
  return end < 0 ? head.length : end + 1
}

/** Where the value starts if the line is a Content-Length, otherwise -1. */
function lengthValueAt(head: Buffer, line: number, first: number): number {
  let at = line + 1
  if (first === lowerC) {
    if (head.toString('latin1', line, line + longName.length).toLowerCase() !== longName) return -1
    at = line + longName.length
  }
  while (head[at] === SPACE || head[at] === TAB) at++
  return head[at] === COLON ? at + 1 : -1
}

/** Digits with white space around them, including folding. -1 for anything else, or for more than nine digits. */
function readLength(head: Buffer, from: number): number {
  let at = skipWhite(head, from)
  let value = 0
  const digitsAt = at
  for (let digit = (head[at] ?? 0) - ZERO; digit >= 0 && digit <= 9; digit = (head[at] ?? 0) - ZERO) {
    value = value * 10 + digit
    at++
  }
  if (at === digitsAt || at - digitsAt > 9) return -1
  at = skipWhite(head, at)
  return head[at] === CR ? value : -1
}

function skipWhite(head: Buffer, from: number): number {
  let at = from
  for (;;) {
    if (head[at] === SPACE || head[at] === TAB) at++
    else if (head[at] === CR && head[at + 1] === LF && (head[at + 2] === SPACE || head[at + 2] === TAB)) at += 3
    else return at
  }
}
