import type { Clock } from '../foundation/clock.js'
import type { Millis } from '../foundation/time.js'
import type { ClientInvite } from './dialog/invite-client.js'
import { ServerInvite } from './dialog/invite-server.js'
import type { Session } from './dialog/session.js'
import { Carried } from './carried.js'
import type { DialogTaker } from './gate.js'
import { from, to } from './message/fields.js'
import type { SipRequest } from './message/message.js'

type Leg = Session | ServerInvite | ClientInvite

/** All dialogs of the endpoint, and all INVITEs that may still create one. */
export class Dialogs {
  /** Confirmed dialogs of INVITEs, by Call-ID, our tag and the peer's. */
  readonly sessions = new Map<string, Session>()
  /** INVITEs of either direction without a dialog that may still create one, by Call-ID and our tag. */
  readonly invites = new Map<string, ServerInvite | ClientInvite>()
  /** Dialogs that were not created by an INVITE, by Call-ID and our tag. */
  readonly #others = new Map<string, DialogTaker>()
  /** The legs in `sessions` and `invites` by Call-ID. A Call-ID with only one leg, as most have, needs no list. */
  readonly #byCallId = new Map<string, Leg | readonly Leg[]>()
  /** INVITEs that came on a connection. */
  readonly #carried = new Carried()
  /** Called when neither the INVITE nor its dialog is left. The key is that of the INVITE, and then that of its session. */
  readonly #ends = new Map<string, () => void>()
  /** Called when no leg is left. */
  #emptied: (() => void) | undefined

  /** The number of dialogs of INVITEs, and of INVITEs that may still create one. */
  get legs(): number {
    return this.sessions.size + this.invites.size
  }

  /** Resolves when no leg is left, or after this time. */
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

  /** Passes requests with this Call-ID and our tag to a dialog that was not created by an INVITE (RFC 6665), until the returned function is called. */
  keepOther(callId: string, ourTag: string, taker: DialogTaker): () => void {
    const key = `${callId} ${ourTag}`
    this.#others.set(key, taker)
    return () => void this.#others.delete(key)
  }

  /** The dialogs that were not created by an INVITE. */
  get others(): readonly DialogTaker[] {
    return [...this.#others.values()]
  }

  /** The dialog of a request with a To tag, which is ours. It may be confirmed or early. */
  of({ headers }: SipRequest): Session | ServerInvite | ClientInvite | DialogTaker | undefined {
    const ours = to(headers)?.tag
    if (ours === undefined) return undefined
    const early = `${headers.first('Call-ID') ?? ''} ${ours}`
    return this.sessions.get(`${early} ${from(headers)?.tag ?? ''}`) ?? this.invites.get(early) ?? this.#others.get(early)
  }

  /** Calls `told` once, when the INVITE and its dialog are over. */
  whenOver({ key }: ServerInvite | Session, told: () => void): void {
    if (this.invites.has(key) || this.sessions.has(key)) this.#ends.set(key, told)
    else told()
  }

  /** An INVITE came. `connection`: the connection on which it came. */
  invited(invite: ServerInvite, connection: number | undefined): void {
    this.#joined<ServerInvite | ClientInvite>(this.invites, invite)
    this.#carried.add(invite, connection)
  }

  /** We send an INVITE. */
  inviting(invite: ClientInvite): void {
    this.#joined<ServerInvite | ClientInvite>(this.invites, invite)
  }

  /** Whether a leg has this Call-ID, and this tag on either side. */
  hasLeg(callId: string, tag: string): boolean {
    return listOf(this.#byCallId.get(callId)).some(leg => hasTag(leg, tag))
  }

  /** Tells the owners of the INVITEs that came on that connection, and of their sessions. */
  connectionClosed(connection: number | undefined): void {
    this.#carried.closed(connection)
  }

  /** An INVITE created this session. Call it before `closed`. */
  begun(session: Session): void {
    const { key } = session
    this.#joined(this.sessions, session)
    const early = earlyKey(key)
    const told = this.#ends.get(early)
    if (told && this.#ends.delete(early)) this.#ends.set(key, told)
  }

  /** The INVITE itself is finished. If it was answered, its session continues on the same connection. */
  closed(invite: ServerInvite | ClientInvite): void {
    if (!(invite instanceof ServerInvite && invite.isAnswered)) this.#carried.forget(invite.key)
    this.#left(this.invites, invite.key)
  }

  over({ key }: Pick<Session, 'key'>): void {
    this.#carried.forget(earlyKey(key))
    this.#left(this.sessions, key)
  }

  #joined<T extends Leg>(legs: Map<string, T>, leg: T): void {
    const { key, sipCallId } = leg
    const before = legs.get(key)
    if (before !== undefined) this.#unlist(before)
    const others = this.#byCallId.get(sipCallId)
    this.#byCallId.set(sipCallId, others === undefined ? leg : [...listOf(others), leg])
    legs.set(key, leg)
  }

  #left(legs: Map<string, Leg>, key: string): void {
    const told = this.#ends.get(key)
    if (told && this.#ends.delete(key)) told()
    const leg = legs.get(key)
    if (!leg || !legs.delete(key)) return
    this.#unlist(leg)
    if (this.legs === 0) this.#emptied?.()
  }

  #unlist(leg: Leg): void {
    const { sipCallId } = leg
    const listed = this.#byCallId.get(sipCallId)
    const [left, ...more] = listed === leg ? [] : listOf(listed).filter(other => other !== leg)
    if (left === undefined) this.#byCallId.delete(sipCallId)
    else this.#byCallId.set(sipCallId, more.length === 0 ? left : [left, ...more])
  }
}

const listOf = (legs: Leg | readonly Leg[] | undefined): readonly Leg[] =>
  legs === undefined ? [] : Array.isArray(legs) ? (legs as readonly Leg[]) : [legs as Leg]

/** Whether this is our tag, or the peer's if it is known. */
const hasTag = (leg: Leg, tag: string): boolean =>
  leg.key.split(' ').includes(tag, 1) || (leg instanceof ServerInvite && leg.callerTag === tag)

/** Without the peer's tag, the key of a session is that of its INVITE. */
const earlyKey = (key: string): string => key.slice(0, key.lastIndexOf(' '))
