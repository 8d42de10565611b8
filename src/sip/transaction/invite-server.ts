import type { Millis } from '../../foundation/time.js'
import type { SipResponse } from '../message/message.js'
import { isWebSocket } from '../transport/protocols.js'
import type { Hop } from '../transport/transport.js'
import { Machine, type MachineContext } from './machine.js'
import { doubled, type TimerName } from './timers.js'
import type { ServerTransactionListener } from './user.js'

type State = 'proceeding' | 'accepted' | 'completed' | 'confirmed'

/**
 * INVITE server transaction: RFC 3261 §17.2.1, figure 7, with the Accepted state of RFC 6026 §8.7. A 2xx is sent again here too,
 * as §13.3.1.4 asks of the core, over any transport. If a final response can't be sent over a stream, the user is told and the
 * state stays (RFC 6026 §8.8). Over UDP, and for a provisional response, a fault is not reported.
 *
 * | state      | INVITE    | ACK         | CANCEL | 1xx of ours | 2xx of ours     | 300–699 of ours  | repeat                 | end                         |
 * |------------|-----------|-------------|--------|-------------|-----------------|------------------|------------------------|-----------------------------|
 * | proceeding | send last |             | up     | send        | send → accepted | send → completed | provisionalAgain: send | no PRACK: unacknowledged    |
 * | accepted   | absorb    | up          |        |             | send            |                  | answerAgain: send      | L; failed if unacknowledged |
 * | completed  | send last | → confirmed |        |             |                 |                  | G: send                | H: failed                   |
 * | confirmed  | absorb    | absorb      |        |             |                 |                  |                        | I                           |
 *
 * Timer G does not run over a stream, and I is zero. Tests check each cell (test/unit/sip/transaction/cells).
 */
export class InviteServer extends Machine<State> {
  /** The last response, while it may have to be sent again. */
  #bytes: Buffer | undefined
  #interval
  #finalStatus: number | undefined
  /** The key by which merged copies of the request are found (§8.2.2.2). */
  mergeKey: string | undefined
  /** The last provisional response above 100. The response to a CANCEL must have the same To tag (§9.2). */
  #lastProvisional: SipResponse | undefined
  #listener: ServerTransactionListener | undefined

  constructor(key: string, context: MachineContext, hop: Hop) {
    super(key, context, hop, 'proceeding')
    this.#interval = context.spans.t1
  }

  get finalStatus(): number | undefined {
    return this.#finalStatus
  }

  get lastProvisional(): SipResponse | undefined {
    return this.#lastProvisional
  }

  /** Whether the INVITE came from there. With WebSocket that means the same connection, because clients of a proxy share an address. */
  cameFrom({ host, transport, connection }: Hop): boolean {
    return isWebSocket(transport) ? this.hop.connection === connection : this.hop.host === host
  }

  listen(listener: ServerTransactionListener): void {
    if (!this.over) this.#listener = listener
  }

  /**
   * Sends a response. False: it was dropped, because a final response was sent before. A refusal and an answer may cross, and the first
   * one counts.
   */
  respond(response: SipResponse, bytes: Buffer): boolean {
    const { status } = response
    if (this.state === 'proceeding') {
      this.#bytes = bytes
      if (status < 200) this.#provisional(response, bytes)
      else if (status < 300) this.#answer(status, bytes)
      else this.#refuse(status, bytes)
      return true
    }
    if (this.state !== 'accepted' || status < 200 || status >= 300) return false
    this.#sendFinal(bytes)
    return true
  }

  /** The last response is a reliable provisional one: it is repeated until its PRACK comes (RFC 3262 §3). */
  repeatProvisional(): void {
    if (this.state !== 'proceeding') return
    this.#interval = this.context.spans.t1
    this.repeatAfter('provisionalAgain', this.#interval)
    this.endAfter('unacknowledged', this.context.spans.patience)
  }

  provisionalAcknowledged(): void {
    if (this.state === 'proceeding') this.enter('proceeding')
  }

  /** The INVITE came again. `budget`: the most bytes to send in response. */
  repeated(budget = Infinity): void {
    this.context.cameAgain()
    if (this.#bytes && this.#bytes.length <= budget && (this.state === 'proceeding' || this.state === 'completed'))
      this.context.sendAgain(this.#bytes, this.hop)
  }

  /** An ACK with the INVITE's branch. True: it is for our 2xx and goes to the user (RFC 6026 §7.1). */
  ack(): boolean {
    switch (this.state) {
      case 'completed':
        this.#confirm()
        return false
      case 'accepted':
        return true
      case 'confirmed':
        this.context.cameAgain()
        return false
      case 'proceeding':
      case 'terminated':
        return false
    }
  }

  /** The ACK for our 2xx came. Nothing is sent again, and repeated INVITEs are absorbed until timer L. */
  acknowledged(): void {
    if (this.state !== 'accepted') return
    this.stopRepeating()
    this.#bytes = undefined
    this.#listener = undefined
  }

  /** The caller's CANCEL came. It is reported only if no final response was sent. */
  cancelled(tell: (listener: ServerTransactionListener) => void): void {
    if (this.state === 'proceeding' && this.#listener) tell(this.#listener)
  }

  timerFired(name: TimerName): void {
    if (name === 'G' || name === 'answerAgain') this.#sendAgain(name, this.context.spans.t2)
    else if (name === 'provisionalAgain') this.#sendAgain(name, this.context.spans.patience)
    else if (name === 'unacknowledged') this.#noPrack()
    else this.#end()
  }

  #provisional(response: SipResponse, bytes: Buffer): void {
    if (response.status > 100) this.#lastProvisional = response
    this.context.send(bytes, this.hop)
  }

  #answer(status: number, bytes: Buffer): void {
    this.#final(status, 'accepted')
    this.endAfter('L', this.context.spans.patience)
    this.repeatAfter('answerAgain', this.#interval)
    this.#sendFinal(bytes)
  }

  #refuse(status: number, bytes: Buffer): void {
    this.#final(status, 'completed')
    this.endAfter('H', this.context.spans.patience)
    if (!this.reliable) this.repeatAfter('G', this.#interval)
    this.#sendFinal(bytes)
  }

  #final(status: number, state: 'accepted' | 'completed'): void {
    this.enter(state)
    this.#interval = this.context.spans.t1
    this.#finalStatus = status
    this.#lastProvisional = undefined
  }

  #noPrack(): void {
    this.stopRepeating()
    this.#listener?.unacknowledged?.()
  }

  #confirm(): void {
    this.enter('confirmed')
    this.#bytes = undefined
    this.#listener = undefined
    if (this.reliable) this.#end()
    else this.endAfter('I', this.context.spans.t4)
  }

  #sendAgain(name: 'G' | 'answerAgain' | 'provisionalAgain', longest: Millis): void {
    this.#interval = doubled(this.#interval, longest)
    this.repeatAfter(name, this.#interval)
    if (this.#bytes) this.repeat(this.#bytes, this.#interval)
  }

  /** Over UDP a failure is not reported. The missing ACK shows it. */
  #sendFinal(bytes: Buffer): void {
    if (this.reliable) this.context.send(bytes, this.hop, () => this.#sendingFailed())
    else this.context.send(bytes, this.hop)
  }

  /** Reported once. After that, timer H or L ends the transaction silently. */
  #sendingFailed(): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.failed?.('transport')
  }

  /** Timers H, L and I. If the listener is still set, no ACK has come. */
  #end(): void {
    const listener = this.#listener
    this.#listener = undefined
    this.#bytes = undefined
    this.terminate()
    listener?.failed?.('noAck')
  }
}
