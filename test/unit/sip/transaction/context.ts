import { FakeClock } from './fake-clock.js'
import type { MachineContext } from '../../../../src/sip/transaction/machine.js'
import { TransactionTimers } from '../../../../src/sip/transaction/timer-queue.js'
import { defaultTimerValues, timerSpans } from '../../../../src/sip/transaction/timers.js'
import type { ClientTransactionListener, ServerTransactionListener } from '../../../../src/sip/transaction/user.js'
import type { Hop, TransportName } from '../../../../src/sip/transport/transport.js'

/** The surroundings of a machine in tests: a manual clock, and a record of all that it sends. */
export class FakeContext implements MachineContext {
  readonly clock = new FakeClock()
  readonly timers = new TransactionTimers(this.clock, error => {
    throw error
  })
  readonly spans = timerSpans(defaultTimerValues)
  /** The first lines of sent messages, with the time in ms. */
  readonly sent: string[] = []
  /** What the user was told. */
  readonly told: string[] = []
  readonly forgotten: string[] = []
  again = { sent: 0, came: 0 }
  behind = false
  #failures: (() => void)[] = []

  send(bytes: Buffer, _hop: Hop, failed?: () => void): void {
    const text = bytes.toString('latin1')
    this.sent.push(`${text.slice(0, text.search(/\r|$/)).replace(/ (sip:.*|OK|[A-Z][a-z].*)$/, '')} @${this.clock.monotonic()}`)
    if (failed) this.#failures.push(failed)
  }

  /** Makes the network report that the messages so far could not be sent. */
  failAll(): void {
    const failures = this.#failures
    this.#failures = []
    for (const failed of failures) failed()
  }

  sendAgain(bytes: Buffer, hop: Hop): void {
    this.again.sent += 1
    this.send(bytes, hop)
  }

  isBehind(): boolean {
    return this.behind
  }

  cameAgain(): void {
    this.again.came += 1
  }

  forget(key: string): void {
    this.forgotten.push(key)
  }

  /** All visible state, for asserting that nothing has changed. */
  get seen(): string {
    return JSON.stringify([this.sent, this.told, this.forgotten, this.timers.size])
  }

  clientListener(): ClientTransactionListener {
    return {
      provisional: response => void this.told.push(`provisional ${response.status}`),
      final: response => void this.told.push(`final ${response.status}`),
      failed: why => void this.told.push(`failed ${why} @${this.clock.monotonic()}`),
    }
  }

  serverListener(): ServerTransactionListener {
    return {
      cancelled: cancel => void this.told.push(`cancelled ${cancel.method}`),
      failed: why => void this.told.push(`failed ${why} @${this.clock.monotonic()}`),
      unacknowledged: () => void this.told.push(`unacknowledged @${this.clock.monotonic()}`),
    }
  }
}

export const hop = (transport: TransportName = 'udp'): Hop => ({ transport, host: '192.0.2.9', port: 5060 })
