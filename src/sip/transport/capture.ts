import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../foundation/clock.js'
import { instant, type Instant } from '../../foundation/time.js'
import { protocols, type TransportName } from './protocols.js'
import type { Hop } from './transport.js'

/** One message as it went over the wire. */
export interface Captured {
  readonly at: Instant
  readonly direction: 'in' | 'out'
  readonly transport: TransportName
  /** Whence it came, or where it went. */
  readonly host: string
  readonly port: number
  readonly callId: string
  /** Bytes as latin1 text; of a message past 64 KiB its beginning. */
  readonly text: string
}

interface Page {
  readonly bytes: Buffer
  /** Counts the pages that were begun; another from the moment that this one is used again. */
  number: number
  used: number
}

/** Larger than any message, and searched in a millisecond. */
const pageBytes = 256 * 1024
const longestMessage = 0xffff
const transports = Object.keys(protocols) as TransportName[]

/** What stands before a message: when, its length, the port, the transport with the direction, the length of the host, which follows. */
const places = { at: 0, length: 8, port: 10, way: 12, hostLength: 13, host: 14 } as const
const sentBit = 0x80

const callIdOf = /^(?:call-id|i)[ \t]*:[ \t]*(\S+)/im

/**
 * The latest SIP messages, both ways, in memory that is taken page by page and then used again, the oldest page first. A message costs a
 * copy of its bytes: on a call's way nothing is read nor allocated. What no call consists of is left out, as it would push the calls out.
 */
export class Capture {
  readonly #pages: Page[] = []
  readonly #most: number
  #page: Page

  /** `bytes`: how much memory at most, in whole pages of 256 KiB. */
  constructor(
    bytes: number,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.#most = Math.max(1, Math.floor(bytes / pageBytes))
    this.#page = this.#turn(0)
  }

  sent(bytes: Buffer, hop: Hop): void {
    this.#take(bytes, hop, sentBit)
  }

  received(bytes: Buffer, source: Hop): void {
    this.#take(bytes, source, 0)
  }

  /** The messages of these Call-IDs, in the order in which they went. Between two pages calls have their turn. */
  async messages(callIds: ReadonlySet<string>): Promise<readonly Captured[]> {
    const found: Captured[] = []
    for (let number = Math.max(0, this.#page.number - this.#most + 1); number <= this.#page.number; number += 1) {
      const page = this.#pages[number % this.#most]
      // Another number: it was used again meanwhile.
      if (page?.number === number) found.push(...messagesOn(page, callIds))
      await nextTurn()
    }
    return found
  }

  #take(message: Buffer, { transport, host, port }: Hop, direction: number): void {
    if (isOfNoCall(message)) return
    const length = Math.min(message.length, longestMessage)
    const size = places.host + host.length + length
    if (this.#page.used + size > pageBytes) this.#page = this.#turn(this.#page.number + 1)
    const { bytes, used } = this.#page
    bytes.writeDoubleLE(this.clock.now(), used + places.at)
    bytes.writeUInt16LE(length, used + places.length)
    // A peer may have named one that is none.
    bytes.writeUInt16LE(port & 0xffff, used + places.port)
    bytes[used + places.way] = transports.indexOf(transport) | direction
    bytes[used + places.hostLength] = host.length
    // By hand: Buffer's own way costs more than an address has letters.
    for (let letter = 0; letter < host.length; letter += 1) bytes[used + places.host + letter] = host.charCodeAt(letter)
    message.copy(bytes, used + places.host + host.length, 0, length)
    this.#page.used += size
  }

  /** The page of that number: a new one, or the oldest again. */
  #turn(number: number): Page {
    const place = number % this.#most
    const page = this.#pages[place] ?? { bytes: Buffer.allocUnsafeSlow(pageBytes), number, used: 0 }
    this.#pages[place] = page
    page.number = number
    page.used = 0
    return page
  }
}

function messagesOn({ bytes, used }: Page, callIds: ReadonlySet<string>): Captured[] {
  const found: Captured[] = []
  let next = 0
  for (let at = 0; at < used; at = next) {
    const host = at + places.host
    const message = host + (bytes[at + places.hostLength] ?? 0)
    next = message + bytes.readUInt16LE(at + places.length)
    const text = bytes.toString('latin1', message, next)
    const callId = callIdOf.exec(text)?.[1]
    if (callId === undefined || !callIds.has(callId)) continue
    const way = bytes[at + places.way] ?? 0
    found.push({
      at: instant(bytes.readDoubleLE(at + places.at)),
      direction: way & sentBit ? 'out' : 'in',
      transport: transports[way & ~sentBit] ?? 'udp',
      host: bytes.toString('latin1', host, message),
      port: bytes.readUInt16LE(at + places.port),
      callId,
      text,
    })
  }
  return found
}

/** The first three letters of what begins at `at`, as one number. */
const lettersAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
const lettersOf = (text: string): number => lettersAt(Buffer.from(text), 0)

const response = lettersOf('SIP')
/** Methods that phones and watchers send day and night. */
const ofNoCall: ReadonlySet<number> = new Set(['REGISTER', 'OPTIONS', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE'].map(lettersOf))
const cseq = Buffer.from('\nCSeq:')
const beforeA = 64

/** By the method, which a response names in its CSeq; one with a CSeq in an unusual spelling is kept. */
function isOfNoCall(message: Buffer): boolean {
  const start = lettersAt(message, 0)
  if (start !== response) return ofNoCall.has(start)
  const found = message.indexOf(cseq)
  if (found < 0) return false
  let method = found + cseq.length
  while ((message[method] ?? beforeA + 1) <= beforeA) method += 1
  return ofNoCall.has(lettersAt(message, method))
}
