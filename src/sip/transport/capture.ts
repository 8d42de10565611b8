import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../foundation/clock.js'
import { instant, type Instant } from '../../foundation/time.js'
import { Buckets } from './peers.js'
import { protocols, type TransportName } from './protocols.js'
import type { Hop } from './transport.js'

/** One message as it was sent or received. */
export interface Captured {
  readonly at: Instant
  readonly direction: 'in' | 'out'
  readonly transport: TransportName
  /** The source, or the destination. */
  readonly host: string
  readonly port: number
  readonly callId: string
  /** The bytes as latin1 text. Of a message above 64 KiB, only the beginning. */
  readonly text: string
  /** How many messages before this one are left out, because the call has too many. Absent: none. */
  readonly leftOutBefore?: number
}

interface Page {
  readonly bytes: Buffer
  /** The number of the page, counted from the first. It changes when the memory is used for the next page. */
  number: number
  used: number
}

/** Larger than any message, and searched within a millisecond. */
const pageBytes = 256 * 1024
const longestMessage = 0xffff
/**
 * The most that one search returns. One half is for the first messages of a call, which say how it began, and one for the last. A
 * usual call has a hundredth of this. Each reader holds the found messages in memory.
 */
const mostFound = { bytes: 1024 * 1024, messages: 1_000 }
/**
 * In bytes of messages that no other limit counts, for each address. A usual response has 800 bytes. More of them would displace the messages
 * of other calls.
 */
const uncounted = { burst: 256 * 1024, perSecond: 16 * 1024 }
const transports = Object.keys(protocols) as TransportName[]

/** The layout before each message: time, length, port, transport with direction, and the length of the host, which follows. */
const places = { at: 0, length: 8, port: 10, way: 12, hostLength: 13, host: 14 } as const
const sentBit = 0x80

const callIdOf = /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im

/**
 * The latest SIP messages, sent and received, in memory that is allocated page by page and then reused, the oldest page first. A
 * message costs one copy of its bytes; handling a call neither parses nor allocates anything here. Messages that belong to no
 * call are left out, because they would displace those of calls.
 */
export class Capture {
  readonly #pages: Page[] = []
  readonly #most: number
  #page: Page
  readonly #uncounted: Buckets

  /** `bytes`: the most memory to use, in whole pages of 256 KiB. */
  constructor(
    bytes: number,
    private readonly clock: Pick<Clock, 'now' | 'monotonic'>,
  ) {
    this.#uncounted = new Buckets(clock, uncounted)
    this.#most = Math.max(1, Math.floor(bytes / pageBytes))
    this.#page = this.#turn(0)
  }

  sent(bytes: Buffer, hop: Hop): void {
    this.#take(bytes, hop, sentBit)
  }

  received(bytes: Buffer, source: Hop): void {
    this.#take(bytes, source, 0)
  }

