import type { Millis } from '../../foundation/time.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import type { Hop } from '../transport/transport.js'

/** What stands above the transactions (RFC 3261 §17, "transaction user"): the endpoint, and dialogs through it. */
/** An answer that leaves nothing behind. */
export interface StatelessRefusal {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
}

export interface TransactionUser {
  /** Whether a request, new or again, is heard at all; false: silence, no transaction is made. Default: every one is. */
  admits?(request: SipRequest, source: Hop): boolean
  /** How a new request is refused each time it comes, without a transaction (§8.2.7); undefined: it gets one. */
  refuses?(request: SipRequest, source: Hop): StatelessRefusal | undefined
  /** Whether its address is not forged and may be sent whatever it asks for. Default: yes. */
  trusts?(source: Hop): boolean
  /** A new request that is no ACK, CANCEL or retransmission. For an INVITE, 100 has been sent already. */
  onRequest(transaction: ServerTransaction): void
  /** An ACK that belongs to no transaction: for a 2xx (§13.3.1.4). */
  onAck(ack: SipRequest, source: Hop): void
  /** A connection that messages came by is gone. */
  connectionClosed?(source: Hop): void
  /** A 2xx to an INVITE from a further fork, or a late one (RFC 6026): its transaction's owner handles it; here come those without one. */
  onStrayResponse(response: SipResponse): void
}

/** A request that came, and what we answer. */
export interface ServerTransaction {
  readonly request: SipRequest
  /** Where it came from. */
  readonly source: Hop
  /** The last final status sent, if any. */
  readonly finalStatus: number | undefined
  listen(listener: ServerTransactionListener): void
  /** Sends it, and again as §17.2 says. A 2xx to an INVITE is sent again by this transaction too, until `acknowledged()` or 64*T1. */
  respond(response: SipResponse): void
  /** A provisional response to an INVITE, sent again until `provisionalAcknowledged()`, a final response, or 64*T1 (RFC 3262 §3). */
  respondReliably(response: SipResponse): void
  /** The PRACK for our last reliable provisional came. */
  provisionalAcknowledged(): void
  /** The ACK for our 2xx came: stops its retransmission. */
  acknowledged(): void
}

export interface ServerTransactionListener {
  /** A matching CANCEL came while no final response was sent; the CANCEL is answered with 200 already. The owner answers 487. */
  cancelled?(cancel: SipRequest): void
  /** No ACK came for our final response within 64*T1 (timer H, and for 2xx §13.3.1.4), or it can't be sent. */
  failed?(why: 'noAck' | 'transport'): void
  /** No PRACK came for a reliable provisional response within 64*T1 (RFC 3262 §3). The owner answers with 5xx. */
  unacknowledged?(): void
}

/** A request that we sent. */
export interface ClientTransaction {
  readonly request: SipRequest
  /** Where it went last. Undefined: nowhere yet. */
  readonly hop: Hop | undefined
  /** Sends CANCEL, at once or after the first provisional (§9.1), with these extra header fields. Harmless after a final response. */
  cancel(headers: readonly (readonly [string, string])[]): void
}

export interface ClientTransactionListener {
  provisional?(response: SipResponse): void
  /** A final response. For an INVITE, each 2xx (retransmissions and forks too) until 64*T1 after the first; a 3xx–6xx once, ACKed already. */
  final(response: SipResponse): void
  /** Timer B or F, or no address of the target could be reached. Nothing follows. */
  failed(why: 'timeout' | 'transport'): void
  /** Of an INVITE: how long an address may say nothing at all, not even 100, before the next is tried. Undefined: until timer B. */
  readonly heardWithin?: Millis
  /** The last address has said nothing for so long. The transaction goes on until timer B. */
  silent?(): void
  /** A 2xx of an address that was given up in silence, each time it comes: it needs an ACK and a BYE. */
  late?(response: SipResponse): void
}

/** Where a request goes: a URI to be resolved (RFC 3263), or the very place, as for a phone behind a connection or an address translation. */
export type Destination = string | Hop

/** An ACK for a 2xx, which no transaction repeats. */
export interface SentAck {
  /** The same ACK once more, to the same place (§13.2.2.4). */
  again(): void
}

/** The layer as its user sees it. */
export interface Transactions {
  /**
   * Sends a request by a new client transaction. The Via is added here. The target is resolved (RFC 3263); on a transport
   * fault or a 503 the next address is tried (§4.3).
   */
  request(request: SipRequest, target: Destination, listener: ClientTransactionListener): ClientTransaction
  /** Sends a request outside any transaction: the ACK for a 2xx. Adds a Via. */
  sendAck(ack: SipRequest, target: Destination): SentAck
  /** Transactions alive, for drain and tests. */
  readonly size: number
}
