import { protocols, type TransportName } from './protocols.js'

export type Direction = 'in' | 'out'

/** Why a message, datagram or connection was not served. */
export type Rejection =
  /** No SIP, or a request that had to be answered with 400. */
  | 'malformed'
  /** Past the size limits of a stream. */
  | 'tooLarge'
  /** A response that belongs to no transaction. */
  | 'strayResponse'
  /** A response from where its request did not go, and from no trusted peer. */
  | 'foreignResponse'
  /** The same request by another way: answered with 482 (RFC 3261 §8.2.2.2). */
  | 'merged'
  /** Past the limit of connections. */
  | 'tooManyConnections'
  /** A connection whose handshake or message did not become whole in time, or that never sent one. */
  | 'slowPeer'
  /** HTTP or TLS where SIP is spoken without. */
  | 'otherProtocol'
  /** A WebSocket from a page of elsewhere. */
  | 'foreignOrigin'
  /** What is no handshake of TLS, or none of RFC 7118. */
  | 'handshake'
  /** A peer's certificate that does not hold: expired, or of another authority. The peer is served as a stranger. */
  | 'badCertificate'
  /** A connection whose peer does not read what we send. */
  | 'notReading'
  /** A fault of ours while a message was served; the message is lost, the server goes on. */
  | 'ourBug'

/** Methods that have a counter of their own; what else a peer may invent is counted as one, so that the labels stay few. */
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
 * What the engine counts by the way. A request or response is counted once, whatever its retransmissions; those are counted apart.
 * Counting costs an index into an array; the maps with label values joined by commas are built when somebody reads.
 */
export class SipCounters {
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

  /** `direction,method,transport` */
  get requests(): ReadonlyMap<string, number> {
    return named(this.#requests, transports)
  }

  /** `direction,method,class`, the class as `2xx` */
  get responses(): ReadonlyMap<string, number> {
    return named(this.#responses, ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'])
  }

  /** `direction,code`: at most 600 for each direction, whatever peers invent */
  get responseCodes(): ReadonlyMap<string, number> {
    const of = (direction: Direction) =>
      Array.from(this.#codes[direction], ([code, count]) => [`${direction},${code}`, count] as const)
    return new Map([...of('in'), ...of('out')])
  }

  /** `in` and `out` */
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

/** Only what was counted at least once. */
function named(counts: Record<Direction, readonly number[]>, columns: readonly string[]): ReadonlyMap<string, number> {
  const result = new Map<string, number>()
  for (const direction of ['in', 'out'] as const) {
    counts[direction].forEach((count, index) => {
      const method = methods[Math.floor(index / columns.length)] ?? 'other'
      const column = columns[index % columns.length] ?? ''
      if (count > 0) result.set(`${direction},${method},${column}`, count)
    })
  }
  return result
}
