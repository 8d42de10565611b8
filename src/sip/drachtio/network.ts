import type { Clock, Timer } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { millis, seconds, type Millis } from '../../foundation/time.js'
import type { EndpointNetwork, EndpointTransport, NetworkParts } from '../endpoint-transport.js'
import type { Hop, LocalAddress, TransportName } from '../transport/transport.js'
import { Fleet } from './fleet.js'
import type { ServerAddress } from './link.js'
import { DrachtioServer } from './server.js'
import { DrachtioTransactions } from './transactions.js'

/** The state of one server, for health and metrics. */
export interface DrachtioStatus {
  readonly name: string
  readonly connected: boolean
  readonly connects: number
  /** Why it is not connected. */
  readonly trouble?: string
}

/** Our address before the first connection. RFC 2606 reserves the domain, so nobody has this name. */
const nowhere: LocalAddress = { transport: 'udp', host: 'drachtio.invalid', port: 5060 }

/** How long the start waits for a server. */
const startPatience: Millis = seconds(5)
/** How long the last messages may take to be sent. */
const lastWords = millis(50)

/** The network over drachtio-servers, instead of our own sockets. */
export class DrachtioNetwork implements EndpointNetwork, EndpointTransport {
  readonly transactions: DrachtioTransactions
  readonly #fleet: Fleet
  readonly #clock: Clock

  constructor(
    addresses: readonly ServerAddress[],
    { clock, log, counters, capture, chance, hasBrowsers }: NetworkParts & { readonly log: Log; readonly hasBrowsers: boolean },
  ) {
    this.#clock = clock
    this.#fleet = new Fleet(clock, log)
    const transactions = new DrachtioTransactions({
      ...{ fleet: this.#fleet, clock, log, counters, hasBrowsers },
      ...(capture && { capture }),
    })
    this.transactions = transactions
    this.#fleet.hold(
      addresses.map(
        (address, index) =>
          new DrachtioServer(
            index,
            address,
            { clock, log, chance, tooLong: () => counters.reject('tooLarge') },
            {
              sip: (server, frame) => transactions.sip(server, frame),
              down: server => transactions.down(server),
              up: server => {
                this.#fleet.pay(server)
                transactions.up(server)
              },
            },
          ),
      ),
    )
  }

  get transport(): EndpointTransport {
    return this
  }

  get status(): readonly DrachtioStatus[] {
    return this.#fleet.servers.map(({ name, isUp, connects, trouble }) => ({
      ...{ name, connected: isUp, connects },
      ...(trouble && { trouble: trouble.kind === 'refused' ? `it refuses us: ${trouble.what}` : trouble.what }),
    }))
  }

  /** Continues without servers that can't be reached. Rejects if all refuse our secret. */
  async start(): Promise<readonly string[]> {
    const { servers } = this.#fleet
    for (const server of servers) server.connect()
    await this.#firstAttempts()
    if (servers.every(({ trouble }) => trouble?.kind === 'refused')) {
      for (const server of servers) server.stop()
      throw new Error(`drachtio-server ${servers.map(({ name }) => name).join(', ')} refuses us: check sip.drachtio.secret`)
    }
    const points = servers.flatMap(server => server.points)
    return points.length === 0
      ? servers.map(({ name }) => `drachtio://${name}`)
      : points.map(({ transport, host, port }) => `${transport}://${host}:${port}`)
  }

  async #firstAttempts(): Promise<void> {
    let patience: Timer | undefined
    const late = new Promise<void>(resolve => (patience = this.#clock.after(startPatience, resolve)))
    await Promise.race([Promise.all(this.#fleet.servers.map(server => server.tried)), late])
    patience?.cancel()
  }

  async stop(): Promise<void> {
    this.transactions.refuseOpen()
    await new Promise<void>(resolve => void this.#clock.after(lastWords, resolve))
    for (const server of this.#fleet.servers) server.stop()
  }

  localTowards(target: string): LocalAddress {
    const named = /;transport=(\w+)/i.exec(target)?.[1]?.toLowerCase()
    const transport: TransportName =
      named === 'tcp' || named === 'tls' || named === 'ws' ? named : /^sips:/i.test(target) ? 'tls' : 'udp'
    return this.#fleet.next()?.pointFor(transport) ?? nowhere
  }

  local({ listenPoint, transport }: Hop): LocalAddress {
    const server = listenPoint === undefined ? undefined : this.#fleet.server(listenPoint)
    return (server ?? this.#fleet.next() ?? this.#fleet.server(0))?.pointFor(transport) ?? nowhere
  }
}
