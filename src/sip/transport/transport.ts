import type { SipRequest, SipResponse } from '../message/message.js'
import type { Via } from '../message/via.js'
import type { TransportName } from './protocols.js'

export type { TransportName } from './protocols.js'

/** One address to send to, or that something came from. */
export interface Hop {
  readonly transport: TransportName
  /** An IPv4 or IPv6 address, without brackets. */
  readonly host: string
  readonly port: number
  /** The connection it came on, for streams: answers go back on it while it stands (RFC 3261 §18.2.2). */
  readonly connection?: number
  /** On that connection or not at all: nobody listens at the address (RFC 5626, a flow). */
  readonly only?: true
  /** Whom the peer's certificate must name, for TLS (RFC 5922); absent: the address. */
  readonly name?: string
  /** The peer showed a certificate by which it is trusted. */
  readonly trusted?: true
  /** Which of our listen points it came in at, for UDP: answers leave from there (RFC 3581 §4). */
  readonly listenPoint?: number
}

/** `cut`: the connection stood and broke meanwhile, so the message may have arrived. The end of that connection is told, too (`onClosed`). */
export type SendFailed = (how?: 'cut') => void

/** What a transport hands up: the bytes of one message, framed, and whence. */
export type MessageSink = (bytes: Buffer, source: Hop) => void

/** An address that we listen on. */
export interface ListenPoint {
  readonly transport: TransportName
  /** An IPv4 or IPv6 address, without brackets; `0.0.0.0` or `::` for all of a family. */
  readonly host: string
  /** 0: chosen by the kernel. */
  readonly port: number
}

/** Where a peer reaches us, as it stands in Via and Contact. */
export interface LocalAddress {
  readonly transport: TransportName
  /** A name or an address; IPv6 in brackets. */
  readonly host: string
  readonly port: number
}

/** Where a target may be reached (RFC 3263), best first. */
export interface Location {
  /** Empty: the name is unknown, or its transport is none that we connect by. */
  readonly hops: readonly Hop[]
  /** Neither the URI nor DNS named a transport: a large request may take TCP (RFC 3261 §18.1.1). */
  readonly anyTransport: boolean
}

/** What the transactions need of the network: the transport layer, or a fake of it. */
export interface MessageTransport {
  /** Resolves the text of a SIP URI. `found` is called before this returns when the answer is at hand: a numeric host, or a cached name. */
  locate(target: string, found: (location: Location) => void): void
  /** Our address as seen by that hop. */
  local(hop: Hop): LocalAddress
  /** Sends one message. `failed` is told when it could not be sent; over UDP that is known rarely. */
  send(bytes: Buffer, hop: Hop, failed?: SendFailed): void
  /** The same place by TCP, if requests of any size may be sent there so. */
  streamTo(hop: Hop): Hop | undefined
  /** Nothing answered there: it comes last in locations for some seconds (RFC 3263 §4.3). */
  avoid(hop: Hop): void
  /**
   * Asks whether anything listens at that UDP port; `closed` is told only when the host says that nothing does. Firewalls say it too, and
   * of a port that is open to our own alone: it is a hint.
   */
  ask?(hop: Hop, closed: () => void): void
  /** The message that is being handed up is none that strangers send in vain: it is kept for ladders, and so is what is sent from now on. */
  admitted?(): void
  /** A connection that a phone is reached by: it stays open though nothing is said on it, or no longer. */
  hold?(hop: Hop, held: boolean): void
  /** A password was shown on the connection: it counts no longer among those of its address that nobody knows. */
  proven?(hop: Hop): void
}

/** Takes what came, parsed, with its top Via. The Via of a request tells received and rport already (§18.2.1, RFC 3581). */
export interface MessageReceiver {
  /** `size`: the bytes that it came in; by default of no account. */
  onRequest(request: SipRequest, via: Via, source: Hop, size?: number): void
  onResponse(response: SipResponse, via: Via, source: Hop): void
  /** A connection that messages came by or went by is gone. `stood`: it had been there; else what was to be sent on it has failed. */
  onClosed?(source: Hop, stood: boolean): void
  /** Whether a request that is malformed is answered at all; false: silence. Default: each one is. */
  admits?(request: SipRequest, source: Hop): boolean
}
