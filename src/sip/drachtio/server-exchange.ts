import type { Timer } from '../../foundation/clock.js'
import { seconds, type Millis } from '../../foundation/time.js'
import { buildResponse } from '../message/build.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { rseq } from '../message/extensions.js'
import type { ServerTransaction, ServerTransactionListener } from '../transaction/user.js'
import type { Hop } from '../transport/transport.js'
import { responding } from './fields.js'
import type { Told } from './link.js'

/** The layer's services for a received request. */
export interface ServerExchangeLayer {
  /** Sends a response. `text`: in the server's form. */
  respond(exchange: ServerExchange, response: SipResponse, text: string, told: Told): void
  after(delay: Millis, run: () => void): Timer
  /** The exchange no longer expects a CANCEL, a PRACK or an ACK. */
  forget(exchange: ServerExchange): void
}

/** How long we wait for a PRACK or an ACK: 64*T1 and a second more, so that the server's own limit comes first. */
const longestWait = seconds(33)

/** A request that the server passed on, until it is answered. The server repeats our responses and waits for the ACK. */
export class ServerExchange implements ServerTransaction {
  #listener: ServerTransactionListener = {}
  #finalStatus: number | undefined
  #answered = false
  #timer: Timer | undefined
  /** Our number of the latest reliable provisional response. The server uses its own numbers. */
  #rseq: number | undefined

  constructor(
    readonly request: SipRequest,
    readonly source: Hop,
    /** The server's id for the request. */
    readonly id: string,
    private readonly isWithin: boolean,
    private readonly layer: ServerExchangeLayer,
  ) {}

  get finalStatus(): number | undefined {
    return this.#finalStatus
  }

  /** Our number of the reliable provisional response that a PRACK acknowledges. */
  get rseq(): number | undefined {
    return this.#rseq
  }

  get isOpen(): boolean {
    return this.#finalStatus === undefined
  }

  listen(listener: ServerTransactionListener): void {
    this.#listener = listener
  }

  respond(response: SipResponse): void {
    // The server has sent its own 100.
    if (!this.isOpen || response.status === 100) return
    const first = !this.#answered && !this.isWithin
    this.#answered = true
    if (response.status >= 200) this.#close(response.status)
    this.#send(response, first, [() => responding(response, first), ...this.#shorter(response, first)])
  }

  /** Sends the first of the texts that the server can read. A provisional response that is too long is left out. */
  #send(response: SipResponse, first: boolean, [text, ...shorter]: readonly (() => string)[]): void {
    if (!text) return this.#tooLong(response, first)
    this.layer.respond(this, response, text(), ({ ok, unsent }) => {
      if (unsent === 'tooLong') this.#send(response, first, shorter)
      else if (!ok && unsent === undefined) this.#refused()
    })
  }

  /** Shorter texts: first without a To, which may be long, then a bare refusal. A response that may begin a dialog must be complete. */
  #shorter(response: SipResponse, first: boolean): readonly (() => string)[] {
    const { status } = response
    const isNeeded = status < 200 || (status < 300 && /^(?:INVITE|SUBSCRIBE)$/.test(this.request.method))
    if (isNeeded) return []
    const withoutTo = first ? [() => responding(response, false)] : []
    return status < 300 ? withoutTo : [...withoutTo, () => responding(buildResponse(this.request, status, {}), false)]
  }

  #tooLong({ status, headers }: SipResponse, first: boolean): void {
    if (status < 200 && rseq(headers) === undefined) {
      if (first) this.#answered = false
      return
    }
    const refusal = buildResponse(this.request, 513, {})
    this.layer.respond(this, refusal, responding(refusal, false), ({ unsent }) => {
      if (unsent === undefined) this.#refused()
    })
  }

  respondReliably(response: SipResponse): void {
    this.#rseq = rseq(response.headers)
    this.#wait(() => this.#listener.unacknowledged?.())
    this.respond(response)
  }

  provisionalAcknowledged(): void {
    if (this.isOpen) this.#timer?.cancel()
  }

  acknowledged(): void {
    this.#timer?.cancel()
    this.layer.forget(this)
  }

  /** A CANCEL came. The server has already answered the request with 487. */
  cancelled(cancel: SipRequest): void {
    if (!this.isOpen) return
    this.#finish(487)
    this.#listener.cancelled?.(cancel)
  }

  /** The connection with the server broke, so this exchange can neither receive nor send anything. */
  lost(): void {
    const wasOpen = this.isOpen
    this.#finish(this.#finalStatus ?? 503)
    if (wasOpen) this.#listener.failed?.('transport')
  }

  /** The server does not know the request any more. */
  #refused(): void {
    this.#finish(this.#finalStatus ?? 487)
    this.#listener.failed?.('transport')
  }

  #close(status: number): void {
    this.#finalStatus = status
    this.#timer?.cancel()
    const awaitsAck = this.request.method === 'INVITE' && status < 300
    if (awaitsAck) this.#wait(() => this.#noAck())
    else this.layer.forget(this)
  }

  #finish(status: number): void {
    this.#finalStatus = status
    this.#timer?.cancel()
    this.layer.forget(this)
  }

  #noAck(): void {
    this.layer.forget(this)
    this.#listener.failed?.('noAck')
  }

  #wait(run: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.layer.after(longestWait, run)
  }
}
