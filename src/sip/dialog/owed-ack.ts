import type { SipRequest } from '../message/message.js'
import type { Destination, Transactions } from '../transaction/user.js'
import type { Body, Dialog } from './dialog.js'
import { refusalOf } from './refusal.js'

/** The ACK that a 2xx of the peer waits for: sent once, and again with each repetition of the 2xx (RFC 3261 §13.2.2.4). */
export class OwedAck {
  #sent: { readonly request: SipRequest; readonly target: Destination } | undefined

  constructor(
    private readonly dialog: Dialog,
    private readonly transactions: Transactions,
    /** The INVITE's number, which the ACK repeats. */
    private readonly cseq: number,
    /** The SDP offer in the 2xx, when our INVITE held none: the ACK must answer it (§13.2.2.4). */
    private readonly offered: Body | undefined,
  ) {}

  /** Called once. Without an answer to an offer that needs one, each of its streams is refused. */
  send(answer?: Body): void {
    this.#sent = this.dialog.request('ACK', { body: answer ?? refusalOf(this.offered), cseq: this.cseq })
    this.again()
  }

  /** The 2xx came again: the ACK was lost, or its sender has none yet. */
  again(): void {
    if (this.#sent) this.transactions.sendAck(this.#sent.request, this.#sent.target)
  }
}
