import type { Millis } from '../../foundation/time.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import type { Via } from '../message/via.js'
import type { Glance, Hop } from '../transport/transport.js'

/** A response without a transaction: a refusal, or the answer to a stranger's OPTIONS. */
export interface StatelessRefusal {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
}

/** The "transaction user" of RFC 3261 §17: the endpoint, and through it the dialogs. */
export interface TransactionUser {
  /**
   * Looks at each message before it is read. `isServed`: whether there is a server transaction with this key. Undefined: the
   * message is read.
   */
  glance?(bytes: Buffer, source: Hop, isServed: (key: string) => boolean): Glance | undefined
  /** The sender of a request wants to be told about our load (RFC 7339). Its Via is changed, so that the responses say it. */
  feedBack?(request: SipRequest, via: Via, source: Hop): void
  /**
   * Whether a request, new or repeated, is handled at all. False: it is ignored, and no transaction is made. Default: true.
   * `size`: its bytes, as far as known.
   */
  admits?(request: SipRequest, source: Hop, size?: number): boolean
  /**
   * The refusal of a new request, sent each time it comes, without a transaction (§8.2.7). Undefined: the request gets a
   * transaction.
   */
  refuses?(request: SipRequest, source: Hop, size?: number): StatelessRefusal | undefined
  /** Whether the source's address is not forged, so that responses of any size may go there. Default: true. */
  trusts?(source: Hop): boolean
  /** Whether one of our legs has this Call-ID, and this tag on either side. */
  hasLeg?(callId: string, tag: string): boolean
  /** A new request, other than ACK, CANCEL and retransmissions. For an INVITE, 100 was already sent. */
  onRequest(transaction: ServerTransaction): void
  /**
   * Our response is `excess` bytes longer than the longest for which the sender of the request is not charged. The transaction may
   * keep it for 32 s. Called after it was sent.
   */
  answeredLong?(request: SipRequest, source: Hop, excess: number): void
  /** An ACK for a 2xx (§13.3.1.4), or one that matches no transaction. */
  onAck(ack: SipRequest, source: Hop): void
  /** A connection on which messages came has closed. */
  connectionClosed?(source: Hop): void
  /**
   * The connection to a server that carries our dialogs was interrupted, so requests of their peers may not reach us any more. Both
   * functions take the Contact that we show in a dialog. `wasCut`: whether the dialog is concerned. `canAsk`: whether its peer can be
   * asked now.
   */
  unheard?(wasCut: (contact: string) => boolean, canAsk: (contact: string) => boolean): void
  /** A 2xx to an INVITE without a transaction: from a further fork, or a late one (RFC 6026). */
  onStrayResponse(response: SipResponse): void
}

/** A received request and our responses. */
export interface ServerTransaction {
  readonly request: SipRequest
  /** Where the request came from. */
  readonly source: Hop
  /** The last final status that was sent, if any. */
  readonly finalStatus: number | undefined
  listen(listener: ServerTransactionListener): void
  /**
   * Sends the response and repeats it as §17.2 requires. A 2xx to an INVITE is also repeated, until `acknowledged()` or for
   * 64*T1.
   */
  respond(response: SipResponse): void
  /**
   * Sends a provisional response to an INVITE and repeats it until `provisionalAcknowledged()` or a final response, at most for
   * 64*T1 (RFC 3262 §3).
   */
  respondReliably(response: SipResponse): void
  /** The PRACK for our last reliable provisional response came. */
  provisionalAcknowledged(): void
  /** The ACK for our 2xx came. Stops its repetition. */
  acknowledged(): void
}

export interface ServerTransactionListener {
  /**
   * A matching CANCEL came before any final response. The CANCEL was already answered with 200. The owner must answer the INVITE
   * with 487.
   */
  cancelled?(cancel: SipRequest): void
  /** No ACK came for our final response within 64*T1 (timer H; for a 2xx §13.3.1.4), or the response can't be sent. */
  failed?(why: 'noAck' | 'transport'): void
  /** No PRACK came for a reliable provisional response within 64*T1 (RFC 3262 §3). The owner must answer with 5xx. */
  unacknowledged?(): void
}

/** A request that we sent. */
export interface ClientTransaction {
  readonly request: SipRequest
  /** Where it was last sent. Undefined: not sent yet. */
  readonly hop: Hop | undefined
  /**
   * Sends CANCEL with these extra header fields, at once or after the first provisional response (§9.1). Does nothing after a
   * final response. False: the CANCEL waits for the first provisional response.
   */
  cancel(headers: readonly (readonly [string, string])[]): boolean
}

export interface ClientTransactionListener {
  provisional?(response: SipResponse): void
  /**
   * A final response. For an INVITE: every 2xx, including repetitions and forks, until 64*T1 after the first. A 3xx–6xx comes
   * once and is already ACKed.
   */
  final(response: SipResponse): void
  /** Timer B or F fired, or no address of the target could be reached. No further event follows. */
  failed(why: 'timeout' | 'transport'): void
  /**
   * For an INVITE: how long an address may send nothing, not even 100, before the next one is tried. Undefined: until timer B.
   */
  readonly heardWithin?: Millis
  /**
   * The last address has also been silent for `heardWithin`. The transaction continues until timer B. `wasLong`: the request may be too
   * long for the network or the phone, so the silence says nothing about the phone.
   */
  silent?(wasLong: boolean): void
  /** The address answered another request meanwhile, so its silence concerns only this one. Other requests still go there. */
  readonly answersShort?: boolean
  /** A 2xx from an address that was given up for its silence. Called each time it comes; it needs an ACK and a BYE. */
  late?(response: SipResponse): void
}

/** Where a request goes: a URI to resolve (RFC 3263), or an exact hop, for example for a phone behind a connection or NAT. */
export type Destination = string | Hop

/** An ACK for a 2xx, which no transaction repeats. */
export interface SentAck {
  /** Sends the same ACK again to the same place (§13.2.2.4). */
  again(): void
}

/** The transaction layer as its user sees it. */
export interface Transactions {
  /**
   * Sends a request in a new client transaction, which adds the Via. The target is resolved (RFC 3263). After a transport fault
   * or a 503, the next address is tried (§4.3).
   */
  request(request: SipRequest, target: Destination, listener: ClientTransactionListener): ClientTransaction
  /**
   * Goes on with an INVITE that the previous process sent to this hop, with its Via, and whose peer rings. Sends nothing. Absent: this is not
   * possible.
   */
  resume?(invite: SipRequest, hop: Hop, listener: ClientTransactionListener): ClientTransaction
  /** Sends a request outside any transaction: the ACK for a 2xx. Adds a Via. */
  sendAck(ack: SipRequest, target: Destination): SentAck
  /** The number of transactions, for draining and tests. */
  readonly size: number
}
