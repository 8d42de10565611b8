import { buildCancel } from '../message/build.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { serialize } from '../message/serialize.js'
import { protocols } from '../transport/protocols.js'
import type { Hop, LocalAddress, Location, MessageTransport } from '../transport/transport.js'
import { InviteClient } from './invite-client.js'
import type { NonInviteClient } from './non-invite-client.js'
import type { ClientTransaction, ClientTransactionListener, Destination } from './user.js'

/** What an exchange asks of the layer. */
export interface ExchangeLayer {
  readonly transport: MessageTransport
  newBranch(): string
  /** Makes a machine of that branch, which responses then find. */
  newClient(request: SipRequest, branch: string, hop: Hop, listener: ClientTransactionListener): InviteClient | NonInviteClient
  /** Runs it at the next turn of the event loop. */
  soon(run: () => void): void
}

/** Past this many bytes a request should not go by UDP (RFC 3261 §18.1.1). */
const largestDatagram = 1_300

const unheard: ClientTransactionListener = { final: () => undefined, failed: () => undefined }

/**
 * A request of the user on its way over the addresses of its target (RFC 3263 §4.3). Each address gets a transaction of its own, with
 * its own branch and Via; the next is tried when one can't be reached, stays silent or answers 503, unless the user has cancelled.
 */
export class ClientExchange implements ClientTransaction, ClientTransactionListener {
  /** Addresses that were not tried yet. */
  #left: Hop[] = []
  #anyTransport = false
  #machine: InviteClient | NonInviteClient | undefined
  #hop: Hop | undefined
  #provisionalCame = false
  /** Extra header fields of the CANCEL, once it was asked for. */
  #cancelled: readonly (readonly [string, string])[] | undefined
  #over = false

  constructor(
    readonly request: SipRequest,
    private readonly listener: ClientTransactionListener,
    private readonly layer: ExchangeLayer,
  ) {}

  get hop(): Hop | undefined {
    return this.#hop
  }

  start(target: Destination): void {
    if (typeof target === 'string') this.layer.transport.locate(target, location => this.#located(location))
    else this.#located({ hops: [target], anyTransport: false })
  }

  cancel(headers: readonly (readonly [string, string])[]): void {
    if (this.#over || this.#cancelled || this.request.method !== 'INVITE') return
    this.#cancelled = headers
    if (!this.#machine) this.#failSoon()
    else if (this.#provisionalCame) this.#sendCancel(headers)
  }

  provisional(response: SipResponse): void {
    const first = !this.#provisionalCame
    this.#provisionalCame = true
    if (first && this.#cancelled) this.#sendCancel(this.#cancelled)
    this.listener.provisional?.(response)
  }

  /** From here on the machine speaks to the listener itself, so that what lingers is the machine alone. */
  final(response: SipResponse): void {
    if (response.status === 503 && this.#tryNext()) return
    this.#over = true
    if (this.#machine?.listener === this) this.#machine.listener = this.listener
    this.#machine = undefined
    this.listener.final(response)
  }

  failed(why: 'timeout' | 'transport'): void {
    if (this.#tryNext()) return
    this.#over = true
    this.#machine = undefined
    this.listener.failed(why)
  }

  #located({ hops, anyTransport }: Location): void {
    if (this.#over) return
    const [first, ...others] = hops
    this.#left = others
    this.#anyTransport = anyTransport
    if (first) this.#attempt(first)
    else this.#failSoon()
  }

  /** Whether there was an address left. */
  #tryNext(): boolean {
    if (this.#hop) this.layer.transport.avoid(this.#hop)
    const next = this.#cancelled ? undefined : this.#left.shift()
    if (next) this.#attempt(next)
    return next !== undefined
  }

  #attempt(hop: Hop): void {
    const { layer, request } = this
    const branch = layer.newBranch()
    const bytes = withVia(request, layer.transport.local(hop), branch)
    const tooLarge = bytes.length > largestDatagram && this.#anyTransport && hop.transport === 'udp'
    const stream = tooLarge ? layer.transport.streamTo(hop) : undefined
    if (!stream) return this.#launch(hop, branch, bytes)
    // When the stream fails, the same address follows by UDP.
    this.#left.unshift(hop)
    this.#anyTransport = false
    this.#attempt(stream)
  }

  #launch(hop: Hop, branch: string, bytes: Buffer): void {
    const machine = this.layer.newClient(this.request, branch, hop, this)
    this.#machine = machine
    this.#hop = hop
    this.#provisionalCame = false
    machine.start(bytes)
  }

  /** To the same hop, with the INVITE's own Via, as a transaction of its own whose outcome says nothing (§9.1). */
  #sendCancel(headers: readonly (readonly [string, string])[]): void {
    const machine = this.#machine
    if (!(machine instanceof InviteClient) || !this.#hop) return
    const cancel = buildCancel(this.request)
    for (const [name, value] of headers) cancel.headers.append(name, value)
    machine.cancelSent()
    this.layer.newClient(cancel, machine.key, this.#hop, unheard).start(serialize(cancel))
  }

  /** Never while the user still waits for `request()` or `cancel()` to return. */
  #failSoon(): void {
    if (this.#over) return
    this.#over = true
    this.layer.soon(() => this.listener.failed('transport'))
  }
}

/** Puts our Via on top, in place of that of an earlier attempt; nobody else's stands in a request of ours (§8.1.1.7). */
export function withVia(request: SipRequest, local: LocalAddress, branch: string): Buffer {
  // rport asks for the answer where the request came from (RFC 3581 §3).
  const rport = local.transport === 'udp' ? ';rport' : ''
  request.headers.delete('Via')
  request.headers.prepend(
    'Via',
    `SIP/2.0/${protocols[local.transport].inVia} ${local.host}:${local.port};branch=${branch}${rport}`,
  )
  return serialize(request)
}
