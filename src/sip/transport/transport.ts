import type { SipRequest, SipResponse } from '../message/message.js'
import type { Via } from '../message/via.js'
import type { TransportName } from './protocols.js'

export type { TransportName } from './protocols.js'

/** An address to send to, or from which something came. */
export interface Hop {
  readonly transport: TransportName
  /** An IPv4 or IPv6 address, without brackets. */
  readonly host: string
  readonly port: number
  /** The connection on which it came. Responses are sent on it while it is open (RFC 3261 §18.2.2). */
  readonly connection?: number
  /** Use only that connection: nobody listens at the address (a flow, RFC 5626). */
  readonly only?: true
  /** For TLS: the name that the peer's certificate must have (RFC 5922). Absent: the address. */
  readonly name?: string
  /** The peer is trusted because of its certificate. */
  readonly trusted?: true
  /** For UDP: the listen point at which it came in. Responses are sent from there (RFC 3581 §4). */
  readonly listenPoint?: number
}

/**
 * `cut`: the connection broke after it was established, so the message may have arrived. `onClosed` reports the end of that
 * connection too.
 */
export type SendFailed = (how?: 'cut') => void

/** Receives the bytes of one framed message, and its source. */
export type MessageSink = (bytes: Buffer, source: Hop) => void

/** Where we receive SIP. */
export interface TransportPlace {
  readonly listen: readonly ListenPoint[]
  /** The host in Via and Contact. Default: the local address that leads to the peer. */
  readonly advertise?: string
}

/** An address that we listen on. */
export interface ListenPoint {
  readonly transport: TransportName
  /** An IPv4 or IPv6 address, without brackets. `0.0.0.0` or `::` means all addresses of the family. */
  readonly host: string
  /** 0: chosen by the kernel. */
  readonly port: number
}

/** Where a peer reaches us, as written in Via and Contact. */
export interface LocalAddress {
  readonly transport: TransportName
  /** A name or an address. IPv6 is in brackets. */
  readonly host: string
  readonly port: number
}

/** Where a target may be reached (RFC 3263), the best place first. */
export interface Location {
  /** Empty: the name is unknown, or we can't connect with its transport. */
  readonly hops: readonly Hop[]
  /** Neither the URI nor DNS named a transport, so a large request may use TCP (RFC 3261 §18.1.1). */
  readonly anyTransport: boolean
}

/** What the transactions need from the network: the transport layer or a fake of it. */
export interface MessageTransport {
  /**
   * Resolves a SIP URI. `found` is called before this returns if the answer is known already: a numeric host or a cached name.
   */
  locate(target: string, found: (location: Location) => void): void
  /** Our address as this hop sees it. */
  local(hop: Hop): LocalAddress
  /** Sends one message. `failed` is called if it could not be sent, which UDP seldom shows. */
  send(bytes: Buffer, hop: Hop, failed?: SendFailed): void
  /** The same place over TCP, if requests of any size may be sent there that way. */
  streamTo(hop: Hop): Hop | undefined
  /** Nothing answered there. For some seconds the hop comes last in locations (RFC 3263 §4.3). */
  avoid(hop: Hop): void
  /**
   * Asks whether anything listens on this UDP port. `closed` is called only if the host says that nothing does. It is a hint: a
   * firewall may say so for a port that is open to our own port only.
   */
  ask?(hop: Hop, closed: () => void): void
  /**
   * The current message is admitted, unlike those that strangers can send without effect. So it is stored for ladders, and so is
   * everything that is sent from now on.
   */
  admitted?(): void
  /** A phone is reached on this connection, so it stays open when idle. `held` false: no longer. */
  hold?(hop: Hop, held: boolean): void
  /** A right password came on this connection, so it no longer counts as a stranger's. */
  proven?(hop: Hop): void
}

/** What becomes of a message that is not read as a whole. */
export type Glance =
  /** `why`: the reason as counted. */
  | { readonly kind: 'ignored'; readonly method: 'INVITE' | 'ACK'; readonly why?: string }
  | { readonly kind: 'refused'; readonly why: string; readonly bytes: Buffer; readonly hop: Hop }

/** Receives parsed messages with their top Via. The Via of a request already has received and rport (§18.2.1, RFC 3581). */
export interface MessageReceiver {
  /** Looks at each message before it is read. Undefined: it is read as usual. */
  glance?(bytes: Buffer, source: Hop): Glance | undefined
  /** `size`: the number of received bytes. Absent: unknown. */
  onRequest(request: SipRequest, via: Via, source: Hop, size?: number): void
  onResponse(response: SipResponse, via: Via, source: Hop): void
  /**
   * A connection that carried messages has closed. `stood`: it had been established. Otherwise the messages for it have failed.
   */
  onClosed?(source: Hop, stood: boolean): void
  /** Whether a malformed request is answered at all. Default: true. */
  admits?(request: SipRequest, source: Hop, size?: number): boolean
}
