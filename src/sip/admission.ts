import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { DialogTaker, Gatekeeper, MethodService, Passage, Payer } from './gate.js'
import { to, topVia } from './message/fields.js'
import type { SipRequest } from './message/message.js'
import type { StatelessRefusal } from './transaction/user.js'
import type { SipCounters } from './transport/counters.js'
import { DialogLimit, newCalls, OutsideLimit, registrations } from './dialog-limit.js'
import { RefusalLog } from './refusal-log.js'
import type { Overload } from './overload/overload.js'
import { serverKey } from './transaction/matching.js'
import { AddressList } from './transport/address-list.js'
import { KnownLimit, StrangerLimit, type StrangerCost } from './transport/peers.js'
import { isWebSocket } from './transport/protocols.js'
import type { Guest } from './transport/rooms.js'
import type { Glance, Hop } from './transport/transport.js'

interface AdmissionOptions {
  readonly clock: Clock
  readonly log: Log
  readonly counters: SipCounters
  readonly trustedPeers: readonly string[]
  /** Returns the reason why no new call is accepted now, as it is counted. Default: every call is accepted. */
  readonly refusesCalls?: () => string | undefined
  readonly overload?: Overload
}

/** The same response as without a dialog, so an unknown sender does not learn that the dialog exists. */
const foreign = { kind: 'refused', status: 481, headers: [], why: 'foreignDialog' } as const satisfies Passage
const noDialog = { kind: 'refused', status: 481, headers: [], why: 'noDialog' } as const satisfies Passage
const tooLong = { kind: 'refused', status: 513, headers: [], why: 'tooLarge' } as const satisfies Passage
/** In bytes. A REGISTER with credentials, several Contacts and Paths has 2,000. */
const longestRegister = 8 * 1024
const tooMany = { status: 500, headers: [['Retry-After', '5']] } as const satisfies StatelessRefusal
const tooFast = {
  kind: 'refused',
  status: 503,
  headers: [['Retry-After', '5']],
  why: 'rateLimited',
} as const satisfies Passage
const stranger = { kind: 'refused', status: 403, headers: [], why: 'untrusted' } as const satisfies Passage

/** The methods outside dialogs that a sender who is not a trusted peer may use with a password. */
const withPassword: ReadonlySet<string> = new Set(['REGISTER', 'INVITE'])

/** Decides whose requests are handled: those of trusted peers, of known phones, and those that anyone may send. */
export class Admission {
  #trusted: AddressList
  readonly #strangers: StrangerLimit
  readonly #known: KnownLimit
  readonly #within: DialogLimit
  readonly #calls: OutsideLimit
  readonly #registrations: OutsideLimit
  readonly #refusals: RefusalLog
  readonly #services = new Map<string, MethodService>()
  #gate: Gatekeeper | undefined

  constructor(private readonly options: AdmissionOptions) {
    this.#trusted = new AddressList(options.trustedPeers)
    this.#strangers = new StrangerLimit(options.clock)
    this.#known = new KnownLimit(options.clock)
    this.#within = new DialogLimit(options.clock)
    this.#calls = new OutsideLimit(options.clock, newCalls)
    this.#registrations = new OutsideLimit(options.clock, registrations)
    this.#refusals = new RefusalLog(options.clock, options.log)
  }

  trust(peers: readonly string[]): void {
    this.#trusted = new AddressList(peers)
  }

  /** Trusted by certificate or by address. For WebSockets the address proves nothing, because all pages in a browser and all clients of a web proxy share it. */
  trusts({ host, transport, trusted }: Hop): boolean {
    return trusted === true || (!isWebSocket(transport) && this.#trusted.includes(host))
  }

  /** The kind of peer at this source. `known`: the right password of an account came from that address. */
  guestAt(source: Hop): Guest {
    if (this.trusts(source)) return 'trusted'
    return this.#gate?.knows(source) === true ? 'known' : 'stranger'
  }

  /** The same for a new call that may be refused. A known address has a limit, above which its calls count as a stranger's. */
  #callerAt(guest: Guest, source: Hop): Guest {
    return guest === 'known' && !this.#known.calls(source) ? 'stranger' : guest
  }

