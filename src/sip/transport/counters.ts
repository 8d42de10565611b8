import type { CacheStatistics } from '../../foundation/cache.js'
import type { Count } from '../../foundation/count.js'
import { protocols, type TransportName } from './protocols.js'

const directions = ['in', 'out'] as const
type Direction = (typeof directions)[number]

/** Why a message, datagram or connection was not served. */
export type Rejection =
  /** Not SIP, or malformed SIP. */
  | 'malformed'
  /** Above the size limits of a message or its header. */
  | 'tooLarge'
  /** A response without a transaction. */
  | 'strayResponse'
  /** A response from neither the host to which its request went nor a trusted peer. */
  | 'foreignResponse'
  /** The same request on another path: answered with 482 (RFC 3261 §8.2.2.2). */
  | 'merged'
  /** Above the limit of connections. */
  | 'tooManyConnections'
  /** A connection whose handshake or message was not complete in time, or that never sent one. */
  | 'slowPeer'
  /** HTTP or TLS on a port for plain SIP. */
  | 'otherProtocol'
  /** A WebSocket from a page of another site. */
  | 'foreignOrigin'
  /** Not a TLS handshake, or not one of RFC 7118. */
  | 'handshake'
  /** An invalid peer certificate: expired, or of another authority. The peer is served as a stranger. */
  | 'badCertificate'
  /** A connection whose peer does not read what we send. */
  | 'notReading'
  /** A connection with more line breaks, pings, frames or TLS records than its SIP messages need. */
  | 'overhead'
  /** An internal error while serving a message. The message is lost, the server continues. */
  | 'ourBug'

/** Methods with their own counter. All other methods are counted as one, so that there are few labels. */
const methods = [
  'INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'INFO', 'PRACK', 'UPDATE',
  'SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'REFER', 'MESSAGE',
] as const // prettier-ignore
const otherMethod = methods.length
const transports = Object.keys(protocols)
const columns = Object.fromEntries(transports.map((name, column) => [name, column]))
const classes = 6
const [leastCode, mostCode] = [100, 699]

/**
 * The engine's counters. Each request or response is counted once; its repetitions are counted separately. Counting costs one
 * array access. The lists are built on reading, and have only counters above zero.
 */
export class SipCounters {
  /** The caches of the engine. */
  readonly caches: CacheStatistics[] = []
  readonly #methodIndex = new Map<string, number>(methods.map((method, index) => [method, index]))
  readonly #requests = { in: zeros(transports.length), out: zeros(transports.length) }
  readonly #responses = { in: zeros(classes), out: zeros(classes) }
  readonly #codes = { in: new Map<number, number>(), out: new Map<number, number>() }
  readonly #retransmissions = { in: 0, out: 0 }
  readonly #rejected = new Map<string, number>()

  request(direction: Direction, method: string, transport: TransportName): void {
    bump(this.#requests[direction], this.#index(method) * transports.length + (columns[transport] ?? 0))
  }

  response(direction: Direction, method: string, status: number): void {
    bump(this.#responses[direction], this.#index(method) * classes + Math.min(Math.floor(status / 100), classes) - 1)
    const code = Math.min(Math.max(status, leastCode), mostCode)
    this.#codes[direction].set(code, (this.#codes[direction].get(code) ?? 0) + 1)
  }

  retransmission(direction: Direction): void {
    this.#retransmissions[direction] += 1
  }

  reject(why: string): void {
    this.#rejected.set(why, (this.#rejected.get(why) ?? 0) + 1)
  }

  get requests(): readonly Count<'direction' | 'method' | 'transport'>[] {
    return [...counted(this.#requests, 'transport', transports)]
  }

  /** `class`: such as `2xx`. */
  get responses(): readonly Count<'direction' | 'method' | 'class'>[] {
    return [...counted(this.#responses, 'class', ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'])]
  }

  /** At most 600 for each direction, whatever peers send. */
  get responseCodes(): readonly Count<'direction' | 'code'>[] {
    return directions.flatMap(direction =>
      Array.from(this.#codes[direction], ([code, value]) => ({ labels: { direction, code: String(code) }, value })),
    )
  }

  /** By direction: `in` and `out`. */
  get retransmissions(): ReadonlyMap<string, number> {
    return new Map(Object.entries(this.#retransmissions))
  }

  /** A `Rejection`, or a word of the layers above. */
  get rejected(): ReadonlyMap<string, number> {
    return new Map(this.#rejected)
  }

  #index(method: string): number {
    return this.#methodIndex.get(method) ?? otherMethod
  }
}

const zeros = (columns: number): number[] => new Array<number>((methods.length + 1) * columns).fill(0)

function bump(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1
}

function* counted<Column extends string>(
  counts: Record<Direction, readonly number[]>,
  column: Column,
  columns: readonly string[],
): IterableIterator<Count<'direction' | 'method' | Column>> {
  for (const direction of directions) {
    for (const [index, value] of counts[direction].entries()) {
      if (value === 0) continue
      const method = methods[Math.floor(index / columns.length)] ?? 'other'
      const named = { [column]: columns[index % columns.length] ?? '' } as Record<Column, string>
      yield { labels: { direction, method, ...named }, value }
    }
  }
}
