import type { Hop } from '../transport/transport.js'

/** A client transaction whose request went out on a connection. */
interface Sent {
  /** The connection is gone before the transaction has its final response. */
  connectionLost(): void
}

/** Client transactions by the peer that their connection leads to: when it ends, what was written to it may not have arrived. */
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

/** The transport layer sends on the hop's own connection while that stands, else on any to its address and port. */
const wentBy = (hop: Hop, { transport, connection, port }: Hop): boolean =>
  hop.transport === transport &&
  (hop.only === true ? hop.connection === connection : hop.connection === connection || hop.port === port)
