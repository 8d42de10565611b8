import type { Hop } from '../transport/transport.js'

/** The connections on which phones are reached. Each stays open while at least one address of record needs it. */
export class HeldFlows {
  readonly #byAor = new Map<string, readonly Hop[]>()
  /** The addresses of record that need a connection, by its name. */
  readonly #needing = new Map<string, Set<string>>()

  constructor(private readonly hold: (flow: Hop, held: boolean) => void) {}

  /** Replaces all flows of an address of record. Flows without a connection are ignored. */
  replace(aor: string, flows: readonly Hop[]): void {
    const now = flows.filter(({ connection }) => connection !== undefined)
    const before = this.#byAor.get(aor) ?? []
    if (now.length > 0) this.#byAor.set(aor, now)
    else this.#byAor.delete(aor)
    for (const flow of now) this.#need(nameOf(flow), aor, flow)
    for (const flow of before) if (!now.some(each => nameOf(each) === nameOf(flow))) this.#needNot(nameOf(flow), aor, flow)
  }

  /** The addresses of record that are reached on this connection. */
  needing(source: Hop): readonly string[] {
    return [...(this.#needing.get(nameOf(source)) ?? [])]
  }

  #need(name: string, aor: string, flow: Hop): void {
    const aors = this.#needing.get(name)
    if (aors) aors.add(aor)
    else {
      this.#needing.set(name, new Set([aor]))
      this.hold(flow, true)
    }
  }

  #needNot(name: string, aor: string, flow: Hop): void {
    const aors = this.#needing.get(name)
    aors?.delete(aor)
    if (aors?.size !== 0) return
    this.#needing.delete(name)
    this.hold(flow, false)
  }
}

/** Connections are numbered within their transport. */
const nameOf = ({ transport, connection }: Hop): string => `${transport} ${connection ?? ''}`
