import assert from 'node:assert/strict'
import type { Timer } from '../../../../../src/foundation/clock.js'
import type { Millis } from '../../../../../src/foundation/time.js'
import type { Machine } from '../../../../../src/sip/transaction/machine.js'
import { TransactionTimers, type TimerOwner } from '../../../../../src/sip/transaction/timer-queue.js'
import type { TimerName } from '../../../../../src/sip/transaction/timers.js'
import type { ClientTransactionListener, ServerTransactionListener } from '../../../../../src/sip/transaction/user.js'
import type { Hop } from '../../../../../src/sip/transport/transport.js'
import { FakeContext, hop } from '../context.js'

/**
 * State × event of the transaction machines, as data. `cells.test.ts` makes one test of each cell. The types require a cell for
 * each pair, so a new state or event does not compile until the table says what happens.
 */

export type Transport = 'udp' | 'stream'
/** The same value for every transport, or one for each. */
export type Each<T> = T | { readonly udp: T; readonly stream: T }

/** The states of the machine's own type. */
export type StateOf<M> = M extends Machine<infer State> ? State : never

/** The result of an event. What is left out does not happen. */
export interface Outcome<Situation extends string> {
  /** The first word of each sent message: `ACK`, `180`. `ACK again`: it counts as a repetition. */
  readonly sends?: readonly string[]
  /** What the user is told. */
  readonly tells?: readonly string[]
  /** The next row, with its state and timers. Default: the same row. */
  readonly then?: Situation
  /** The running timers, if they differ from the row's: name and time in ms. */
  readonly timers?: readonly string[]
  /** The message counts as a repetition. */
  readonly absorbs?: true
  /** The machine's return value: this response is new, this response was sent, or this ACK is for the user. */
  readonly returns?: true
  /** The section that requires it, if it differs from the row's. */
  readonly rule?: string
}

/** `idle`: this timer does not run here. */
export type Cell<Situation extends string> = Each<Outcome<Situation>> | 'idle'

/** One state. A state has two rows when the machine distinguishes more than the RFC's name. */
export interface Row<State extends string, Situation extends string, Event extends string> {
  readonly state: State
  /** The section that describes it. */
  readonly rule: string
  /** The events that lead here from the start. */
  readonly by: Each<readonly Event[]>
  /** The timers that run here: name and time in ms. */
  readonly timers: Each<readonly string[]>
  /** The only transport with this row, and the reason. */
  readonly only?: { readonly transport: Transport; readonly because: string }
  readonly on: Readonly<Record<Event, Cell<Situation>>>
}

/** A machine and its whole table. */
export interface Subject<State extends string, Situation extends string, Act extends string, Timers extends TimerName> {
  readonly name: string
  start(context: CellContext, to: Hop): Driven<State, Act>
  /** Events that exist only over streams. */
  readonly streamOnly: readonly Act[]
  readonly rows: Readonly<Record<Situation, Row<State, Situation, Act | `timer ${Timers}`>>>
}

/** A machine under test. */
export interface Driven<State extends string, Act extends string> {
  state(): State
  /** The return value: see `Outcome.returns`. */
  readonly acts: Readonly<Record<Act, () => unknown>>
}

/** These timers do not run. */
export const idle = <Event extends string>(...events: readonly Event[]): Record<Event, 'idle'> => all(events, 'idle')

/** These events have no visible effect. */
export const nothing = <Event extends string>(...events: readonly Event[]): Record<Event, object> => all(events, {})

function all<Event extends string, T>(events: readonly Event[], value: T): Record<Event, T> {
  return Object.fromEntries(events.map(event => [event, value])) as Record<Event, T>
}

export function over<T extends object>(transport: Transport, each: Each<T>): T {
  return 'udp' in each ? each[transport] : each
}

interface Running {
  readonly owner: TimerOwner
  readonly name: TimerName
  readonly span: Millis
  readonly timer: Timer
}

/** Timers that the test fires by name, in any order. */
class NamedTimers extends TransactionTimers {
  readonly running = new Set<Running>()

  override start(owner: TimerOwner, name: TimerName, span: Millis): Timer {
    const timer = super.start(owner, name, span)
    const running = { owner, name, span, timer }
    this.running.add(running)
    const cancel = (): void => {
      this.running.delete(running)
      timer.cancel()
    }
    return { cancel }
  }

  fire(name: string): void {
    const found = [...this.running].find(each => each.name === name)
    assert(found, `timer ${name} runs`)
    this.running.delete(found)
    found.timer.cancel()
    found.owner.timerFired(found.name)
  }
}

/** The surroundings of a machine, and a record of its effects. */
export class CellContext extends FakeContext {
  override readonly timers = new NamedTimers(this.clock, error => {
    throw error
  })

  override send(bytes: Buffer, to: Hop, failed?: () => void): void {
    super.send(bytes, to, failed)
    this.sent.splice(-1, 1, firstWord(bytes))
  }

  override sendAgain(bytes: Buffer): void {
    this.sent.push(`${firstWord(bytes)} again`)
  }

  get running(): string[] {
    return [...this.timers.running].map(({ name, span }) => `${name} ${span}`).sort()
  }

  override clientListener(): ClientTransactionListener {
    return { ...super.clientListener(), failed: why => void this.told.push(`failed ${why}`) }
  }

  override serverListener(): ServerTransactionListener {
    return {
      cancelled: () => void this.told.push('cancelled'),
      failed: why => void this.told.push(`failed ${why}`),
      unacknowledged: () => void this.told.push('unacknowledged'),
    }
  }

  /** Clears the record. */
  clear(): void {
    this.sent.length = 0
    this.told.length = 0
    this.again.came = 0
  }
}

const firstWord = (bytes: Buffer): string => /^(?:SIP\/2\.0 )?(\w+)/.exec(bytes.toString('latin1'))?.[1] ?? ''

export const hopOver = (transport: Transport): Hop => hop(transport === 'udp' ? 'udp' : 'tcp')
