import type { Hop } from '../transport/transport.js'

/** A client transaction whose request was sent on a connection. */
interface Sent {
  /** The connection ended before the final response came. */
  connectionLost(): void
}

/** Client transactions by the peer of their connection. When a connection ends, what was written to it may not have arrived. */
export class OnStreams<Machine extends Sent> {
  readonly #byHost = new Map<string, Map<Machine, Hop>>()

  add(machine: Machine, hop: Hop): void {
    if (hop.transport === 'udp') return
    const ofHost = this.#byHost.get(hop.host) ?? new Map<Machine, Hop>()
    this.#byHost.set(hop.host, ofHost.set(machine, hop))
  }

  delete(machine: Machine, hop: Hop): void {
    const ofHost = this.#byHost.get(hop.host)
    ofHost?.delete(machine)
    if (ofHost?.size === 0) this.#byHost.delete(hop.host)
  }

  clear(): void {
    this.#byHost.clear()
  }

  closed(source: Hop): void {
    for (const [machine, hop] of [...(this.#byHost.get(source.host) ?? [])]) if (wentBy(hop, source)) machine.connectionLost()
  }
}

/**
 * Whether the transport layer sent this hop's messages on that connection: on its own connection while it is open, otherwise on
 * any to the same address and port.
 */
const wentBy = (hop: Hop, { transport, connection, port }: Hop): boolean =>
  hop.transport === transport &&
  (hop.only === true ? hop.connection === connection : hop.connection === connection || hop.port === port)
