import { isSameAddress } from '../message/ipv6.js'
import { parseUri } from '../message/uri.js'
import { isLessSecure, isWebSocket, protocols } from '../transport/protocols.js'
import { bare } from '../transport/received.js'
import type { Hop } from '../transport/transport.js'

/** The facts about a dialog's peer at the start of the dialog. */
export interface DialogPeer {
  /** The source of its INVITE or NOTIFY, or the destination of our request that it answered. */
  readonly seen?: Hop | undefined
  /** The address of record of a phone that registered here, or that showed the password of an agent or guest. It may prove its identity with that password. */
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

export const isSameConnection = (known: Hop, source: Hop): boolean =>
  known.connection !== undefined && known.connection === source.connection

/** The place in the form for the next process, whose connections have other numbers. */
export const withoutConnection = ({ connection: _ended, ...hop }: Hop): Hop => hop

/** Where the other side of a dialog is, as its requests show. */
export class PeerPlace {
  /** The address of record of a phone that registers here, see `DialogPeer`. */
  readonly account: string | undefined
  /** The peer's INVITE made the dialog; else ours did. */
  readonly calls: boolean
  /** Where its latest request came from. */
  #seen: Hop | undefined
  /** The peer was reached by a connection that ended with the process before. */
  #cutOff = false

  constructor(
    { seen, account, calls }: DialogPeer,
    /** The very place of a peer whose Contact leads nowhere: it is behind a connection or an address translation. */
    private flow: Hop | undefined,
  ) {
    this.#seen = seen
    this.account = account
    this.calls = calls === true
  }

  /** After a restart. The connection has ended, and its number may be another's by now. */
  static restored({ seen, account, calls }: DialogPeer, flow: Hop | undefined): PeerPlace {
    const peer = { account, calls, seen: seen && withoutConnection(seen) }
    if (flow?.connection === undefined) return new PeerPlace(peer, flow)
    const place = new PeerPlace(peer, flow.only === true ? { ...withoutConnection(flow), only: true } : undefined)
    place.#cutOff = true
    return place
  }

  /** Where our requests go, whatever its Contact says. Undefined: where that leads. */
  get target(): Hop | undefined {
    return this.flow
  }

  /** Nothing of ours reaches the peer before it speaks. */
  get isCutOff(): boolean {
    return this.#cutOff
  }

  /** The IP address that it speaks from. */
  get source(): string | undefined {
    return this.#seen?.host
  }

  /** By WebSocket that address may be a proxy's. */
  get proxied(): true | undefined {
    return this.#seen && isWebSocket(this.#seen.transport) ? true : undefined
  }

  /** Whether it speaks from there: where it was seen last, or on its own flow. */
  isAt(source: Hop): boolean {
    const [flow, seen] = [this.flow, this.#seen]
    return (flow !== undefined && isSamePlace(flow, source)) || (seen !== undefined && isSamePlace(seen, source))
  }

  /** Whether it was seen on a transport that is safer than that source's. */
  isSaferThan(source: Hop): boolean {
    return this.#seen !== undefined && isLessSecure(source, this.#seen)
  }

  /** A request of the peer's was taken from there. `isSecure`: the dialog promised TLS. */
  heardFrom(source: Hop, isSecure: boolean): void {
    if (isSecure && !protocols[source.transport].secure) return
    this.#seen = source
    if (this.#cutOff || (this.flow?.only === true && source.connection !== undefined)) this.flow = { only: true, ...source }
    // Its address translation has given it another port, or it has moved.
    else if (this.flow?.transport === 'udp' && source.transport === 'udp') this.flow = source
    this.#cutOff = false
  }

  /** What `restored` needs. */
  state(): { readonly peer: DialogPeer; readonly flow?: Hop } {
    const { account, calls, flow } = this
    const seen = this.#seen
    const peer = { ...(seen && { seen }), ...(account !== undefined && { account }), ...(calls && { calls: true }) }
    return { peer, ...(flow && { flow }) }
  }
}
