import { detached } from '../../foundation/detached.js'
import type { Body } from '../../legs/body.js'
import type { SipResponse } from '../message/message.js'
import type { Hop } from '../transport/transport.js'
import type { Dialog } from './dialog.js'
import type { OwedAck } from './owed-ack.js'
import { ProvisionalOrder, type Heard } from './reliable.js'

/**
 * How many forks of one INVITE count. Each fork that answers costs a session, an ACK and a BYE. Further ones get no ACK, and their
 * sender gives up by itself (RFC 3261 §13.3.1.4).
 */
const mostForks = 16
/** How many reliable provisional responses count, for all forks of an INVITE together. A phone sends only a few. */
const mostReliable = 100

/** The reliable provisional responses of one fork (RFC 3262). */
interface Early {
  readonly dialog: Dialog
  /** The fork's answer to our SDP offer, which the 2xx need not repeat (RFC 3262 §5). */
  answer: Body | undefined
}

/** What the forks of one INVITE of ours have sent. The To tag identifies a fork. */
export class Forks {
  /** The first SDP of each fork, or undefined if its first response had none. */
  readonly #first = new Map<string, Body | undefined>()
  readonly #order = new ProvisionalOrder(mostForks, mostReliable)
  /** Forks with reliable responses. Most INVITEs have none. */
  #early: Map<string, Early> | undefined
  /** Forks that answered. Usually one, so an array is smaller than a Map. */
  readonly #answered: { readonly tag: string; readonly ack: OwedAck }[] = []

  /** How to handle a provisional response: whether to acknowledge, report or drop it. */
  hear(response: SipResponse): Heard {
    return this.#order.hear(response)
  }

  hasSpoken(tag: string): boolean {
    return this.#first.has(tag)
  }

  /** Whether the fork is new and the limit of forks is not reached. */
  isNew(tag: string): boolean {
    return !this.#first.has(tag) && this.#first.size < mostForks
  }

  /** A fork's first response. `answer`: its SDP, if it answers our offer. */
  spoke(tag: string, answer: Body | undefined): void {
    this.#first.set(detached(tag), answer && { type: detached(answer.type), text: detached(answer.text) })
  }

  spokeReliably(tag: string, dialog: Dialog, answer: Body | undefined): void {
    this.#early ??= new Map()
    const early = this.#early.get(tag)
    if (early) early.answer = answer ?? early.answer
    else this.#early.set(detached(tag), { dialog, answer })
  }

  /** The early dialog that the fork's reliable responses created. */
  early(tag: string): Dialog | undefined {
    return this.#early?.get(tag)?.dialog
  }

  /**
   * The answer to our offer if the 2xx has none. It came in a reliable response (RFC 3262 §5), or as the first SDP in an unreliable one
   * (RFC 3261 §13.2.1).
   */
  answerBefore(tag: string): Body | undefined {
    return this.#early?.get(tag)?.answer ?? this.#first.get(tag)
  }

  /** Whether the source is the peer of one of the early dialogs. */
  isFrom(source: Hop): boolean {
    if (!this.#early) return false
    for (const { dialog } of this.#early.values()) if (dialog.isFrom(source)) return true
    return false
  }

  /** Whether the limit of forks that answer is reached. */
  get isFull(): boolean {
    return this.#answered.length >= mostForks
  }

  answered(tag: string, ack: OwedAck): void {
    this.#answered.push({ tag: detached(tag), ack })
  }

  /** Whether the 2xx is a repetition. Its ACK is then sent again. */
  acknowledgesAgain(tag: string): boolean {
    const known = this.#answered.find(fork => fork.tag === tag)
    known?.ack.again()
    return known !== undefined
  }
}
