import type { LinkLimits } from './link.js'
import { Overhead, type Sender } from './overhead.js'

/** How one connection is used, and whether that is a reason to close it. */
export class LinkUse {
  /** Somebody can only be reached on the connection, so it stays open when idle. */
  isHeld = false
  #usedAt: number
  readonly #lastMessage: LastMessage
  readonly #unread = new Unread()
  readonly #overhead: Overhead

  constructor(
    private readonly limits: LinkLimits,
    readonly now: () => number,
    sender: () => Sender,
  ) {
    this.#usedAt = now()
    this.#lastMessage = new LastMessage(this.#usedAt)
    this.#overhead = new Overhead(limits.overhead, this.#usedAt, sender)
  }

  /** When something was last sent or received. */
  get usedAt(): number {
    return this.#usedAt
  }

  /** Something was sent or received. Returns the time. */
  used(): number {
    return (this.#usedAt = this.now())
  }

  /** A SIP message came. */
  message(): void {
    this.#lastMessage.came(this.now())
  }

  /** Bytes besides SIP messages came. False: they are too many. */
  takes(bytes: number): boolean {
    return this.#overhead.takes(bytes, this.now())
  }

  /** Why the connection should be closed now, if a stranger has it. */
  strangerOverdue(now: number): 'idle' | 'slow' | undefined {
    return this.#lastMessage.overdue(now, this.limits)
  }

  /** `unsent`: how many bytes wait for the peer to read. */
  unread(now: number, unsent: number): 'unread' | undefined {
    return this.#unread.overdue(now, unsent, this.limits)
  }

  idle(now: number): 'idle' | undefined {
    return !this.isHeld && now - this.#usedAt > this.limits.idleMs ? 'idle' : undefined
  }
}

/** When a peer last sent SIP. Line breaks and garbage do not keep a stranger's connection open. */
class LastMessage {
  #hasCome = false

  constructor(
    /** At first the time when the connection was made. */
    private at: number,
  ) {}

  came(now: number): void {
    this.#hasCome = true
    this.at = now
  }

  /** Why a stranger's connection should be closed now. */
  overdue(now: number, { slowMs, strangerIdleMs }: LinkLimits): 'idle' | 'slow' | undefined {
    const since = now - this.at
    if (this.#hasCome) return since > strangerIdleMs ? 'idle' : undefined
    return since > slowMs ? 'slow' : undefined
  }
}

/** Since when the peer has not read what we sent. A slow peer that catches up now and then is fine. */
class Unread {
  #since: number | undefined

  /** `bytes`: the number that wait now. */
  overdue(now: number, bytes: number, { slowMs }: LinkLimits): 'unread' | undefined {
    this.#since = bytes === 0 ? undefined : (this.#since ?? now)
    return this.#since !== undefined && now - this.#since > slowMs ? 'unread' : undefined
  }
}
