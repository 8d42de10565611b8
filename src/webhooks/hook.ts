import { randomUUID } from 'node:crypto'
import type { WebhookEvent, WebhookSettings } from '../config/webhooks.js'
import { wallNow, type Clock, type Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { millis, wallTime, type Millis, type WallTime } from '../foundation/time.js'
import type { Attempt, Post } from './post.js'
import { signedHeaders } from './sign.js'

type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'dropped'

/** One event on its way to a receiver, as admins see it. */
export interface Delivery {
  readonly id: string
  readonly event: WebhookEvent | 'test'
  /** Absent: a test. */
  readonly call?: string
  readonly at: WallTime
  readonly state: DeliveryState
  readonly attempts: number
  /** The last attempt. Absent: none has ended. */
  readonly last?: { readonly at: WallTime; readonly took: Millis; readonly attempt: Attempt }
  /** When the next attempt begins. Absent: it is under way, or there is none. */
  readonly next?: WallTime
}

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }
interface Pending {
  readonly shown: Changeable<Delivery>
  readonly body: string
  timer?: Timer
}

/** Waits between attempts. The last attempt is about three quarters of an hour after the first. */
const waits = [5, 30, 120, 600, 1_800].map(seconds => millis(seconds * 1_000))
/** Events that wait for their delivery, and attempts at a time. */
const [mostWaiting, mostUnderWay] = [1_000, 4]
/** Deliveries that are kept for the log. */
const mostShown = 200

interface HookSurroundings {
  readonly clock: Clock
  readonly log: Log
  readonly post: Post
  readonly gone: AbortSignal
}

/** The events for one receiver. They wait in memory, so a call never waits for a receiver. A restart loses what waits. */
export class Hook {
  readonly counts = new Map<'delivered' | 'failed' | 'dropped', number>([
    ['delivered', 0],
    ['failed', 0],
    ['dropped', 0],
  ])
  readonly #due: Pending[] = []
  readonly #shown: Delivery[] = []
  readonly #waiting = new Set<Pending>()
  #whenIdle: (() => void)[] = []
  #underWay = 0
  #isFull = false

  constructor(
    public settings: WebhookSettings,
    private readonly surroundings: HookSurroundings,
  ) {}

  /** Events that are not delivered yet. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Resolves when no attempt is under way or due now. */
  whenIdle(): Promise<void> {
    return this.#underWay === 0 ? Promise.resolve() : new Promise(resolve => void this.#whenIdle.push(resolve))
  }

  /** The latest first. */
  deliveries(): readonly Delivery[] {
    return this.#shown.toReversed()
  }

  send(event: WebhookEvent, call: string, body: string): void {
    const shown = this.#begin(event, call)
    this.#condition(this.#waiting.size >= mostWaiting)
    if (this.#isFull) return this.#end(shown, 'dropped')
    const pending = { shown, body }
    this.#waiting.add(pending)
    this.#due.push(pending)
    this.#work()
  }

  /** Sends a test now, once. */
  async test(body: string): Promise<Delivery> {
    const shown = this.#begin('test')
    const attempt = await this.#attempt(shown, body)
    this.#end(shown, isGood(attempt) ? 'delivered' : 'failed')
    return shown
  }

  stop(): void {
    for (const { timer } of this.#waiting) timer?.cancel()
    this.#waiting.clear()
    this.#due.length = 0
  }

  #begin(event: Delivery['event'], call?: string): Changeable<Delivery> {
    const at = wallNow(this.surroundings.clock)
    const shown: Changeable<Delivery> = { id: randomUUID(), event, at, state: 'waiting', attempts: 0 }
    if (call !== undefined) shown.call = call
    this.#shown.push(shown)
    if (this.#shown.length > mostShown) this.#shown.shift()
    return shown
  }

  #work(): void {
    while (this.#underWay < mostUnderWay) {
      const pending = this.#due.shift()
      if (!pending) return
      this.#underWay += 1
      void this.#deliver(pending)
    }
  }

  async #deliver(pending: Pending): Promise<void> {
    const { shown, body } = pending
    delete shown.next
    const attempt = await this.#attempt(shown, body)
    this.#underWay -= 1
    // Otherwise it was stopped meanwhile.
    if (this.#waiting.has(pending)) {
      if (isGood(attempt)) this.#settle(pending, 'delivered')
      else this.#again(pending, attempt)
      this.#work()
    }
    if (this.#underWay === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  async #attempt(shown: Changeable<Delivery>, body: string): Promise<Attempt> {
    const { clock, post, gone } = this.surroundings
    const { url, key, timeout } = this.settings
    const [began, at] = [clock.now(), wallNow(clock)]
    const attempt = await post({ url, headers: signedHeaders(shown.id, at, body, key), body, timeout, gone })
    shown.attempts += 1
    shown.last = { at, took: millis(clock.now() - began), attempt }
    return attempt
  }

  #again(pending: Pending, attempt: Attempt): void {
    const { clock, log } = this.surroundings
    const { shown } = pending
    const wait = waits[shown.attempts - 1]
    if (wait === undefined) {
      this.#settle(pending, 'failed')
      const why = wordsOf(attempt)
      log.warn(`the webhook ${this.settings.name} did not take ${shown.event} in ${shown.attempts} attempts: ${why}`, {
        ...{ event: 'webhook.failed', webhook: this.settings.name, why, ...(shown.call !== undefined && { callId: shown.call }) },
      })
      return
    }
    shown.next = wallTime(wallNow(clock) + wait)
    pending.timer = clock.after(wait, () => {
      this.#due.push(pending)
      this.#work()
    })
  }

  #settle(pending: Pending, state: 'delivered' | 'failed'): void {
    this.#waiting.delete(pending)
    this.#end(pending.shown, state)
  }

  #end(shown: Changeable<Delivery>, state: 'delivered' | 'failed' | 'dropped'): void {
    shown.state = state
    this.counts.set(state, (this.counts.get(state) ?? 0) + 1)
  }

  /** Once it was full, half of the room must be free before events are taken again, so that the log has few lines. */
  #condition(isFull: boolean): void {
    const { log } = this.surroundings
    const { name } = this.settings
    if (!this.#isFull && isFull)
      log.warn(`${mostWaiting} events wait for the webhook ${name}: further ones are dropped`, {
        event: 'webhook.full',
        webhook: name,
      })
    this.#isFull = isFull || (this.#isFull && this.#waiting.size > mostWaiting / 2)
  }
}

const isGood = (attempt: Attempt): boolean => attempt.kind === 'answered' && attempt.status >= 200 && attempt.status < 300

/** An attempt in words, such as `404`. */
const wordsOf = (attempt: Attempt): string => (attempt.kind === 'answered' ? String(attempt.status) : attempt.because)