  /** Refuses a new call before it is read, while messages wait for too long. */
  glance(bytes: Buffer, source: Hop, isServed: (key: string) => boolean): Glance | undefined {
    const { overload, counters } = this.options
    if (overload?.isActive !== true) return undefined
    const sender = this.guestAt(source)
    const mayAnswer = (): boolean => this.#strangers.allows(source, 'refused')
    const asCaller = (): Guest => this.#callerAt(sender, source)
    const glance = overload.glance({ bytes, source, sender, asCaller, isServed, mayAnswer })
    if (!glance) return undefined
    counters.request('in', glance.kind === 'ignored' ? glance.method : 'INVITE', source.transport)
    if (glance.why !== undefined) counters.reject(glance.why)
    if (glance.kind === 'refused') counters.response('out', 'INVITE', 503)
    return glance
  }

  /** Sets who answers this method outside dialogs. */
  serve(method: string, service: MethodService): void {
    this.#services.set(method, service)
  }

  /** Sets who answers REGISTER and admits senders that are not trusted peers. */
  guard(gate: Gatekeeper): void {
    this.#gate = gate
    this.serve('REGISTER', gate)
  }

  service(method: string): MethodService | undefined {
    return this.#services.get(method)
  }

  connectionClosed(source: Hop): void {
    this.#gate?.connectionClosed(source)
  }

  /** Whether a request is handled at all. If not, it gets no response. `dialog`: the dialog of the request, if any. `size`: in bytes. */
  hears(request: SipRequest, source: Hop, dialog: DialogTaker | undefined, size = 0): boolean {
    if (this.trusts(source)) return true
    if (!dialog || !this.hearsWithin(source, dialog)) return this.#hearsOther(request, source)
    // A CANCEL that matches no INVITE is refused without a transaction.
    return request.method === 'CANCEL' || this.#isWithinLimit(request, source, dialog, size)
  }

