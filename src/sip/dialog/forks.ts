import type { Body } from '../../legs/body.js'
import type { SipResponse } from '../message/message.js'
import { detached } from '../transaction/matching.js'
import type { Hop } from '../transport/transport.js'
import type { Dialog } from './dialog.js'
import type { OwedAck } from './owed-ack.js'
import { ProvisionalOrder, type Heard } from './reliable.js'

/**
 * So many forks of one INVITE count: each that answers costs a session, an ACK and a BYE. Further ones are not acknowledged; their
 * sender gives up by itself (RFC 3261 §13.3.1.4).
 */
const mostForks = 16
/** Of all its forks together: a phone says that it rings a few times. */
const mostReliable = 100

/** What one fork has said reliably (RFC 3262). */
interface Early {
  readonly dialog: Dialog
  /** Its answer to our SDP offer, which the 2xx need not repeat (RFC 3262 §5). */
  answer: Body | undefined
}

/** What the forks of one INVITE of ours have said. Each is known by its To tag. */
export class Forks {
  /** Each fork's first description, also where that is none. */
  readonly #first = new Map<string, Body | undefined>()
  readonly #order = new ProvisionalOrder(mostForks, mostReliable)
  /** Forks that spoke reliably; most INVITEs have none. */
  #early: Map<string, Early> | undefined
  /** Forks that answered. Mostly one and few at most, so no Map, which is larger than all else that lingers. */
  readonly #answered: { readonly tag: string; readonly ack: OwedAck }[] = []

  /** Whether a provisional response is to be acknowledged, told or dropped. */
  hear(response: SipResponse): Heard {
    return this.#order.hear(response)
  }

  hasSpoken(tag: string): boolean {
    return this.#first.has(tag)
  }

  /** Whether the fork has not spoken before, and there is room for one more. */
  isNew(tag: string): boolean {
    return !this.#first.has(tag) && this.#first.size < mostForks
  }

  /** The first response of a fork came. `answer`: its description, if it answers an offer of ours. */
  spoke(tag: string, answer: Body | undefined): void {
    this.#first.set(detached(tag), answer && { type: detached(answer.type), text: detached(answer.text) })
  }

  spokeReliably(tag: string, dialog: Dialog, answer: Body | undefined): void {
    this.#early ??= new Map()
    const early = this.#early.get(tag)
    if (early) early.answer = answer ?? early.answer
    else this.#early.set(detached(tag), { dialog, answer })
  }

  /** The early dialog that reliable responses have made. */
  early(tag: string): Dialog | undefined {
    return this.#early?.get(tag)?.dialog
  }

  /**
   * The answer to our offer where the 2xx holds none. It came reliably (RFC 3262 §5), or the first description was it, also
   * unreliably (RFC 3261 §13.2.1).
   */
  answerBefore(tag: string): Body | undefined {
    return this.#early?.get(tag)?.answer ?? this.#first.get(tag)
  }

  /** Whether one of the early dialogs is with somebody there. */
  isFrom(source: Hop): boolean {
    if (!this.#early) return false
    for (const { dialog } of this.#early.values()) if (dialog.isFrom(source)) return true
    return false
  }

  /** As many forks answered as count. */
  get isFull(): boolean {
    return this.#answered.length >= mostForks
  }

  answered(tag: string, ack: OwedAck): void {
    this.#answered.push({ tag: detached(tag), ack })
  }

  /** Whether it is a 2xx that came before. Its ACK is sent again. */
  acknowledgesAgain(tag: string): boolean {
    const known = this.#answered.find(fork => fork.tag === tag)
    known?.ack.again()
    return known !== undefined
  }
}
