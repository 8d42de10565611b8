import type { Clock } from '../foundation/clock.js'
import type { Millis } from '../foundation/time.js'
import type { ClientInvite } from './dialog/invite-client.js'
import { ServerInvite } from './dialog/invite-server.js'
import type { Session } from './dialog/session.js'
import { Carried } from './carried.js'
import type { DialogTaker } from './gate.js'
import { from, to } from './message/fields.js'
import type { SipRequest } from './message/message.js'

/** Every dialog of the endpoint, and every INVITE that may still come to one. */
export class Dialogs {
  /** Confirmed dialogs of INVITEs, by Call-ID, our tag and theirs. */
  readonly sessions = new Map<string, Session>()
  /** INVITEs of either direction that have no dialog yet, and still may come to one; by Call-ID and our tag. */
  readonly invites = new Map<string, ServerInvite | ClientInvite>()
  /** Dialogs that no INVITE made, by Call-ID and our tag. */
  readonly #others = new Map<string, DialogTaker>()
  /** Those that came by a connection. */
  readonly #carried = new Carried()
  /** Told when neither an INVITE nor the dialog that it made is left. By the key of the one that is there. */
  readonly #ends = new Map<string, () => void>()
  /** Told when no leg is left. */
  #emptied: (() => void) | undefined

  /** Dialogs of INVITEs, and INVITEs that may still come to one. */
  get legs(): number {
    return this.sessions.size + this.invites.size
  }

  /** Until no leg is left, at most for so long. */
  untilEmpty(clock: Clock, patience: Millis): Promise<void> {
    if (this.legs === 0) return Promise.resolve()
    return new Promise(resolve => {
      const timer = clock.after(patience, resolve)
      this.#emptied = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  /** Hands requests with this Call-ID and our tag to a dialog that no INVITE made (RFC 6665), until the returned function is called. */
  keepOther(callId: string, ourTag: string, taker: DialogTaker): () => void {
    const key = `${callId} ${ourTag}`
    this.#others.set(key, taker)
    return () => void this.#others.delete(key)
  }

  /** Dialogs that no INVITE made. */
  get others(): readonly DialogTaker[] {
    return [...this.#others.values()]
  }

  /** The dialog of a request with a To tag, which is ours: confirmed, or still early. */
  of({ headers }: SipRequest): Session | ServerInvite | ClientInvite | DialogTaker | undefined {
    const ours = to(headers)?.tag
    if (ours === undefined) return undefined
    const early = `${headers.first('Call-ID') ?? ''} ${ours}`
    return this.sessions.get(`${early} ${from(headers)?.tag ?? ''}`) ?? this.invites.get(early) ?? this.#others.get(early)
  }

  /** Calls `told` once, when the INVITE and the dialog that it makes are over. */
  whenOver({ key }: ServerInvite | Session, told: () => void): void {
    if (this.invites.has(key) || this.sessions.has(key)) this.#ends.set(key, told)
    else told()
  }

  /** An INVITE came. `connection`: it came by this one. */
  invited(invite: ServerInvite, connection: number | undefined): void {
    this.invites.set(invite.key, invite)
    this.#carried.add(invite, connection)
  }

  /** Tells the owners of the INVITEs that came by that connection, and of their sessions. */
  connectionClosed(connection: number | undefined): void {
    this.#carried.closed(connection)
  }

  /** Before the INVITE that made it is closed. */
  begun(session: Session): void {
    const { key } = session
    this.sessions.set(key, session)
    const early = earlyKey(key)
    const told = this.#ends.get(early)
    if (told && this.#ends.delete(early)) this.#ends.set(key, told)
  }

  /** Nothing more can come of the INVITE itself. If it was answered, its session goes on by the same connection. */
  closed(invite: ServerInvite | ClientInvite): void {
    if (!(invite instanceof ServerInvite && invite.isAnswered)) this.#carried.forget(invite.key)
    this.#left(this.invites, invite.key)
  }

  over({ key }: Pick<Session, 'key'>): void {
    this.#carried.forget(earlyKey(key))
    this.#left(this.sessions, key)
  }

  #left(legs: Map<string, unknown>, key: string): void {
    const told = this.#ends.get(key)
    if (told && this.#ends.delete(key)) told()
    if (legs.delete(key) && this.legs === 0) this.#emptied?.()
  }
}

/** Without the tag of the other side, the key of a session is that of its INVITE. */
const earlyKey = (key: string): string => key.slice(0, key.lastIndexOf(' '))
