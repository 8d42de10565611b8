import type { SipRequest } from './message/message.js'
import type { ServerTransaction, StatelessRefusal } from './transaction/user.js'
import type { Hop } from './transport/transport.js'

/** Answers requests of its own kind: a registrar, a presence agent, the dialog of a subscription. */
export interface RequestTaker {
  onRequest(transaction: ServerTransaction): void
}

/** Our side of a dialog. Call-ID and tags are no secret, so its requests are taken only from where the other side is. */
export interface DialogTaker extends RequestTaker {
  /** Whether the other side of the dialog speaks from there. */
  isFrom(source: Hop): boolean
  /** The address of record of a phone that may prove who it is when it speaks from elsewhere. Undefined: its place is all that tells. */
  readonly account: string | undefined
  /** Requests of the other side may not reach us any more. */
  unheard?(wasCut: (contact: string) => boolean): void
  /** The answer to a request that needs no transaction, as it changes nothing. Undefined: it needs one. */
  answersAtOnce?(request: SipRequest, source: Hop): StatelessRefusal | undefined
}

/** Serves one method outside dialogs. */
export interface MethodService extends RequestTaker {
  /** True: it asks for credentials by itself, so anyone may send it. False: trusted peers alone. */
  readonly open: boolean
  /** Extensions that its method may require, beside those of all. */
  readonly understands?: ReadonlySet<string>
}

/** What becomes of a request from no trusted peer. */
export type Passage =
  | { readonly kind: 'admitted' }
  /** `why`: the word under which it is counted. */
  | ({ readonly kind: 'refused'; readonly why?: string } & StatelessRefusal)

/** Takes REGISTER, and lets phones call that are no trusted peers. */
export interface Gatekeeper extends MethodService {
  /** Whether somebody showed credentials from there before: then its requests are not limited as strangers' are. */
  knows(source: Hop): boolean
  /** Whether its credentials answer a challenge of ours that went to its address: then that address is not forged. */
  answersChallenge(request: SipRequest, source: Hop): boolean
  /** How a REGISTER that answers no challenge of ours is asked for credentials. */
  challenge(request: SipRequest, source: Hop): Passage
  /** For an INVITE outside dialogs. Undefined: from somebody unknown. */
  judge(request: SipRequest, source: Hop): Passage | undefined
  /** Whether a phone of that account registered by this very way. */
  reaches(account: string, source: Hop): boolean
  /** For a request within a dialog of that account's phone, which comes from elsewhere: admitted by the account's password alone. */
  proves(request: SipRequest, source: Hop, account: string): Passage
  /** A connection is gone, and with it those who are reached by it alone. */
  connectionClosed(source: Hop): void
}
