import type { SipRequest } from './message/message.js'
import type { ServerTransaction, StatelessRefusal } from './transaction/user.js'
import type { Hop } from './transport/transport.js'

/** Answers requests of its own kind: a registrar, a presence agent, or the dialog of a subscription. */
interface RequestTaker {
  onRequest(transaction: ServerTransaction): void
}

/** Our side of a dialog. Call-ID and tags are not secret, so its requests are accepted only from the peer's place. */
export interface DialogTaker extends RequestTaker {
  /** Whether this source is the dialog's peer. */
  isFrom(source: Hop): boolean
  /** The address of record of a phone that may prove its identity from elsewhere. Undefined: only its place identifies it. */
  readonly account: string | undefined
  /** Requests of the peer may not reach us any more. */
  unheard?(wasCut: (contact: string) => boolean): void
  /** The response to a request that needs no transaction because it changes nothing. Undefined: it needs one. */
  answersAtOnce?(request: SipRequest, source: Hop): StatelessRefusal | undefined
}

/** Handles one method outside dialogs. */
export interface MethodService extends RequestTaker {
  /** True: anyone may send the method. False: only trusted peers may, and for REGISTER also phones that prove a password. */
  readonly open: boolean
  /** Extensions that this method may require, besides the common ones. */
  readonly understands?: ReadonlySet<string>
}

/** How a request from an untrusted source is handled. */
export type Passage =
  /** `account`: the address of record whose password was right. */
  | { readonly kind: 'admitted'; readonly account?: string }
  /** `why`: the reason, as it is counted. */
  | ({ readonly kind: 'refused'; readonly why?: string } & StatelessRefusal)

/** Who is responsible for what an account does, under one name for all its spellings. A guest has credentials only to call. */
export interface Payer {
  readonly kind: 'agent' | 'guest'
  readonly account: string
}

/** Answers REGISTER, and admits calls of phones that are not trusted peers. */
export interface Gatekeeper extends MethodService {
  /** Whether the right password of an account came from this source before. Its requests then have higher limits than strangers'. */
  knows(source: Hop): boolean
  /** Whether its credentials answer a challenge of ours to its address, which is then not forged. */
  answersChallenge(request: SipRequest, source: Hop): boolean
  /** Judges an INVITE or a REGISTER outside dialogs. A REGISTER is then not judged again. Undefined: a stranger sent it. */
  judge(request: SipRequest, source: Hop): Passage | undefined
  /** Whose limits an account's requests count for. */
  payer(account: string): Payer
  /** Whether a phone of that account registered on this flow. */
  reaches(account: string, source: Hop): boolean
  /** Judges a request in a dialog of that account's phone from another place. Only the account's password admits it. */
  proves(request: SipRequest, source: Hop, account: string): Passage
  /** A connection is closed. Phones that were only reachable on it are gone. */
  connectionClosed(source: Hop): void
}
