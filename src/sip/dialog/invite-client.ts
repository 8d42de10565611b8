import type { Clock, Timer } from '../../foundation/clock.js'
import type { Millis } from '../../foundation/time.js'
import { cseq, to } from '../message/fields.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { formatReason, type ReasonValue } from '../message/reason.js'
import type { ClientTransaction } from '../transaction/user.js'
import { Dialog, type Body } from './dialog.js'
import { bodyOf, Session, type SessionGround } from './session.js'

export interface ClientInviteListener {
  ringing?(status: number): void
  answered(leg: AnsweredSession): void
  refused(failure: { readonly status: number; readonly reasonPhrase: string }): void
}

/** A session whose 2xx is in hand; `acknowledge` sends its ACK. */
export type AnsweredSession = Session & { readonly body?: Body }

export interface InviteClientGround extends SessionGround {
  readonly clock: Clock
  keep(session: Session): void
  /** Nothing more can come of the INVITE itself; its sessions go on. */
  closed(invite: ClientInvite): void
}

type State =
  | { readonly kind: 'calling' }
  /** The owner wants no answer any more; a 2xx that comes all the same is ACKed and ended. */
  | { readonly kind: 'cancelled' }
  /** One fork won; 2xx of others are ACKed and ended (RFC 3261 §13.2.2.4). */
  | { readonly kind: 'answered'; readonly winner: Session }
  | { readonly kind: 'failed' }

/** An INVITE that we sent, with all the dialogs that it may come to. */
export class ClientInvite {
  #state: State = { kind: 'calling' }
  #transaction: ClientTransaction | undefined
  #timerC: Timer | undefined
  /** By remote tag: a fork's 2xx that comes again is ACKed again. */
  readonly #sessions = new Map<string, Session>()

  constructor(
    private readonly request: SipRequest,
    private readonly contact: string,
    private readonly listener: ClientInviteListener,
    private readonly ground: InviteClientGround,
  ) {}

  get sipCallId(): string {
    return this.request.headers.first('Call-ID') ?? ''
  }

  /** `expires`: how long without a final response, then CANCEL and 408, as a proxy's timer C would (§16.8). */
  start(target: string, expires: Millis): void {
    this.#timerC = this.ground.clock.after(expires, () => {
      if (this.#state.kind !== 'calling') return
      this.cancel()
      this.listener.refused({ status: 408, reasonPhrase: 'Request Timeout' })
    })
    this.#transaction = this.ground.transactions.request(this.request, target, {
      provisional: response => this.#progressed(response),
      final: response => this.#final(response),
      failed: why => this.#failed(why === 'timeout' ? 408 : 503, why === 'timeout' ? 'Request Timeout' : 'Service Unavailable'),
    })
  }

  cancel(reason?: ReasonValue): void {
    if (this.#state.kind !== 'calling') return
    this.#state = { kind: 'cancelled' }
    this.#timerC?.cancel()
    this.#transaction?.cancel(reason ? [['Reason', formatReason(reason)]] : [])
  }

  #progressed({ status }: SipResponse): void {
    if (this.#state.kind === 'calling' && status > 100) this.listener.ringing?.(status)
  }

  #final(response: SipResponse): void {
    if (response.status >= 300) return this.#failed(response.status, response.reasonPhrase)
    const tag = to(response.headers)?.tag ?? ''
    const known = this.#sessions.get(tag)
    if (known) return known.acknowledgeAgain()
    const session = this.#begin(response, tag)
    if (this.#state.kind === 'calling') this.#answered(session, response)
    else {
      session.hangUp()
      this.ground.closed(this)
    }
  }

  #begin(response: SipResponse, tag: string): Session {
    const session = new Session(Dialog.byClient(this.request, response, this.contact), this.ground)
    const offered = this.request.body === '' ? bodyOf(response) : undefined
    session.awaitOurAck(cseq(this.request.headers)?.number ?? 1, offered)
    this.#sessions.set(tag, session)
    this.ground.keep(session)
    return session
  }

  #answered(session: Session, response: SipResponse): void {
    this.#state = { kind: 'answered', winner: session }
    this.#timerC?.cancel()
    const body = bodyOf(response)
    this.ground.closed(this)
    this.listener.answered(Object.assign(session, body && { body }))
  }

  #failed(status: number, reasonPhrase: string): void {
    const calling = this.#state.kind === 'calling'
    if (this.#state.kind === 'answered' || this.#state.kind === 'failed') return
    this.#state = { kind: 'failed' }
    this.#timerC?.cancel()
    this.ground.closed(this)
    if (calling) this.listener.refused({ status, reasonPhrase })
  }
}
