import type { SentAck, Transactions } from '../transaction/user.js'
import type { Body } from '../../legs/body.js'
import type { Dialog } from './dialog.js'
import { isTooLongFor } from './phone-limit.js'
import { refusalOf } from './refusal.js'

/** The parts of an ACK. */
interface Owed {
  readonly dialog: Dialog
  readonly transactions: Transactions
  /** The number of the INVITE, which the ACK repeats. */
  readonly cseq: number
  /** The SDP offer in the 2xx, if our INVITE had none. The ACK must answer it (§13.2.2.4). */
  readonly offered: Body | undefined
}

/** The ACK for a 2xx of the peer. It is sent once, and again for each repetition of the 2xx (RFC 3261 §13.2.2.4). */
export class OwedAck {
  /** Dropped once it is sent. */
  #owed: Owed | undefined
  #sent: SentAck | undefined

  constructor(owed: Owed) {
    this.#owed = owed
  }

  /**
   * Sends the ACK. If the 2xx had an offer and there is no `answer`, or one that is too long for a phone, each stream of the offer is refused.
   */
  send(answer?: Body): void {
    if (!this.#owed) return
    const { dialog, transactions, cseq, offered } = this.#owed
    this.#owed = undefined
    const whole = dialog.request('ACK', { body: answer ?? refusalOf(offered), cseq })
    const isTooLong = answer !== undefined && isTooLongFor(dialog, whole.request)
    const { request, target } = isTooLong ? dialog.request('ACK', { body: refusalOf(offered), cseq }) : whole
    this.#sent = transactions.sendAck(request, target)
  }

  /** The 2xx was repeated: the ACK was lost, or has not been sent yet. */
  again(): void {
    this.#sent?.again()
  }
}
