import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { DialogTaker, Gatekeeper, MethodService, Passage } from './gate.js'
import type { SipRequest } from './message/message.js'
import type { StatelessRefusal } from './transaction/user.js'
import type { SipCounters } from './transport/counters.js'
import { DialogLimit } from './dialog-limit.js'
import { RefusalLog } from './refusal-log.js'
import { AddressList } from './transport/address-list.js'
import { KnownLimit, StrangerLimit, type StrangerCost } from './transport/peers.js'
import { isWebSocket } from './transport/protocols.js'
import type { Guest } from './transport/rooms.js'
import type { Hop } from './transport/transport.js'

export interface AdmissionOptions {
  readonly clock: Clock
  readonly log: Log
  readonly counters: SipCounters
  readonly trustedPeers: readonly string[]
  /** Why no further call is taken now, in the word under which it is counted. Default: each is taken. */
  readonly refusesCalls?: () => string | undefined
}

/** Nobody that we know: the answer says no more. */
const foreign = { kind: 'refused', status: 481, headers: [], why: 'foreignDialog' } as const satisfies Passage
const noDialog = { kind: 'refused', status: 481, headers: [], why: 'noDialog' } as const satisfies Passage
const tooMany = { status: 500, headers: [['Retry-After', '5']] } as const satisfies StatelessRefusal
const stranger = { kind: 'refused', status: 403, headers: [], why: 'untrusted' } as const satisfies Passage

/** Whose requests are heard, and whose are served: trusted peers', known phones', and what anyone may ask. */
export class Admission {
  #trusted: AddressList
  readonly #strangers: StrangerLimit
  readonly #known: KnownLimit
  readonly #within: DialogLimit
  readonly #refusals: RefusalLog
  readonly #services = new Map<string, MethodService>()
  #gate: Gatekeeper | undefined

  constructor(private readonly options: AdmissionOptions) {
    this.#trusted = new AddressList(options.trustedPeers)
    this.#strangers = new StrangerLimit(options.clock)
    this.#known = new KnownLimit(options.clock)
    this.#within = new DialogLimit(options.clock)
    this.#refusals = new RefusalLog(options.clock, options.log)
  }

  trust(peers: readonly string[]): void {
    this.#trusted = new AddressList(peers)
  }

  /** By certificate, or by address; an address says nothing of who speaks by a WebSocket: any page in a browser there, or all that come through a proxy of the web. */
  trusts({ host, transport, trusted }: Hop): boolean {
    return trusted === true || (!isWebSocket(transport) && this.#trusted.includes(host))
  }

  /** Whose connection it is that comes from there; `known`: somebody showed a password from that address. */
  guestAt(source: Hop): Guest {
    if (this.trusts(source)) return 'trusted'
    return this.#gate?.knows(source) === true ? 'known' : 'stranger'
  }

  /** Who answers this method outside dialogs. */
  serve(method: string, service: MethodService): void {
    this.#services.set(method, service)
  }

  /** Who takes REGISTER, and lets in who is no trusted peer. */
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

  /** Whether a request is handled at all; else it gets silence. `dialog`: whose request it is, if of any. `size`: in bytes. */
  hears(request: SipRequest, source: Hop, dialog: DialogTaker | undefined, size = 0): boolean {
    if (this.trusts(source)) return true
    if (!dialog || !this.hearsWithin(source, dialog)) return this.#hearsOther(request, source, size)
    // A CANCEL that matches no INVITE gets its refusal without a transaction.
    return request.method === 'CANCEL' || this.#isWithinLimit(request, source, dialog, size)
  }

  /** Of who is no trusted peer and shares no dialog with us: strangers are answered a few times; past that, silence. */
  #hearsOther(request: SipRequest, source: Hop, size: number): boolean {
    const cost = this.#costOf(request, source)
    const limit = this.#gate?.knows(source) === true ? this.#known : this.#strangers
    if (limit.allows(source.host, cost, size)) return true
    this.options.counters.reject('rateLimited')
    return false
  }

