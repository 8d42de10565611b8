import { detached } from '../../foundation/detached.js'
import type { ResponseParts } from '../message/build.js'
import { rack, rseq } from '../message/extensions.js'
import { cseq, requires, to } from '../message/fields.js'
import type { SipRequest, SipResponse } from '../message/message.js'

/** The first RSeq number is random and below 2^31, so that it can count up (RFC 3262 §3). */
const firstNumbers = 2 ** 31 - 1

/** Sends one provisional response with this number, and repeats it until `acknowledged`. */
interface ReliableSender {
  send(status: number, parts: ResponseParts, rseq: number): void
  acknowledged(): void
}

/**
 * Our reliable provisional responses to one INVITE (RFC 3262 §3). One is sent at a time. While it is unacknowledged, only the latest of
 * the others waits, because the caller needs only the current state. None of ours has SDP, so a 2xx need not wait for a PRACK.
 */
export class ReliableProvisionals {
  #last: number
  /** Dropped at the INVITE's final response. `#last` stays, for a PRACK that comes later. */
  #sender: ReliableSender | undefined
  #open = false
  #waiting: { readonly status: number; readonly parts: ResponseParts } | undefined

  /** `random`: 32 random bits as a whole number. */
  constructor(
    private readonly inviteNumber: number,
    random: number,
    sender: ReliableSender,
  ) {
    this.#last = random % firstNumbers
    this.#sender = sender
  }

  send(status: number, parts: ResponseParts): void {
    if (this.#open) {
      this.#waiting = { status, parts }
      return
    }
    this.#open = true
    this.#last += 1
    this.#sender?.send(status, parts, this.#last)
  }

  close(): void {
    this.#sender = undefined
    this.#waiting = undefined
  }

  /** Whether the PRACK acknowledges the pending response. If not, it gets 481. */
  acknowledge({ headers }: SipRequest): boolean {
    const named = rack(headers)
    const { inviteNumber } = this
    const known = this.#open && named?.rseq === this.#last && named.cseq === inviteNumber && named.method === 'INVITE'
    if (known) this.#open = false
    return known
  }

  /** Sends the response that waits. Call it after the PRACK was answered. */
  goOn(): void {
    this.#sender?.acknowledged()
    const next = this.#waiting
    this.#waiting = undefined
    if (next) this.send(next.status, next.parts)
  }
}

/** How a provisional response to our INVITE is handled. */
export type Heard =
  | { readonly kind: 'unreliable' }
  /** It is acknowledged by a PRACK with this RAck, and reported. */
  | { readonly kind: 'next'; readonly tag: string; readonly rack: string }
  /** It came before, or an earlier one is missing: neither acknowledged nor reported (RFC 3262 §4). */
  | { readonly kind: 'dropped' }
  /** It exceeds the limit of forks or of responses: neither acknowledged nor reported. */
  | { readonly kind: 'tooMany' }

/** The order of reliable provisional responses, separately for each fork. */
export class ProvisionalOrder {
  /** The last RSeq number of each fork, by its tag. Most INVITEs have none. */
  #last: Map<string, number> | undefined
  #acknowledged = 0

  constructor(
    private readonly mostForks: number,
    private readonly mostReliable: number,
  ) {}

  hear({ headers }: SipResponse): Heard {
    const number = headers.has('RSeq') && requires(headers).includes('100rel') ? rseq(headers) : undefined
    const tag = number === undefined ? undefined : to(headers)?.tag
    if (number === undefined || tag === undefined) return { kind: 'unreliable' }
    const why = this.#refusal(tag, number)
    if (why) return { kind: why }
    this.#acknowledged += 1
    this.#last ??= new Map()
    this.#last.set(detached(tag), number)
    return { kind: 'next', tag, rack: `${number} ${cseq(headers)?.number ?? 0} INVITE` }
  }

  #refusal(tag: string, number: number): 'dropped' | 'tooMany' | undefined {
    const last = this.#last?.get(tag)
    if (last !== undefined && number !== last + 1) return 'dropped'
    const isNewOver = last === undefined && (this.#last?.size ?? 0) >= this.mostForks
    return isNewOver || this.#acknowledged >= this.mostReliable ? 'tooMany' : undefined
  }
}
