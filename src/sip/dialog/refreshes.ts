import { allowsUpdate } from '../message/fields.js'
import type { HeaderTable } from '../message/headers.js'
import type { Dialog } from './dialog.js'
import type { SessionContext } from './session-context.js'
import type { SessionTimer } from './session-timer.js'

/** The session, from the view of its refreshes. */
export interface Refreshed {
  readonly dialog: Dialog
  readonly context: SessionContext
  readonly timer: SessionTimer
  readonly isOver: boolean
  /** A response of the peer came. */
  heard(): void
  /** Sends a re-INVITE with the last SDP. */
  repeat(settled: (status: number) => void): void
  /** A final response, or a missing one, that may mean that the dialog no longer exists (RFC 3261 §12.2.1.2). */
  loseAfter(status: number): void
  loseBy(why: 'timeout' | 'transport'): void
}

/**
 * Our refreshes of a session (RFC 4028 §7.4): by UPDATE, which contains no SDP, if the peer allows it. Otherwise by re-INVITE with the last
 * SDP. `SessionTimer` says when.
 */
export class Refreshes {
  /** The peer's Allow names UPDATE, and no response refused it. */
  #byUpdate = false

  constructor(private readonly session: Refreshed) {}

  get byUpdate(): boolean {
    return this.#byUpdate
  }

  /** The INVITE or its 2xx came from the peer with these header fields. */
  began(headers: HeaderTable): void {
    this.#byUpdate = allowsUpdate(headers)
  }

  /** Continues after a restart. */
  resume(byUpdate: boolean): void {
    this.#byUpdate = byUpdate
  }

  refresh(): void {
    const { session } = this
    if (session.isOver) return
    if (this.#byUpdate) this.update()
    else
      session.repeat(status => {
        if (status >= 300 && !session.isOver) this.#failed(status)
      })
  }

  update(): void {
    const { session } = this
    const { dialog, context, timer } = session
    const { request, target } = dialog.request('UPDATE', { headers: [...context.headers.refreshes, ...timer.asking()] })
    context.transactions.request(request, target, {
      final: response => {
        session.heard()
        if (session.isOver) return
        const { status, headers } = response
        if (status < 300) {
          dialog.refreshTarget(response)
          timer.accepted(headers)
        } else if (status === 405 || status === 501) {
          this.#byUpdate = false
          this.refresh()
        } else if (status === 422 && timer.raise(headers)) this.refresh()
        else this.#failed(status)
      },
      failed: why => session.loseBy(why),
    })
  }

  #failed(status: number): void {
    this.session.loseAfter(status)
    if (!this.session.isOver) this.session.timer.refused()
  }
}
