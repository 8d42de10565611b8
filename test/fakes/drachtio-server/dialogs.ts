import type { Body } from '../../../src/legs/body.js'
import type { Dialog } from '../../../src/sip/dialog/dialog.js'
import { callId, from, to } from '../../../src/sip/message/fields.js'
import type { SipRequest } from '../../../src/sip/message/message.js'
import type { SentAck } from '../../../src/sip/transaction/user.js'
import type { LocalAddress } from '../../../src/sip/transport/transport.js'
import type { Application } from './application.js'
import type { SessionTimer } from './session-timer.js'

/** A dialog as the server keeps it for an application: its numbers, routes and targets. */
export interface ServerDialog {
  readonly id: string
  readonly dialog: Dialog
  /** Who owns it. A program that connects again owns nothing of before. */
  readonly application: Application
  /** Our Contact in it. */
  readonly contact: string
  readonly local: LocalAddress
  /** SUBSCRIBE made it. A NOTIFY that says `terminated` then ends it. */
  readonly isSubscription: boolean
  /** INVITEs of ours that were answered with 200 and wait for the application's ACK, the oldest first. */
  readonly unacknowledged: number[]
  /** The latest ACK of ours, with the number of its INVITE. Repeated whenever the 200 comes again. */
  acknowledged: { readonly cseq: number; readonly sent: SentAck } | undefined
  /** Our latest session description. The server refreshes the session with it. */
  described: Body | undefined
  timer: SessionTimer | undefined
  /** The server sends BYE as soon as the application has sent its ACK: the INVITE had been cancelled. */
  endsAfterAck: boolean
}

/** The id of a dialog: the tag of the called side is not part of it, so all forks of an INVITE share it. */
export const dialogIdOf = (invite: SipRequest): string =>
  `${callId(invite.headers) ?? ''};from-tag=${from(invite.headers)?.tag ?? ''}`

/** All dialogs, by the id that applications know, and by what requests have in common with them. */
export class Dialogs {
  readonly #byId = new Map<string, ServerDialog>()
  readonly #byKey = new Map<string, ServerDialog>()

  add(dialog: ServerDialog): void {
    this.#byId.set(dialog.id, dialog)
    this.#byKey.set(dialog.dialog.key, dialog)
  }

  remove(dialog: ServerDialog): void {
    dialog.timer?.stop()
    this.#byId.delete(dialog.id)
    this.#byKey.delete(dialog.dialog.key)
  }

  byId(id: string): ServerDialog | undefined {
    return this.#byId.get(id)
  }

  /** The dialog of a request from the network. */
  of({ headers }: SipRequest): ServerDialog | undefined {
    return this.#byKey.get(`${callId(headers) ?? ''} ${to(headers)?.tag ?? ''} ${from(headers)?.tag ?? ''}`)
  }

  get size(): number {
    return this.#byId.size
  }

  clear(): void {
    for (const dialog of [...this.#byId.values()]) this.remove(dialog)
  }
}
