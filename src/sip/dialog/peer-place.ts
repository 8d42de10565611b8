import { isSameAddress } from '../message/ipv6.js'
import { parseUri } from '../message/uri.js'
import { isLessSecure, isWebSocket, protocols } from '../transport/protocols.js'
import { bare } from '../transport/received.js'
import type { Hop } from '../transport/transport.js'

/** The facts about a dialog's peer at the start of the dialog. */
export interface DialogPeer {
  /** The source of its INVITE or NOTIFY, or the destination of our request that it answered. */
  readonly seen?: Hop | undefined
  /**
   * The address of record of a phone that registered here, or that showed the password of an agent or guest. From a new place the phone can
   * prove its identity with that password.
   */
  readonly account?: string | undefined
  /** The peer's INVITE created the dialog. Otherwise ours did. */
  readonly calls?: boolean | undefined
}

/**
 * Whether two messages come from one place. Over UDP, TCP and TLS this means the same address, because NAT changes ports and
 * connections are reopened. For WebSocket it means the same connection, because all pages in a browser and all users of a web proxy
 * share one address. A peer that uses TLS is never recognised by a source that anybody can forge.
 */
export function isSamePlace(known: Hop, source: Hop): boolean {
  if (isWebSocket(known.transport) || isWebSocket(source.transport)) return isSameConnection(known, source)
  return isSameAddress(known.host, source.host) && !isLessSecure(source, known)
}

/** Whether requests to this URI would go to this source. A host name never matches, because it would have to be resolved first. */
export function leadsTo(uri: string, source: Hop): boolean {
  const parsed = parseUri(uri)
  return parsed.ok && !isWebSocket(source.transport) && isSameAddress(bare(parsed.value.host), source.host)
}

const isSameConnection = (known: Hop, source: Hop): boolean =>
  known.connection !== undefined && known.connection === source.connection

/** The place without its connection. The next process gives its connections other numbers. */
export const withoutConnection = ({ connection: _ended, ...hop }: Hop): Hop => hop

/** Where the peer of a dialog is, as its requests show. */
export class PeerPlace {
  /** See `DialogPeer`. */
  readonly account: string | undefined
  /** The peer's INVITE created the dialog. Otherwise ours did. */
  readonly calls: boolean
  /** The source of the peer's latest request. */
  #seen: Hop | undefined
  /** The peer's connection ended with the previous process. */
  #cutOff = false

  constructor(
    { seen, account, calls }: DialogPeer,
    /** Where to send instead of the Contact, for a peer behind a connection or NAT. */
    private flow: Hop | undefined,
  ) {
    this.#seen = seen
    this.account = account
    this.calls = calls === true
  }

  /** Restored after a restart. The connection has ended, and another one may have its number now. */
  static restored({ seen, account, calls }: DialogPeer, flow: Hop | undefined): PeerPlace {
    const peer = { account, calls, seen: seen && withoutConnection(seen) }
    if (flow?.connection === undefined) return new PeerPlace(peer, flow)
    const place = new PeerPlace(peer, flow.only === true ? { ...withoutConnection(flow), only: true } : undefined)
    place.#cutOff = true
    return place
  }

  /** The destination of our requests, whatever the peer's Contact says. Undefined: the Contact decides. */
  get target(): Hop | undefined {
    return this.flow
  }

  /** Whether nothing can be sent to the peer until the peer sends something. */
  get isCutOff(): boolean {
    return this.#cutOff
  }

  /** The peer's signalling IP address. */
  get source(): string | undefined {
    return this.#seen?.host
  }

  /** True if `source` may be the address of a proxy, as with WebSocket. */
  get proxied(): true | undefined {
    return this.#seen && isWebSocket(this.#seen.transport) ? true : undefined
  }

  /** Whether this is an address of the peer: where it was last seen, or its flow. */
  isAt(source: Hop): boolean {
    const [flow, seen] = [this.flow, this.#seen]
    return (flow !== undefined && isSamePlace(flow, source)) || (seen !== undefined && isSamePlace(seen, source))
  }

  /** Whether the peer was last seen on a more secure transport than this source's. */
  isSaferThan(source: Hop): boolean {
    return this.#seen !== undefined && isLessSecure(source, this.#seen)
  }

  /** A request from this source was accepted as the peer's. `isSecure`: the dialog guarantees TLS. */
  heardFrom(source: Hop, isSecure: boolean): void {
    if (isSecure && !protocols[source.transport].secure) return
    this.#seen = source
    if (this.#cutOff || (this.flow?.only === true && source.connection !== undefined)) this.flow = { only: true, ...source }
    // Over UDP, NAT may have given the peer another port, or the peer has moved.
    else if (this.flow?.transport === 'udp' && source.transport === 'udp') this.flow = source
    this.#cutOff = false
  }

  /** The state to store, which `restored` reads. */
  state(): { readonly peer: DialogPeer; readonly flow?: Hop } {
    const { account, calls, flow } = this
    const seen = this.#seen
    const peer = { ...(seen && { seen }), ...(account !== undefined && { account }), ...(calls && { calls: true }) }
    return { peer, ...(flow && { flow }) }
  }
}
