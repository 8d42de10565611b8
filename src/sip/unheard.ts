import type { Clock, Timer } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'
import type { Dialogs } from './dialogs.js'
import type { Session } from './dialog/session.js'

/** How often we ask peers whose requests do not reach us whether they are still there. */
const every = seconds(15)

/**
 * Dialogs whose peers can't reach us: a server between us no longer knows that their requests are for us. A peer's BYE ends the dialog at that
 * server and nobody tells us, so the peer is asked regularly until one side ends the dialog. Subscriptions start again, because their
 * notifications would be lost.
 */
export class Unheard {
  readonly #sessions = new Set<Session>()
  #canAsk: (contact: string) => boolean = () => true
  #timer: Timer | undefined

  constructor(
    private readonly clock: Clock,
    private readonly dialogs: Dialogs,
  ) {}

  /** The current dialogs, by our Contact: which of them were cut, and which can be asked. */
  add(wasCut: (contact: string) => boolean, canAsk: (contact: string) => boolean): void {
    this.#canAsk = canAsk
    for (const session of this.dialogs.sessions.values()) if (wasCut(session.dialog.contact)) this.#sessions.add(session)
    for (const other of this.dialogs.others) other.unheard?.(wasCut)
    this.#timer?.cancel()
    this.#ask()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#sessions.clear()
  }

  #ask(): void {
    for (const session of [...this.#sessions]) {
      if (session.isOver) this.#sessions.delete(session)
      else if (this.#canAsk(session.dialog.contact)) session.probe()
    }
    this.#timer = this.#sessions.size > 0 ? this.clock.after(every, () => this.#ask()) : undefined
  }
}