  /** A message that its sender may repeat at will, because nothing else limits it: an unreadable one, or an untrusted peer's response. */
  receivedUncounted(bytes: Buffer, source: Hop): void {
    if (this.#uncounted.take(source.host, bytes.length)) this.received(bytes, source)
  }

  /**
   * The messages with these Call-IDs, in order: the first and the last ones if they are too many. It waits for the next turn of
   * the event loop after each page, so that calls go on.
   */
  async messages(callIds: ReadonlySet<string>): Promise<readonly Captured[]> {
    const found = new FirstAndLast()
    for (let number = Math.max(0, this.#page.number - this.#most + 1); number <= this.#page.number; number += 1) {
      const page = this.#pages[number % this.#most]
      // Another number means that the page was reused meanwhile.
      if (page?.number === number) for (const message of messagesOn(page, callIds)) found.add(message)
      await nextTurn()
    }
    return found.messages()
  }

  #take(message: Buffer, { transport, host, port }: Hop, direction: number): void {
    if (isOfNoCall(message)) return
    const length = Math.min(message.length, longestMessage)
    const size = places.host + host.length + length
    if (this.#page.used + size > pageBytes) this.#page = this.#turn(this.#page.number + 1)
    const { bytes, used } = this.#page
    bytes.writeDoubleLE(this.clock.now(), used + places.at)
    bytes.writeUInt16LE(length, used + places.length)
    // A peer may have named an invalid port.
    bytes.writeUInt16LE(port & 0xffff, used + places.port)
    bytes[used + places.way] = transports.indexOf(transport) | direction
    bytes[used + places.hostLength] = host.length
    // A loop, because Buffer's own write costs more for such short texts.
    for (let letter = 0; letter < host.length; letter += 1) bytes[used + places.host + letter] = host.charCodeAt(letter)
    message.copy(bytes, used + places.host + host.length, 0, length)
    this.#page.used += size
  }

  /** The page with this number: a new one, or the oldest one reused. */
  #turn(number: number): Page {
    const place = number % this.#most
    const page = this.#pages[place] ?? { bytes: Buffer.allocUnsafeSlow(pageBytes), number, used: 0 }
    this.#pages[place] = page
    page.number = number
    page.used = 0
    return page
  }
}

class FirstAndLast {
  readonly #first: Captured[] = []
  #room = mostFound.bytes / 2
  #last: Captured[] = []
  #lastBytes = 0
  #leftOut = 0

  add(message: Captured): void {
    if (this.#last.length === 0 && this.#first.length < mostFound.messages / 2 && message.text.length <= this.#room) {
      this.#room -= message.text.length
      this.#first.push(message)
      return
    }
    this.#last.push(message)
    this.#lastBytes += message.text.length
    while (this.#last.length > mostFound.messages / 2 || this.#lastBytes > mostFound.bytes / 2) {
      this.#lastBytes -= this.#last.shift()?.text.length ?? 0
      this.#leftOut += 1
    }
  }

  messages(): readonly Captured[] {
    const last = this.#last.map((message, at) =>
      at === 0 && this.#leftOut > 0 ? { ...message, leftOutBefore: this.#leftOut } : message,
    )
    return [...this.#first, ...last]
  }
}

function* messagesOn({ bytes, used }: Page, callIds: ReadonlySet<string>): IterableIterator<Captured> {
  let next = 0
  for (let at = 0; at < used; at = next) {
    const host = at + places.host
    const message = host + (bytes[at + places.hostLength] ?? 0)
    next = message + bytes.readUInt16LE(at + places.length)
    const text = bytes.toString('latin1', message, next)
    const callId = callIdOf.exec(text)?.[1]
    if (callId === undefined || !callIds.has(callId)) continue
    const way = bytes[at + places.way] ?? 0
    yield {
      at: instant(bytes.readDoubleLE(at + places.at)),
      direction: way & sentBit ? 'out' : 'in',
      transport: transports[way & ~sentBit] ?? 'udp',
      host: bytes.toString('latin1', host, message),
      port: bytes.readUInt16LE(at + places.port),
      callId,
      text,
    }
  }
}

/** The first three letters at `at`, as one number. */
const lettersAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
const lettersOf = (text: string): number => lettersAt(Buffer.from(text), 0)

const response = lettersOf('SIP')
/** Methods that phones and watchers send all day. */
const ofNoCall: ReadonlySet<number> = new Set(['REGISTER', 'OPTIONS', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE'].map(lettersOf))
const cseq = Buffer.from('\nCSeq:')
/** The code before that of `A`. Spaces and digits have lower codes than letters. */
const beforeA = 64

/** Decided by the method. A response names it in its CSeq. A response with an unusual spelling of CSeq is kept. */
function isOfNoCall(message: Buffer): boolean {
  const start = lettersAt(message, 0)
  if (start !== response) return ofNoCall.has(start)
  const found = message.indexOf(cseq)
  if (found < 0) return false
  let method = found + cseq.length
  while ((message[method] ?? beforeA + 1) <= beforeA) method += 1
  return ofNoCall.has(lettersAt(message, method))
}
