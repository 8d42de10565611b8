import type { SipResponse } from '../message/message.js'
import type { Hop } from '../transport/transport.js'
import { Machine, type MachineContext } from './machine.js'
import type { ServerTransactionListener } from './user.js'

type State = 'trying' | 'proceeding' | 'completed'

/**
 * Server transaction of any other method: RFC 3261 §17.2.2, figure 8. If a final response can't be sent over a stream, the user
 * is told (§17.2.4). Over UDP, and for a provisional response, a fault is not reported.
 *
 * | state      | request again | 1xx of ours       | 200–699 of ours  | no response  | end |
 * |------------|---------------|-------------------|------------------|--------------|-----|
 * | trying     | absorb        | send → proceeding | send → completed | → terminated |     |
 * | proceeding | send last     | send              | send → completed | → terminated |     |
 * | completed  | send last     |                   |                  |              | J   |
 *
 * Timer J is zero over a stream. Tests check each cell (test/unit/sip/transaction/cells).
 */
export class NonInviteServer extends Machine<State> {
  /** The last provisional response. */
  #provisional: Buffer | undefined
  /** The final response, kept for 64*T1. Stored as text, because a slice of bytes would keep its whole pool in memory. */
  #final: string | undefined
  #finalStatus: number | undefined
  /** The key by which merged copies of the request are found (§8.2.2.2). */
  mergeKey: string | undefined
  #listener: ServerTransactionListener | undefined

  constructor(key: string, context: MachineContext, hop: Hop) {
    super(key, context, hop, 'trying')
  }

  get finalStatus(): number | undefined {
    return this.#finalStatus
  }

  listen(listener: ServerTransactionListener): void {
    if (this.state === 'trying' || this.state === 'proceeding') this.#listener = listener
  }

  /** Sends a response. False: it was dropped, because a final response was sent before. */
  respond(response: SipResponse, bytes: Buffer): boolean {
    if (this.state === 'completed' || this.state === 'terminated') return false
    if (response.status < 200) {
      this.state = 'proceeding'
      this.#provisional = bytes
      this.context.send(bytes, this.hop)
    } else this.#complete(response.status, bytes)
    return true
  }

  /**
   * No response is sent. If the request comes again, it is a new one. After a final response this is dropped like any further
   * response (§17.2.2).
   */
  silent(): void {
    if (this.state !== 'completed') this.timerFired()
  }

  /** The request came again. `budget`: the most bytes to send in response. */
  repeated(budget = Infinity): void {
    this.context.cameAgain()
    const last = this.#final === undefined ? this.#provisional : Buffer.from(this.#final, 'latin1')
    if (last && last.length <= budget) this.context.sendAgain(last, this.hop)
  }

  timerFired(): void {
    this.#final = undefined
    this.terminate()
  }

  #complete(status: number, bytes: Buffer): void {
    const listener = this.#listener
    this.#listener = undefined
    this.#provisional = undefined
    this.#finalStatus = status
    this.enter('completed')
    if (this.reliable) {
      this.context.send(bytes, this.hop, () => listener?.failed?.('transport'))
      this.timerFired()
    } else {
      this.#final = bytes.toString('latin1')
      this.context.send(bytes, this.hop)
      this.endAfter('J', this.context.spans.patience)
    }
  }
}
