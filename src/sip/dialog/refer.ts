import type { Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import type { InboundRefer, Leg } from '../../legs/leg.js'
import type { ReferProgress, Replaces } from '../../legs/refer.js'
import { referTo, wantsNoNews } from '../message/extensions.js'
import { cseq } from '../message/fields.js'
import { asLine } from '../message/grammar.js'
import { reasonPhraseOf } from '../message/status.js'
import type { ServerTransaction } from '../transaction/user.js'

/** The session's services for a subscription. */
interface NotifyContext {
  readonly clock: Clock
  /** Sends a NOTIFY in the dialog. `answered` gets its status, 408 for silence and 503 for a transport error. */
  notify(headers: readonly ExtraHeader[], body: Body, answered: (status: number) => void): void
}

/** The session, from the view of a REFER in it. */
export interface Referring extends NotifyContext {
  answer(transaction: ServerTransaction, status: number, headers?: readonly ExtraHeader[]): void
  /** Sends 202, which creates a subscription in the dialog, with our Contact. */
  answerReferred(transaction: ServerTransaction, headers: readonly ExtraHeader[]): void
  legOf(replaces: Replaces): Leg | undefined
}

/**
 * Passes a REFER to `decide`. Without `decide`, the REFER is declined. `first`: it is the dialog's first REFER, so its NOTIFYs need no id.
 */
export function referred(
  transaction: ServerTransaction,
  first: boolean,
  session: Referring,
  decide: ((request: InboundRefer) => void) | undefined,
): void {
  const { headers } = transaction.request
  const target = referTo(headers)
  // RFC 3515 §2.4.2: exactly one readable Refer-To.
  if (!target) return session.answer(transaction, 400)
  // Only INVITEs are supported.
  if (!decide || target.method !== 'INVITE') return session.answer(transaction, 603)
  const { uri, replaces } = target
  const leg = replaces && session.legOf(replaces)
  decide({
    to: uri,
    ...(replaces && { replaces: { ...replaces, ...(leg && { leg }) } }),
    accept: () => {
      if (transaction.finalStatus !== undefined) return noNews
      const quiet = wantsNoNews(headers)
      session.answerReferred(transaction, quiet ? [['Refer-Sub', 'false']] : [])
      return quiet ? noNews : new ReferSubscription(session, first ? undefined : cseq(headers)?.number)
    },
    reject: (status, more) => session.answer(transaction, status, more),
  })
}

/** For peers that want no NOTIFYs. */
const noNews: ReferProgress = { ringing: () => undefined, done: () => undefined }

/** Longer than any INVITE that the owner may send. */
const lifetime = seconds(300)

/** The subscription that a REFER creates. Its NOTIFYs are sent in order, one at a time. It ends with the result of the call. */
class ReferSubscription implements ReferProgress {
  readonly #event: string
  readonly #endsAt: number
  #sending = false
  /** The latest state, while an older NOTIFY is unanswered. */
  #waiting: { readonly line: string; readonly state: string } | undefined
  #over = false

  /** `id`: the number of the REFER, if the dialog had one before (RFC 3515 §2.4.6). */
  constructor(
    private readonly context: NotifyContext,
    id: number | undefined,
  ) {
    this.#event = id === undefined ? 'refer' : `refer;id=${id}`
    this.#endsAt = context.clock.monotonic() + lifetime
    this.#tell('100 Trying', this.#active())
  }

  ringing(): void {
    if (!this.#over) this.#tell('180 Ringing', this.#active())
  }

  done(status: number, reasonPhrase = reasonPhraseOf(status)): void {
    if (this.#over) return
    this.#over = true
    this.#tell(`${status} ${asLine(reasonPhrase)}`, 'terminated;reason=noresource')
  }

  #active(): string {
    const left = Math.ceil((this.#endsAt - this.context.clock.monotonic()) / 1000)
    return `active;expires=${Math.max(1, left)}`
  }

  /** A newer state replaces one that waits, because each NOTIFY contains the whole state (RFC 3515 §2.4.4). */
  #tell(line: string, state: string): void {
    if (this.#sending) {
      this.#waiting = { line, state }
      return
    }
    this.#sending = true
    const headers: ExtraHeader[] = [
      ['Event', this.#event],
      ['Subscription-State', state],
    ]
    const body = { type: 'message/sipfrag;version=2.0', text: `SIP/2.0 ${line}\r\n` }
    this.context.notify(headers, body, status => this.#answered(status))
  }

  #answered(status: number): void {
    this.#sending = false
    const next = this.#waiting
    this.#waiting = undefined
    // The peer's subscription is over (RFC 6665 §4.2.2).
    if (status >= 300) this.#over = true
    else if (next) this.#tell(next.line, next.state)
  }
}