  /** Limits requests from sources that are neither trusted peers nor part of a dialog. A stranger gets a few responses, and then none. */
  #hearsOther(request: SipRequest, source: Hop): boolean {
    // The limits of a known address don't depend on its nonce, so the nonce is not looked at here.
    const isAllowed =
      this.#gate?.knows(source) === true
        ? this.#known.allows(source, this.#isOpen(request.method) ? 'open' : 'refused')
        : this.#strangers.allows(source, this.#costOf(request, source))
    if (isAllowed) return true
    this.options.counters.reject('rateLimited')
    return false
  }

  #isWithinLimit({ method }: SipRequest, { host }: Hop, dialog: DialogTaker, size: number): boolean {
    if (this.#within.allows(method, host, dialog, size, this.#payerOf(dialog))) return true
    this.options.counters.reject('dialogLimited')
    return false
  }

  #costOf(request: SipRequest, source: Hop): StrangerCost {
    if (request.method !== 'REGISTER') return this.#isOpen(request.method) ? 'open' : 'refused'
    return this.#gate?.answersChallenge(request, source) === true ? 'proven' : 'challenged'
  }

  /**
   * Judges a request outside dialogs before anything else, so that no response tells a stranger what exists here (everybody gets the same
   * response to OPTIONS). No transaction is made, so nothing is sent twice to an address that may be forged. `size`: in bytes.
   */
  refuses(request: SipRequest, source: Hop, size = 0): StatelessRefusal | undefined {
    return this.#untrusted(request, source, size) ?? this.#full(request, source)
  }

  /** Judges REGISTERs of trusted peers too, because a trusted peer may pass on REGISTERs of anybody's phones. */
  #untrusted(request: SipRequest, source: Hop, size: number): StatelessRefusal | undefined {
    const registers = request.method === 'REGISTER' && this.#gate !== undefined
    if (this.trusts(source) && !registers) return undefined
    if (registers && size > longestRegister) return this.#outcome(tooLong, request, source)
    if (this.#isOpen(request.method)) return undefined
    return this.#outcome(this.#judge(request, source, size), request, source)
  }

  /** Refuses new calls without a transaction. A transaction would keep its INVITE for 32 s, when memory may be short. */
  #full(request: SipRequest, source: Hop): StatelessRefusal | undefined {
    const { method, headers } = request
    // A PBX asks by OPTIONS what its INVITE would get (§11.2). A stranger's INVITE would get 401 or 403.
    const isPing = method === 'OPTIONS' && this.trusts(source)
    // A call that replaces another leg is not a further call.
    const isCall = method === 'INVITE' && !headers.has('Replaces')
    const why = isPing || isCall ? this.options.refusesCalls?.() : undefined
    if (why === undefined) return isCall ? this.#overloaded(request, source) : undefined
    if (isCall) {
      this.options.counters.reject(why)
      this.#refusals.tell(request, source, 503, why)
    }
    return { status: 503, headers: [['Retry-After', '30']] }
  }

  /** `glance` refuses most calls under overload. This refuses INVITEs in an unusual form and those that a drachtio-server has read. */
  #overloaded(request: SipRequest, source: Hop): StatelessRefusal | undefined {
    const via = topVia(request.headers)
    const { overload, counters } = this.options
    if (!via || !overload) return undefined
    const refusal = overload.refusal(
      () => serverKey(request, via, 'INVITE'),
      () => this.#callerAt(this.guestAt(source), source),
    )
    if (refusal) counters.reject(refusal.why)
    return refusal && { status: 503, headers: refusal.headers }
  }

  /**
   * Judges a request in a dialog. Call-ID and tags, which a trace may contain, do not identify the peer: the request must come from a trusted
   * peer or from the peer's place. A phone that moved proves itself with its password. Others get the response for a request outside any
   * dialog. `hears` has counted the requests from the peer's place. Requests with a password are counted here.
   */
  refusesWithin(request: SipRequest, source: Hop, dialog: DialogTaker | undefined, size = 0): StatelessRefusal | undefined {
    if (this.trusts(source)) return undefined
    if (!dialog) return this.#outcome(noDialog, request, source)
    const { account } = dialog
    if (this.hearsWithin(source, dialog)) return this.#unproven(request, source, account) ?? this.#atOnce(request, source, dialog)
    const passage = account === undefined ? undefined : this.#gate?.proves(request, source, account)
    const refusal = this.#outcome(passage ?? foreign, request, source)
    if (refusal) return refusal
    return this.#isWithinLimit(request, source, dialog, size) ? this.#atOnce(request, source, dialog) : tooMany
  }

  /**
   * A REFER makes us call somebody. A call may last longer than the account's password or token, so the phone must be registered where the
   * REFER comes from, or prove its password. Undefined: the phone may refer.
   */
  #unproven(request: SipRequest, source: Hop, account: string | undefined): StatelessRefusal | undefined {
    if (request.method !== 'REFER' || account === undefined || !this.#gate || this.#gate.reaches(account, source))
      return undefined
    return this.#outcome(this.#gate.proves(request, source, account), request, source)
  }

  /** Answers a CANCEL without its INVITE (RFC 3261 §9.2) and queries without a transaction, which would keep the response for 32 s. */
  #atOnce(request: SipRequest, source: Hop, dialog: DialogTaker): StatelessRefusal | undefined {
    return request.method === 'CANCEL' ? noDialog : dialog.answersAtOnce?.(request, source)
  }

  /** Whether the source is the dialog's peer or a trusted peer. */
  hearsWithin(source: Hop, dialog: DialogTaker | undefined): boolean {
    if (this.trusts(source)) return true
    if (!dialog) return false
    const { account } = dialog
    return dialog.isFrom(source) || (account !== undefined && this.#gate?.reaches(account, source) === true)
  }

  /** Charges a long response to its sender. `excess`: how much longer than usual it was, in bytes. Until the limits recover, its requests are not served. */
  charge({ method, headers }: SipRequest, source: Hop, dialog: DialogTaker | undefined, excess: number): void {
    if (this.trusts(source)) return
    if (dialog) this.#within.charge(source.host, dialog, excess, this.#payerOf(dialog))
    // The To is the address of record, whose password was right.
    else if (method === 'REGISTER') this.#registrations.charge(this.#payer(to(headers)?.uri ?? '').account, source.host, excess)
  }

  #outcome(passage: Passage, request: SipRequest, source: Hop): StatelessRefusal | undefined {
    if (passage.kind === 'admitted') return undefined
    const { status, why } = passage
    if (why !== undefined) this.options.counters.reject(why)
    this.#refusals.tell(request, source, status, why)
    return passage
  }

  #isOpen(method: string): boolean {
    return method === 'OPTIONS' || this.#services.get(method)?.open === true
  }

  /** A request without the right password makes no transaction, so strangers can't use up memory. */
  #judge(request: SipRequest, source: Hop, size: number): Passage {
    const passage = (withPassword.has(request.method) ? this.#gate?.judge(request, source) : undefined) ?? stranger
    if (passage.kind !== 'admitted' || passage.account === undefined) return passage
    const limit = request.method === 'REGISTER' ? this.#registrations : this.#calls
    return limit.allows(this.#payer(passage.account), source.host, size) ? passage : tooFast
  }

  #payerOf({ account }: DialogTaker): string | undefined {
    return account === undefined ? undefined : this.#payer(account).account
  }

  /** A caller spells its own URI as it likes, so limits count by one name of its account. */
  #payer(account: string): Payer {
    return this.#gate?.payer(account) ?? { kind: 'agent', account }
  }
}
