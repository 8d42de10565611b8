import type { Clock, Timer } from '../foundation/clock.js'
import { messageOf } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import { millis, type Millis } from '../foundation/time.js'
import {
  answered,
  beginning,
  mayDecide,
  nextQuestion,
  passed,
  type LeaseAnswer,
  type LeaseQuestion,
  type LeaseState,
} from './lease.js'
import type { Heard, Sight } from './sight.js'

interface LeaseKeeperOptions {
  readonly clock: Clock
  readonly log: Log
  /** This node's name. */
  readonly node: string
  readonly span: Millis
  readonly ask: (question: LeaseQuestion) => Promise<LeaseAnswer>
  /** This node led, and leads no more. The process must do nothing more. */
  readonly over: (why: string) => void
  /** Redis has answered. */
  readonly heard?: (heard: Heard) => void
}

/** In ms: a lease that was given up is taken soon, however long it is. */
const looksWithin = 250

/** Asks Redis for the lease again and again, at least eight times in a span. */
export class LeaseKeeper {
  #state: LeaseState = beginning
  #timer: Timer | undefined
  #end: Timer | undefined
  #isLost = false
  #heard: Pick<LeaseAnswer, 'others' | 'latest'> = {}
  #lead: ((token: number) => void) | undefined
  /** Resolves with the token when this node leads. */
  readonly leads = new Promise<number>(resolve => (this.#lead = resolve))

  constructor(private readonly options: LeaseKeeperOptions) {}

  get state(): LeaseState {
    return this.#state
  }

  /** The other nodes that stand by. */
  get others(): readonly string[] {
    return this.#isLost ? [] : (this.#heard.others ?? [])
  }

  /** Redis did not answer the last question. */
  get isLost(): boolean {
    return this.#isLost
  }

  get sight(): Sight {
    const { node } = this.options
    const leads = this.#state.kind === 'leading'
    const leader = this.#state.kind === 'following' ? this.#state.leader : node
    const since = leader === undefined ? undefined : this.#heard.latest?.since
    return { role: leads ? 'leader' : this.#isLost ? 'lost' : 'standby', node, leader, since, others: this.others }
  }

  /** Whether this node may decide now. If not although it led, this ends the process. */
  mayDecide(): boolean {
    if (mayDecide(this.#state, this.options.clock.monotonic())) return true
    this.#take(passed(this.#state, this.options.clock.monotonic()))
    return false
  }

  begin(): void {
    void this.#ask()
    this.#timer = this.options.clock.after(millis(Math.min(looksWithin, this.options.span / 8)), () => this.begin())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#end?.cancel()
  }

  async #ask(): Promise<void> {
    const { clock, ask, span } = this.options
    const sentAt = clock.monotonic()
    const question = nextQuestion(this.#state, span, sentAt)
    if (!question) return
    try {
      const answer = await ask(question)
      const now = clock.monotonic()
      this.#tellLost(undefined)
      this.#heard = answer
      const hasLeader = answer.kind === 'ours' || answer.leader !== undefined
      this.options.heard?.({ took: now - sentAt, hasLeader, lease: answer.latest?.token })
      this.#take(answered(this.#state, answer, { sentAt, now, span }))
    } catch (error) {
      this.#tellLost(error)
      this.#take(passed(this.#state, clock.monotonic()))
    }
  }

  #take(next: LeaseState): void {
    const before = this.#state
    this.#state = next
    if (next.kind === 'leading') this.#leading(next, before)
    if (next.kind !== 'over' || before.kind === 'over') return
    this.stop()
    this.options.log.error(`this node leads no more: ${next.why}`, { event: 'cluster.lost', why: next.why })
    this.options.over(next.why)
  }

  #leading({ token, until }: Extract<LeaseState, { kind: 'leading' }>, before: LeaseState): void {
    const { clock, log, node } = this.options
    this.#end?.cancel()
    // Ends the process also while no answer comes.
    this.#end = clock.after(millis(Math.max(0, until - clock.monotonic())), () => this.mayDecide())
    if (before.kind === 'leading') return
    log.info?.(`${node} leads`, { event: 'cluster.leads', node, lease: token })
    this.#lead?.(token)
  }

  /** Logged once per change. */
  #tellLost(error: unknown): void {
    if (this.#isLost === (error !== undefined)) return
    this.#isLost = error !== undefined
    const { log } = this.options
    if (this.#isLost) log.warn(`Redis does not answer (${messageOf(error)})`, { event: 'cluster.noRedis', why: messageOf(error) })
    else log.info?.('Redis answers again', { event: 'cluster.redis' })
  }
}
