import { isIPv6 } from 'node:net'
import { protocols, type TransportName } from './protocols.js'
import type { ListenPoint, LocalAddress } from './transport.js'

/** How messages to a host are sent. */
interface Route {
  /** The index of the listen point that sends them. Undefined: we have none with this transport and address family. */
  readonly listenPoint: number | undefined
  readonly local: LocalAddress
}

const knownHosts = 4_096
/** Routing tables change, so results are asked again after a minute. */
const keepMs = 60_000

/** Chooses, for each destination, the listen point to send from and the address for Via and Contact. */
export class Routes {
  readonly #known = {
    udp: new Map<string, Route>(),
    tcp: new Map<string, Route>(),
    tls: new Map<string, Route>(),
    ws: new Map<string, Route>(),
    wss: new Map<string, Route>(),
  }
  #until = 0

  constructor(
    private readonly points: readonly ListenPoint[],
    private readonly advertise: string | undefined,
    /** The local address that the kernel uses towards a host. */
    private readonly addressTowards: (host: string) => string | undefined,
    private readonly monotonic: () => number,
  ) {}

  towards(transport: TransportName, host: string): Route {
    const known = this.#known[transport]
    const now = this.monotonic()
    if (now > this.#until) {
      for (const routes of Object.values(this.#known)) routes.clear()
      this.#until = now + keepMs
    } else if (known.size >= knownHosts) known.clear()
    let route = known.get(host)
    if (!route) {
      route = this.#find(transport, host)
      known.set(host, route)
    }
    return route
  }

  #find(transport: TransportName, host: string): Route {
    const address = this.addressTowards(host)
    const listenPoint = this.#pointFor(transport, host, address)
    const point = listenPoint === undefined ? undefined : this.points[listenPoint]
    const shown = this.#shownHost(point, host, address)
    return { listenPoint, local: { transport, host: inUri(shown), port: point?.port ?? this.#anyPort(transport, host) } }
  }

  /** A listen point at the address that routing selects, or else one for all addresses, or else any of the family. */
  #pointFor(transport: TransportName, host: string, address: string | undefined): number | undefined {
    let best: number | undefined
    let bestRank = 0
    this.points.forEach((point, index) => {
      if (point.transport !== transport || isIPv6(point.host) !== isIPv6(host)) return
      const rank = point.host === address ? 3 : isWildcard(point.host) ? 2 : 1
      if (rank > bestRank) {
        best = index
        bestRank = rank
      }
    })
    return best
  }

  /** The advertised host is for the outside world. A peer on this machine reaches us by loopback. */
  #shownHost(point: ListenPoint | undefined, host: string, address: string | undefined): string {
    const own = point && !isWildcard(point.host) ? point.host : address
    if (isLoopback(host) && own !== undefined) return own
    return this.advertise ?? own ?? host
  }

  /** For a transport that we do not listen on. Responses come back on the connection. */
  #anyPort(transport: TransportName, host: string): number {
    const point = this.points.find(({ host: ours }) => isIPv6(ours) === isIPv6(host)) ?? this.points[0]
    return point?.port ?? protocols[transport].port
  }
}

/** RFC 3261 §19.1.2. */
export const defaultPort = 5060

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'

export const isLoopback = (host: string): boolean => host.startsWith('127.') || host === '::1'

/** An address as written in a URI or Via: IPv6 in brackets. */
export const inUri = (host: string): string => (isIPv6(host) ? `[${host}]` : host)
