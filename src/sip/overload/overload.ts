import type { Clock, Timer } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { millis } from '../../foundation/time.js'
import { budgetOf } from '../message/lean.js'
import { formatVia, type Via } from '../message/via.js'
import type { SipRequest } from '../message/message.js'
import { responseHop } from '../transport/received.js'
import type { Glance, Hop } from '../transport/transport.js'
import { OverloadControl, type Sender } from './control.js'
import { Feedback } from './feedback.js'
import { firstLook, isAckOfRefusal, refusalBytes } from './first-look.js'
import { OverloadLog } from './overload-log.js'
import { RefusedCalls } from './refused-calls.js'

interface OverloadOptions {
  readonly clock: Clock
  readonly log: Log
  /** Whether calls may be refused (`sip.overload.refuse`). */
  readonly refuses: () => boolean
  /** The total idle time of this thread so far, in ms. */
  readonly rested: () => number
  /** 32 random bits. */
  readonly secret: number
  /** Default: the limits of docs/decisions/098-overload.md. */
  readonly control?: OverloadControl
}

/** What the endpoint knows of a message before it is read. */
interface Arrived {
  readonly bytes: Buffer
  readonly source: Hop
  readonly sender: Sender
  /** Which sender a new call counts for. Called once for each call. */
  readonly asCaller: () => Sender
  /** Whether a transaction has this name. */
  readonly isServed: (key: string) => boolean
  /** Whether one more stranger at that address gets a response. */
  readonly mayAnswer: () => boolean
}

/** In ms. */
const lookEvery = millis(50)
/** A thread that rests for a larger share of the time has read everything. */
const rests = 0.5

/**
 * Refuses new calls while received messages wait for too long. A refusal reads only the first lines of the INVITE. It makes no transaction,
 * no ladder and no log line of its own. All other messages pass (docs/decisions/098-overload.md).
 */
export class Overload {
  readonly #control: OverloadControl
  readonly #refused: RefusedCalls
  readonly #told: OverloadLog
  readonly #feedback: Feedback
  #timer: Timer | undefined
  #look = { dueAt: 0, rested: 0, delay: 0 }
  /** The messages since the last look. They are counted only while `isActive`. */
  #seen = { all: 0, strangers: 0 }
  /** The call that is read now was admitted at its first look. */
  #isAdmitted = false

  constructor(private readonly options: OverloadOptions) {
    const { clock, log, secret, control = new OverloadControl() } = options
    this.#control = control
    this.#refused = new RefusedCalls(clock, secret)
    this.#told = new OverloadLog(log)
    this.#feedback = new Feedback(clock)
  }

  /** How long received messages wait, in ms, and whether some new calls are refused. */
  get state(): { readonly delay: number; readonly refuses: boolean } {
    return { delay: this.#look.delay, refuses: this.options.refuses() && this.#control.level !== 'none' }
  }

  /** `delayNow`: how long datagrams wait, in ms. Undefined: not known. Called only while the thread is busy. */
  start(delayNow: () => number | undefined): void {
    const { clock, rested } = this.options
    this.#look = { dueAt: clock.monotonic() + lookEvery, rested: rested(), delay: 0 }
    this.#again(delayNow)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  /** Looks at a message before it is read. Undefined: it is read as usual. */
  glance(arrived: Arrived): Glance | undefined {
    this.#isAdmitted = false
    const { bytes, source } = arrived
    this.#seen.all += 1
    if (arrived.sender === 'stranger') this.#seen.strangers += 1
    if (isAckOfRefusal(bytes)) return { kind: 'ignored', method: 'ACK' }
    const look = firstLook(bytes)
    if (!look || arrived.isServed(look.key)) return undefined
    const sender = arrived.asCaller()
    if (sender !== arrived.sender) this.#seen.strangers += 1
    if (this.#admits(look.key, sender)) {
      this.#isAdmitted = true
      return undefined
    }
    const answer = refusalBytes(look, source, retryAfter(look.key))
    // The address of anybody but a trusted peer may be forged, so they get no more than they sent, nearly.
    const isShort = sender === 'trusted' || answer.length <= budgetOf(bytes.length)
    const isAnswered = isShort && (sender !== 'stranger' || arrived.mayAnswer())
    if (!isAnswered) return { kind: 'ignored', method: 'INVITE', why: whyOf(sender) }
    return { kind: 'refused', why: whyOf(sender), bytes: answer, hop: responseHop(hopVia(look.via, source), source) }
  }

  /** Refuses a new call whose INVITE was read as a whole. `why`: the label for counting. Undefined: the call is admitted. */
  refusal(
    key: () => string,
    from: () => Sender,
  ): { readonly why: string; readonly headers: readonly (readonly [string, string])[] } | undefined {
    if (this.#isAdmitted || !this.isActive) return undefined
    const [name, sender] = [key(), from()]
    return this.#admits(name, sender) ? undefined : { why: whyOf(sender), headers: [['Retry-After', String(retryAfter(name))]] }
  }

  /** Tells a peer that asks for it, in the responses to this request, which share of its calls it should not send (RFC 7339 §5). */
  feedBack(request: SipRequest, via: Via): void {
    if (!this.options.refuses()) return
    const told = this.#feedback.told(via, this.#control.rate)
    if (told) request.headers.setFirstValue('Via', formatVia(told), told)
  }

  /** Whether `glance` must look at each message. */
  get isActive(): boolean {
    return this.options.refuses() && (this.#control.level !== 'none' || this.#refused.hasAny)
  }

  #admits(key: string, sender: Sender): boolean {
    const now = this.options.clock.monotonic()
    if (sender === 'stranger') return this.#control.admits(now, sender) || this.#told.refused(sender)
    if (!this.#refused.has(key)) {
      this.#feedback.offered(now)
      if (this.#control.admits(now, sender)) return true
      this.#refused.add(key)
    }
    return this.#told.refused(sender)
  }

  #again(delayNow: () => number | undefined): void {
    this.#timer = this.options.clock.after(lookEvery, () => {
      this.#lookNow(delayNow)
      this.#again(delayNow)
    })
  }

  #lookNow(delayNow: () => number | undefined): void {
    const { clock, rested, refuses } = this.options
    const now = clock.monotonic()
    const sum = rested()
    const { dueAt, rested: before } = this.#look
    const late = Math.max(0, now - dueAt)
    const isBusy = sum - before < rests * (late + lookEvery)
    const delay = isBusy ? Math.max(late, delayNow() ?? 0) : 0
    this.#look = { dueAt: now + lookEvery, rested: sum, delay }
    const { all, strangers } = this.#seen
    this.#seen = { all: 0, strangers: 0 }
    if (!refuses()) return
    this.#control.look(now, { late, delay, mostlyStrangers: strangers > all / 2 })
    this.#told.look(now, delay, this.#control)
  }
}

const whyOf = (sender: Sender): 'overload' | 'overloadStranger' => (sender === 'stranger' ? 'overloadStranger' : 'overload')

/** In seconds: 1 to 4, so that callers do not all come back at one time. A longer time would keep a PBX away after the overload. */
const retryAfter = (key: string): number => 1 + (key.charCodeAt(key.length - 1) & 3)

/** The Via with the source, for the way of the response (RFC 3581 §4). */
const hopVia = (via: Via, source: Hop): Via => (via.rport === undefined ? via : { ...via, rport: source.port })