  #isWithinLimit({ method }: SipRequest, { host }: Hop, dialog: DialogTaker, size: number): boolean {
    if (this.#within.allows(method, host, dialog, size)) return true
    this.options.counters.reject('dialogLimited')
    return false
  }

  /** REGISTER and INVITE are challenged, and OPTIONS is answered, without a transaction. */
  #costOf(request: SipRequest, source: Hop): StrangerCost {
    if (request.method === 'REGISTER' && this.#gate?.answersChallenge(request, source) === true) return 'proven'
    return this.#isOpen(request.method) && request.method !== 'REGISTER' ? 'open' : 'stateless'
  }

  /**
   * Of a request outside dialogs, before anything else, so that no answer tells a stranger what there is (OPTIONS is answered to everyone
   * alike), and without a transaction: nothing is sent twice to an address that may be forged.
   */
  refuses(request: SipRequest, source: Hop): StatelessRefusal | undefined {
    return this.#untrusted(request, source) ?? this.#full(request)
  }

  #untrusted(request: SipRequest, source: Hop): StatelessRefusal | undefined {
    if (this.trusts(source)) return undefined
    if (request.method === 'REGISTER' && this.#gate) return this.#challenges(this.#gate, request, source)
    if (this.#isOpen(request.method)) return undefined
    return this.#outcome(this.#judge(request, source), request, source)
  }

  /** Without a transaction: each would hold its INVITE for 32 s, and memory may be what is missing. */
  #full({ method, headers }: SipRequest): StatelessRefusal | undefined {
    // One that takes the place of another leg is no further call.
    const why = method === 'INVITE' && !headers.has('Replaces') ? this.options.refusesCalls?.() : undefined
    if (why === undefined) return undefined
    this.options.counters.reject(why)
    return { status: 503, headers: [['Retry-After', '30']] }
  }

  /** Only a REGISTER that answers a challenge of ours gets a transaction: its sender's address is not forged. */
  #challenges(gate: Gatekeeper, request: SipRequest, source: Hop): StatelessRefusal | undefined {
    return gate.answersChallenge(request, source) ? undefined : this.#outcome(gate.challenge(request, source), request, source)
  }

  /**
   * Of a request within a dialog, likewise. Who knows Call-ID and tags, as from a trace, is not thereby the one who talks: the request must come
   * from a trusted peer or from where the dialog's other side is. A phone that moved proves by its password who it is; others get what those get
   * who name no dialog at all. Who is heard counted already; who proves it counts now.
   */
  refusesWithin(request: SipRequest, source: Hop, dialog: DialogTaker | undefined, size = 0): StatelessRefusal | undefined {
    if (this.trusts(source)) return undefined
    if (!dialog) return this.#outcome(noDialog, request, source)
    if (this.hearsWithin(source, dialog)) return this.#atOnce(request, source, dialog)
    const { account } = dialog
    const passage = account === undefined ? undefined : this.#gate?.proves(request, source, account)
    const refusal = this.#outcome(passage ?? foreign, request, source)
    if (refusal) return refusal
    return this.#isWithinLimit(request, source, dialog, size) ? this.#atOnce(request, source, dialog) : tooMany
  }

  /** What needs no transaction, which would keep the answer for 32 s: a CANCEL without its INVITE (RFC 3261 §9.2), and questions. */
  #atOnce(request: SipRequest, source: Hop, dialog: DialogTaker): StatelessRefusal | undefined {
    return request.method === 'CANCEL' ? noDialog : dialog.answersAtOnce?.(request, source)
  }

  /** Whether the dialog's other side, or a trusted peer, speaks from there. */
  hearsWithin(source: Hop, dialog: DialogTaker | undefined): boolean {
    if (this.trusts(source)) return true
    if (!dialog) return false
    const { account } = dialog
    return dialog.isFrom(source) || (account !== undefined && this.#gate?.reaches(account, source) === true)
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

  #judge(request: SipRequest, source: Hop): Passage {
    return (request.method === 'INVITE' ? this.#gate?.judge(request, source) : undefined) ?? stranger
  }
}
