import type { ResponseParts } from '../message/build.js'
import { rack, rseq } from '../message/extensions.js'
import { cseq, requires, to } from '../message/fields.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { detached } from '../transaction/matching.js'

/** The first number is drawn from the lower half, so that it can count up (RFC 3262 §3). */
const firstNumbers = 2 ** 31 - 1

/** Sends one provisional response with this number, again and again until `acknowledged`. */
export interface ReliableSender {
  send(status: number, parts: ResponseParts, rseq: number): void
  acknowledged(): void
}

/**
 * Our reliable provisional responses to one INVITE (RFC 3262 §3). One is open at a time; of those that come meanwhile the last is sent when
 * it is acknowledged, for the caller is told what is so now. None of ours has a session description, so a 2xx waits for no PRACK.
 */
export class ReliableProvisionals {
  #last: number
  /** Let go with the INVITE's final response: what stays, for a PRACK behind it, is the number. */
  #sender: ReliableSender | undefined
  #open = false
  #waiting: { readonly status: number; readonly parts: ResponseParts } | undefined

  /** `random`: a whole number of 32 random bits. */
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

  /** Whether the PRACK is for the one that is open; else 481. */
  acknowledge({ headers }: SipRequest): boolean {
    const named = rack(headers)
    const { inviteNumber } = this
    const known = this.#open && named?.rseq === this.#last && named.cseq === inviteNumber && named.method === 'INVITE'
    if (known) this.#open = false
    return known
  }

  /** Once the PRACK was answered. */
  goOn(): void {
    this.#sender?.acknowledged()
    const next = this.#waiting
    this.#waiting = undefined
    if (next) this.send(next.status, next.parts)
  }
}

/** What becomes of a provisional response to an INVITE of ours. */
export type Heard =
  | { readonly kind: 'unreliable' }
  /** To be acknowledged by a PRACK with this RAck, and told. */
  | { readonly kind: 'next'; readonly tag: string; readonly rack: string }
  /** It came before, or one before it has not come: neither acknowledged nor told (RFC 3262 §4). */
  | { readonly kind: 'dropped' }
  /** From one fork too many, or one too many of all forks: likewise. */
  | { readonly kind: 'tooMany' }

/** The order of reliable provisional responses, for each fork its own. */
export class ProvisionalOrder {
  /** The last number by the fork's tag; most INVITEs never need it. */
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
