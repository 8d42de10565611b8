import { buildAckForFailure } from '../message/build.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { serialize } from '../message/serialize.js'
import type { Hop } from '../transport/transport.js'
import { LooseAck } from './loose-ack.js'
import { Machine, type MachineContext } from './machine.js'
import { doubled, type TimerName } from './timers.js'
import type { ClientTransactionListener } from './user.js'

type State = 'calling' | 'proceeding' | 'completed' | 'accepted'

/**
 * INVITE client transaction: RFC 3261 §17.1.1, figure 5, with the Accepted state of RFC 6026 §8.4.
 *
 * | state      | 1xx             | 2xx           | 300–699             | repeat  | end               | transport fault | connection lost     |
 * |------------|-----------------|---------------|---------------------|---------|-------------------|-----------------|---------------------|
 * | calling    | up → proceeding | up → accepted | ACK, up → completed | A: send | B: failed         | failed          | send; twice: failed |
 * | proceeding | up              | up → accepted | ACK, up → completed |         | cancelled: failed |                 |                     |
 * | completed  |                 |               | ACK                 |         | D                 | → terminated    |                     |
 * | accepted   |                 | up            |                     |         | M                 |                 |                     |
 *
 * In proceeding the peer has the INVITE and may answer on another connection. In completed the user knows the failure already.
 * Timer A does not run over a stream, and D is zero. Tests check each cell (test/unit/sip/transaction/cells).
 */
export class InviteClient extends Machine<State> {
  /** The request and its bytes are freed once a final response has come. */
  #request: SipRequest | undefined
  #bytes: Buffer | undefined
  /** The ACK for a failure, kept for 64*T1. */
  #ack: LooseAck | undefined
  #interval

  constructor(
    key: string,
    context: MachineContext,
    hop: Hop,
    request: SipRequest,
    /** Receives the events. Freed when nothing more can come. */
    public listener: ClientTransactionListener | undefined,
  ) {
    super(key, context, hop, 'calling')
    this.#request = request
    this.#interval = context.spans.t1
  }

  start(bytes: Buffer): void {
    this.#bytes = bytes
    this.endAfter('B', this.context.spans.patience)
    if (!this.reliable) this.repeatAfter('A', this.#interval)
    this.context.send(bytes, this.hop, how => this.#unsent(how))
  }

  /** The previous process sent the INVITE, and the peer rings. */
  resume(): void {
    this.enter('proceeding')
  }

  /**
   * The INVITE may not have arrived. After a provisional response it has, and the final response may come on another connection.
   */
  connectionLost(): void {
    if (this.state !== 'calling') return
    const bytes = this.mayRepeatOnNew() ? this.#bytes : undefined
    if (bytes) this.context.send(bytes, this.hop, how => this.#unsent(how))
    else this.transportFailed()
  }

  /** The CANCEL was sent. Without a final response within 64*T1 the transaction ends (§9.1). */
  cancelSent(): void {
    if (this.state === 'proceeding') this.endAfter('cancelled', this.context.spans.patience)
  }

  /** Handles a response. False: a final response came before, or the transaction is over. */
  receive(response: SipResponse): boolean {
    switch (this.state) {
      case 'calling':
      case 'proceeding':
        if (response.status < 200) this.#provisional(response)
        else if (response.status < 300) this.#accepted(response)
        else this.#refused(response)
        return true
      case 'completed':
        if (response.status >= 300) this.#acknowledgeAgain()
        return false
      case 'accepted':
        if (response.status >= 200 && response.status < 300) this.#acceptedAgain(response)
        return false
      case 'terminated':
        return false
    }
  }

  timerFired(name: TimerName): void {
    if (name === 'A') this.#sendAgain()
    else if (name === 'B' || name === 'cancelled') this.#fail('timeout')
    else this.#end()
  }

  transportFailed(): void {
    if (this.state === 'calling') this.#fail('transport')
    else if (this.state === 'completed') this.#end()
  }

  #unsent(how: 'cut' | undefined): void {
    // 'cut': the connection broke, so `connectionLost` is called too.
    if (how !== 'cut') this.transportFailed()
  }

  #provisional(response: SipResponse): void {
    if (this.state === 'calling') this.enter('proceeding')
    this.listener?.provisional?.(response)
  }

  #accepted(response: SipResponse): void {
    this.enter('accepted')
    this.#request = undefined
    this.#bytes = undefined
    this.endAfter('M', this.context.spans.patience)
    this.listener?.final(response)
  }

  /** The same 2xx again, or one from another fork. The user distinguishes them by the To tag. */
  #acceptedAgain(response: SipResponse): void {
    this.context.cameAgain()
    this.listener?.final(response)
  }

  #refused(response: SipResponse): void {
    const { listener } = this
    const request = this.#request
    this.enter('completed')
    this.listener = undefined
    this.#request = undefined
    this.#bytes = undefined
    if (request) {
      this.#ack = new LooseAck(this.context)
      this.#ack.send(serialize(buildAckForFailure(request, response)), this.hop, () => this.transportFailed())
    }
    if (this.reliable) this.#end()
    else this.endAfter('D', this.context.spans.patience)
    listener?.final(response)
  }

  #acknowledgeAgain(): void {
    this.context.cameAgain()
    this.#ack?.again()
  }

  #sendAgain(): void {
    this.#interval = doubled(this.#interval, this.context.spans.patience)
    this.repeatAfter('A', this.#interval)
    if (this.#bytes) this.repeat(this.#bytes, this.#interval)
  }

  #fail(why: 'timeout' | 'transport'): void {
    const { listener } = this
    this.#end()
    listener?.failed(why)
  }

  #end(): void {
    this.terminate()
    this.listener = undefined
    this.#request = undefined
    this.#bytes = undefined
    this.#ack = undefined
  }
}
