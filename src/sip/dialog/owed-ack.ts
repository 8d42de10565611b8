import type { SentAck, Transactions } from '../transaction/user.js'
import type { Body } from '../../legs/body.js'
import type { Dialog } from './dialog.js'
import { refusalOf } from './refusal.js'

/** What an ACK is made of. */
interface Owed {
  readonly dialog: Dialog
  readonly transactions: Transactions
  /** The INVITE's number, which the ACK repeats. */
  readonly cseq: number
  /** The SDP offer in the 2xx, when our INVITE held none: the ACK must answer it (§13.2.2.4). */
  readonly offered: Body | undefined
}

/** The ACK that a 2xx of the peer waits for: sent once, and again with each repetition of the 2xx (RFC 3261 §13.2.2.4). */
export class OwedAck {
  /** Let go once it is sent. */
  #owed: Owed | undefined
  #sent: SentAck | undefined

  constructor(owed: Owed) {
    this.#owed = owed
  }

  /** Without an answer to an offer that needs one, each of its streams is refused. */
  send(answer?: Body): void {
    if (!this.#owed) return
    const { dialog, transactions, cseq, offered } = this.#owed
    this.#owed = undefined
    const { request, target } = dialog.request('ACK', { body: answer ?? refusalOf(offered), cseq })
    this.#sent = transactions.sendAck(request, target)
  }

  /** The 2xx came again: the ACK was lost, or its sender has none yet. */
  again(): void {
    this.#sent?.again()
  }
}
