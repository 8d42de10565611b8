import type { SipResponse } from '../message/message.js'
import type { Hop } from '../transport/transport.js'
import { Machine, type MachineContext } from './machine.js'
import { doubled, type TimerName } from './timers.js'
import type { ClientTransactionListener } from './user.js'

type State = 'trying' | 'proceeding' | 'completed'

/**
 * Client transaction of any other method: RFC 3261 §17.1.2, figure 6.
 *
 * | state      | 1xx             | 200–699        | repeat                 | end       | transport fault | connection lost      |
 * |------------|-----------------|----------------|------------------------|-----------|-----------------|----------------------|
 * | trying     | up → proceeding | up → completed | E: send, doubled to T2 | F: failed | failed          | send; twice: failed  |
 * | proceeding | up              | up → completed | E: send, T2            | F: failed | failed          | send; twice: failed  |
 * | completed  |                 | absorb         |                        | K         |                 |                      |
 *
 * Timer E does not run over a stream, and K is zero. Tests check each cell (test/unit/sip/transaction/cells).
 */
export class NonInviteClient extends Machine<State> {
  #bytes: Buffer | undefined
  #interval

  constructor(
    key: string,
    context: MachineContext,
    hop: Hop,
    /** Receives the events. Freed with the final response. */
    public listener: ClientTransactionListener | undefined,
  ) {
    super(key, context, hop, 'trying')
    this.#interval = context.spans.t1
  }

  start(bytes: Buffer): void {
    this.#bytes = bytes
    this.endAfter('F', this.context.spans.patience)
    if (!this.reliable) this.repeatAfter('E', this.#interval)
    this.context.send(bytes, this.hop, how => this.#unsent(how))
  }

  /** The request may not have arrived. A lost CANCEL leaves a phone ringing, a lost BYE leaves a call open. */
  connectionLost(): void {
    if (this.state !== 'trying' && this.state !== 'proceeding') return
    const bytes = this.mayRepeatOnNew() ? this.#bytes : undefined
    if (bytes) this.context.send(bytes, this.hop, how => this.#unsent(how))
    else this.transportFailed()
  }

  /** Handles a response. False: a final response came before, or the transaction is over. */
  receive(response: SipResponse): boolean {
    switch (this.state) {
      case 'trying':
      case 'proceeding':
        if (response.status < 200) this.#provisional(response)
        else this.#final(response)
        return true
      case 'completed':
        if (response.status >= 200) this.context.cameAgain()
        return false
      case 'terminated':
        return false
    }
  }

  timerFired(name: TimerName): void {
    if (name === 'E') this.#sendAgain()
    else if (name === 'F') this.#fail('timeout')
    else this.#end()
  }

  transportFailed(): void {
    if (this.state === 'trying' || this.state === 'proceeding') this.#fail('transport')
  }

  #unsent(how: 'cut' | undefined): void {
    // 'cut': the connection broke, so `connectionLost` is called too.
    if (how !== 'cut') this.transportFailed()
  }

  /** Timers E and F continue (§17.1.2.2), so the state changes without `enter`, which would stop them. */
  #provisional(response: SipResponse): void {
    this.state = 'proceeding'
    this.listener?.provisional?.(response)
  }

  #final(response: SipResponse): void {
    const { listener } = this
    this.enter('completed')
    this.listener = undefined
    this.#bytes = undefined
    if (this.reliable) this.terminate()
    else this.endAfter('K', this.context.spans.t4)
    listener?.final(response)
  }

  #sendAgain(): void {
    if (!this.#bytes) return
    const { t2 } = this.context.spans
    this.#interval = this.state === 'proceeding' ? t2 : doubled(this.#interval, t2)
    this.repeatAfter('E', this.#interval)
    this.repeat(this.#bytes, this.#interval)
  }

  #fail(why: 'timeout' | 'transport'): void {
    const { listener } = this
    this.#end()
    listener?.failed(why)
  }

  #end(): void {
    this.terminate()
    this.listener = undefined
    this.#bytes = undefined
  }
}
