import { FakeClock } from './fake-clock.js'
import { topVia } from '../../../../src/sip/message/fields.js'
import type { SipRequest, SipResponse } from '../../../../src/sip/message/message.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import { TransactionLayer } from '../../../../src/sip/transaction/layer.js'
import { Tokens } from '../../../../src/sip/transaction/tokens.js'
import type { ServerTransaction, TransactionUser } from '../../../../src/sip/transaction/user.js'
import { SipCounters } from '../../../../src/sip/transport/counters.js'
import { viaAsReceived } from '../../../../src/sip/transport/received.js'
import type { Hop, LocalAddress, Location, MessageTransport } from '../../../../src/sip/transport/transport.js'
import { millis } from '../../../../src/foundation/time.js'

/** The fate of one message: the delays of its copies in ms. Empty when it is lost. */
export type Fate = (text: string) => readonly number[]

/** Bytes that look random but are the same in each run. */
export function seededBytes(seed: number): (size: number) => Uint8Array {
  let state = seed >>> 0
  return size =>
    Uint8Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 24
    })
}

/** A user that records what it is told, and answers as the test says. */
export class FakeUser implements TransactionUser {
  readonly requests: ServerTransaction[] = []
  readonly acks: SipRequest[] = []
  readonly strays: SipResponse[] = []
  answer: (transaction: ServerTransaction) => void = () => undefined

  onRequest(transaction: ServerTransaction): void {
    this.requests.push(transaction)
    this.answer(transaction)
  }

  onAck(ack: SipRequest): void {
    this.acks.push(ack)
  }

  onStrayResponse(response: SipResponse): void {
    this.strays.push(response)
  }
}

/** A host of the fake network: a transaction layer with its user. */
export class Host implements MessageTransport {
  readonly user = new FakeUser()
  readonly counters = new SipCounters()
  readonly layer: TransactionLayer
  /** All sent messages, as text. */
  readonly sent: string[] = []
  readonly avoided: Hop[] = []
  /** The hops of a target. Default: the host with its name. */
  location: (target: string) => Location | undefined = target => ({ hops: [this.hopTo(target)], anyTransport: true })
  /** Hosts to which sending fails. */
  readonly unreachable = new Set<string>()
  streams = false
  readonly #waiting: { target: string; found: (location: Location) => void }[] = []

  constructor(
    readonly name: string,
    private readonly network: Network,
  ) {
    const tokens = new Tokens(seededBytes(name.length * 7_919 + name.charCodeAt(name.length - 1)))
    this.layer = new TransactionLayer({ transport: this, clock: network.clock, counters: this.counters, tokens, broken })
    this.layer.serve(this.user)
  }

  hopTo(target: string): Hop {
    return { transport: 'udp', host: target.replace(/^sip:(.*@)?/, ''), port: 5060 }
  }

  /** Completes the lookups that `location` left pending. */
  resolve(location: Location): void {
    for (const { found } of this.#waiting.splice(0)) found(location)
  }

  locate(target: string, found: (location: Location) => void): void {
    const location = this.location(target)
    if (location) found(location)
    else this.#waiting.push({ target, found })
  }

  local(hop: Hop): LocalAddress {
    return { transport: hop.transport, host: this.name, port: 5060 }
  }

  send(bytes: Buffer, hop: Hop, failed?: () => void): void {
    this.sent.push(bytes.toString('latin1'))
    if (this.unreachable.has(`${hop.transport} ${hop.host}`)) {
      if (failed) this.network.clock.after(millis(1), failed)
    } else this.network.carry(bytes, this.name, hop)
  }

  streamTo(hop: Hop): Hop | undefined {
    return this.streams ? { ...hop, transport: 'tcp' } : undefined
  }

  avoid(hop: Hop): void {
    this.avoided.push(hop)
  }

  receive(bytes: Buffer, source: Hop): void {
    const result = parseMessage(bytes, 'datagram')
    if (result.kind !== 'message') throw new Error(`${JSON.stringify(result)}: ${bytes.toString('latin1')}`)
    const via = topVia(result.message.headers)
    if (!via) throw new Error('no Via')
    if (result.message.kind === 'response') this.layer.onResponse(result.message, via, source)
    else this.layer.onRequest(result.message, viaAsReceived(result.message, via, source), source)
  }

  /** The first lines of sent messages, as method or status. */
  get lines(): string[] {
    return this.sent.map(text => text.replace(/^SIP\/2\.0 /, '').split(' ')[0] ?? '')
  }
}

/** Hosts by name, and the fate of their messages. */
export class Network {
  readonly clock = new FakeClock()
  fate: Fate = () => [1]
  readonly #hosts = new Map<string, Host>()

  host(name: string): Host {
    const host = new Host(name, this)
    this.#hosts.set(name, host)
    return host
  }

  carry(bytes: Buffer, from: string, to: Hop): void {
    for (const delay of this.fate(bytes.toString('latin1'))) {
      this.clock.after(millis(delay), () =>
        this.#hosts.get(to.host)?.receive(bytes, { transport: to.transport, host: from, port: 5060 }),
      )
    }
  }
}

/** An internal error fails the test. */
function broken(error: unknown): never {
  throw error
}
