import { wallNow, type Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import type { Instant } from '../../foundation/time.js'
import type { Gatekeeper, Passage, Payer } from '../gate.js'
import { from, supported, to } from '../message/fields.js'
import { formatParameters } from '../message/parameters.js'
import type { SipRequest } from '../message/message.js'
import type { RandomBytes } from '../transaction/tokens.js'
import { isSips } from '../message/uri.js'
import type { ServerTransaction } from '../transaction/user.js'
import { isDirect } from '../transport/flow.js'
import type { TransportName } from '../transport/protocols.js'
import type { Hop } from '../transport/transport.js'
import { Answers } from './answers.js'
import { Accounts, type AccountSettings, type IssuedPhone, type MayHold, type TakenBack } from './accounts.js'
import type { PhoneHolder } from './issued.js'
import { getsOutbound, readRegistration } from './asked.js'
import { Authenticator, type Verdict } from './authenticator.js'
import { HeldFlows } from './held-flows.js'
import { keptPhones, restoredPhones } from './kept-bindings.js'
import { Origins } from './origins.js'
import { Places } from './places.js'
import type { Refused } from './whereabouts.js'
import { Bindings, shortestRegistration, type Binding, type RegistrationOutcome } from './bindings.js'

/** The endpoint's services for the registrar. */
interface RegistrarEndpoint {
  /** Counts a refused request. `why`: the label. */
  readonly reject: (why: string) => void
  /** Keeps a connection open because a phone is reached on it, or releases it. */
  readonly hold: (flow: Hop, held: boolean) => void
  /** The right password came from this source. Default: does nothing. */
  readonly proven?: (source: Hop) => void
  /** Whether we believe what a peer at that address says about others. */
  readonly trusts: (source: Hop) => boolean
  /** Whether we listen on this port, with any transport. */
  readonly listens: (port: number) => boolean
  /** Phones behind connections are found by their Contacts, whose names all accounts share (drachtio). Default: no. */
  readonly byName?: boolean
}

interface RegistrarOptions {
  readonly settings: AccountSettings
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
  readonly endpoint: RegistrarEndpoint
  /** Stores the phones of an address of record for the next process. Undefined: nothing to store. Default: nothing is stored. */
  readonly keep?: (aor: string, state: string | undefined) => void
  /** The key for the password marks in stored data. Default: a key of this process. */
  readonly markKey?: Uint8Array
}

/** A phone that is registered now, for people. */
export interface PhoneNow {
  readonly agent: string
  readonly contact: string
  readonly transport: TransportName
  /** The address of the flow that reaches the phone. Absent: its contact reaches it. */
  readonly reachedAt?: string
  readonly expires: Instant
  readonly isTemporary: boolean
}

type ExtraHeader = readonly [string, string]
type Known = Extract<Verdict, { kind: 'known' }>

/** Extensions that a REGISTER may require (RFC 3327, RFC 5626). */
const understood: ReadonlySet<string> = new Set(['path', 'outbound'])

const secondsPerKeepAlive = 120

/** Trusted peers say this about their callers. It is never accepted from a phone (RFC 3325 §5, RFC 7044 §9.1). A phone may say in whose name it wants to call: P-Preferred-Identity. */
const onlyFromPeers = ['P-Asserted-Identity', 'Remote-Party-ID', 'History-Info', 'Diversion']

/** Handles REGISTER (RFC 3261 §10), and lets phones call that prove the password of an agent or a guest. */
export class Registrar implements Gatekeeper {
  readonly #accounts: Accounts
  readonly #authenticator: Authenticator
  readonly #bindings: Bindings
  readonly #origins = new Origins()
  readonly #places: Places
  readonly #answers: Answers
  #listener: (aor: string, bindings: readonly Binding[]) => void = () => undefined
  readonly #held: HeldFlows
  /** The right passwords of REGISTERs that were judged before they got a transaction. A nonce may be used once, so they are not checked again. */
  readonly #judged = new WeakMap<SipRequest, Known>()

  constructor(private readonly options: RegistrarOptions) {
    const { settings, clock, log, random, endpoint, markKey } = options
    const { reject, trusts, listens, byName = false } = endpoint
    this.#answers = new Answers({ clock, log, random, reject })
    this.#accounts = new Accounts(settings, clock, random, markKey)
    this.#places = new Places({ accounts: this.#accounts, proxies: settings.proxies, trusts, listens, byName })
    this.#authenticator = new Authenticator({
      accounts: this.#accounts,
      clock,
      random,
      arrivalOf: (request, source) => this.#places.arrivalOf(request, source),
    })
    this.#bindings = new Bindings(clock)
    this.#held = new HeldFlows(endpoint.hold)
    this.#bindings.listen((aor, bindings) => this.#changed(aor, bindings))
  }

  get open(): false {
    return false
  }

  get understands(): ReadonlySet<string> {
    return understood
  }

  /** Sets the listener for changes and extensions of an address of record's phones. */
  listen(listener: (aor: string, bindings: readonly Binding[]) => void): void {
    this.#listener = listener
  }

  bindings(aor: string): readonly Binding[] {
    return this.#bindings.of(aor)
  }

  /** Every phone that is registered now. */
  phones(): readonly PhoneNow[] {
    return [...this.#bindings.entries()].flatMap(([agent, bindings]) =>
      bindings.map(({ uri, flow, expires, issuedTo }) => ({
        ...{ agent, contact: uri, transport: flow?.transport ?? transportOf(uri), expires, isTemporary: issuedTo !== undefined },
        ...(flow && { reachedAt: `${flow.host.includes(':') ? `[${flow.host}]` : flow.host}:${flow.port}` }),
      })),
    )
  }

  /** The number of bindings by the transport that reaches them. */
  countByTransport(): Readonly<Record<TransportName, number>> {
    const counts = { udp: 0, tcp: 0, tls: 0, ws: 0, wss: 0 }
    for (const { uri, flow } of this.#bindings.all()) counts[flow?.transport ?? transportOf(uri)] += 1
    return counts
  }

  /**
   * Restores what the previous process stored for an address of record. Phones of agents who left or have another password must
   * register again.
   */
  restore(aor: string, state: string): void {
    const marks = [this.#accounts.markOf(aor), this.#accounts.oldMarkOf(aor)].filter(mark => mark !== undefined)
    const { bindings: kept = [], origins = [] } = restoredPhones(state, marks, this.options.clock) ?? {}
    const bindings = kept.filter(binding => this.#places.isStillReached(aor, binding))
    for (const origin of this.#origins.restore(aor, origins)) this.#authenticator.restore(aor, origin)
    if (bindings.length > 0) this.#bindings.restore(aor, bindings)
    // Stores it with the current mark, or deletes it.
    else this.#keep(aor, bindings)
  }

  /** Whether only phones registered here can be reached under this URI, because nobody else serves our domain. */
  serves(uri: string): boolean {
    return this.#accounts.isOurs(uri)
  }

  /** Undefined: there are too many in all. Credentials that were revoked to make space end as in `review`. */
  issue(agent: string | undefined, holder: PhoneHolder): IssuedPhone | undefined {
    const issued = this.#accounts.issue(agent, holder)
    if (issued) this.#end(issued.gone)
    return issued?.phone
  }

  /**
   * Ends issued credentials that may no longer be held, and the registrations made with them. `holders`: only theirs; default all.
   */
  review(mayHold: MayHold, holders?: readonly string[]): void {
    this.#end(this.#accounts.review(mayHold, holders))
  }

  #end(gone: readonly TakenBack[]): void {
    for (const { aor, user } of gone) this.#bindings.drop(aor, ({ issuedTo }) => issuedTo === user)
  }

  /** Call it after a config reload. Phones of agents who left or have another password must register again. */
  replaceSettings(settings: AccountSettings): void {
    this.#places.replaceProxies(settings.proxies)
    for (const agent of this.#accounts.replace(settings)) {
      this.#origins.forget(agent)
      this.#bindings.drop(agent, () => true)
      this.#keep(agent, [])
    }
    for (const { agent } of settings.accounts) this.#bindings.drop(agent, binding => !this.#places.isStillReached(agent, binding))
  }

  /** A phone could not be reached at this binding. */
  unreachable(aor: string, binding: Binding): void {
    this.#bindings.drop(aor, each => each.uri === binding.uri && each.cseq === binding.cseq && each.callId === binding.callId)
  }

  stop(): void {
    this.#bindings.stop()
  }

  // ---- MethodService

  onRequest(transaction: ServerTransaction): void {
    const { request, source } = transaction
    const verdict = this.#judged.get(request) ?? this.#check(request, source)
    if (verdict.kind === 'refused') this.#answers.refuse(transaction, verdict.status, verdict.headers, verdict.why)
    else this.#register(transaction, verdict)
  }

  #register(transaction: ServerTransaction, verdict: Known): void {
    const { request, source } = transaction
    const { aor, issued } = verdict.account
    // The phone has only proven its own account. Every other address is refused in the same way, so the phone learns nothing
    // about other accounts.
    if (!this.#accounts.isOf(aor, to(request.headers)?.uri ?? ''))
      return this.#answers.refuse(transaction, 403, [], 'foreignAddress')
    const asked = this.#asked(request, source)
    if (asked === 'malformed') return this.#answers.refuse(transaction, 400, [], 'malformed')
    if (asked === 'tooMany') return this.#answers.refuse(transaction, ...refusals.tooMany)
    if (asked.path.length > 0 && !mayHavePath(request, verdict))
      return this.#answers.refuse(transaction, 420, [['Unsupported', 'path']], 'extension')
    const contacts = this.#places.placed(asked.contacts, request, source, { aor, arrival: verdict.arrival })
    if ('why' in contacts) return this.#answers.refuse(transaction, 403, contactWarnings[contacts.why], contacts.why)
    // The 200 goes before the INVITE of a waiting call: a drachtio-server learns from it how the phone is reached.
    const answer = (): void =>
      this.#answers.send(transaction, 200, [...this.#registered(aor, asked.path), ...supports(request, source)])
    const outcome = this.#bindings.update(aor, { ...asked, contacts: contacts.all, ...(issued && { issued }) }, answer)
    if (outcome.kind !== 'done') return this.#answers.refuse(transaction, ...refusals[outcome.kind])
    this.options.log.debug?.(`${aor} has ${this.#bindings.of(aor).length} registered phones`, {
      event: 'phone.registered',
      agent: aor,
    })
  }

  #asked(request: SipRequest, source: Hop): ReturnType<typeof readRegistration> {
    const asked = readRegistration(request)
    return typeof asked === 'object' && this.#places.hasTooMany(asked.contacts, source) ? 'tooMany' : asked
  }

  // ---- Gatekeeper

  knows({ host }: Hop): boolean {
    return this.#authenticator.knows(host)
  }

  answersChallenge(request: SipRequest, source: Hop): boolean {
    return this.#authenticator.answersChallenge(request, source)
  }

  judge(request: SipRequest, source: Hop): Passage | undefined {
    return request.method === 'REGISTER' ? this.#judgeRegistration(request, source) : this.#judgeCall(request, source)
  }

  payer(account: string): Payer {
    return this.#accounts.payerOf(account)
  }

  reaches(account: string, source: Hop): boolean {
    const bindings = this.#bindings.of(this.#accounts.agentOf(account) ?? account)
    return bindings.some(({ flow }) => flow !== undefined && isSameFlow(flow, source))
  }

  proves(request: SipRequest, source: Hop, account: string): Passage {
    const verdict = this.#authenticator.check(request, source)
    if (verdict.kind === 'refused') return verdict
    if (this.#accounts.isOf(verdict.account.aor, account)) return { kind: 'admitted' }
    return { kind: 'refused', status: 481, headers: [], why: 'foreignDialog' }
  }

  connectionClosed(source: Hop): void {
    for (const aor of this.#held.needing(source))
      this.#bindings.drop(aor, ({ flow }) => flow !== undefined && isConnection(flow, source))
  }

  // ---- internal

  #check(request: SipRequest, source: Hop): Verdict {
    const verdict = this.#authenticator.check(request, source)
    if (verdict.kind === 'known') this.#wasRight(verdict, source)
    return verdict
  }

  #judgeRegistration(request: SipRequest, source: Hop): Passage {
    const verdict = this.#check(request, source)
    if (verdict.kind === 'refused') return verdict
    this.#judged.set(request, verdict)
    return { kind: 'admitted', account: verdict.account.aor }
  }

  /** RFC 3261 §22.2. A sender without credentials who does not call as one of our users is a stranger. */
  #judgeCall(request: SipRequest, source: Hop): Passage | undefined {
    const caller = from(request.headers)?.uri ?? ''
    if (!request.headers.has('Authorization') && !this.#accounts.isOurs(caller)) return undefined
    const verdict = this.#check(request, source)
    if (verdict.kind === 'refused') return verdict
    if (!this.#accounts.isOf(verdict.account.aor, caller))
      return { kind: 'refused', status: 403, headers: [], why: 'foreignAddress' }
    for (const name of onlyFromPeers) request.headers.delete(name)
    return { kind: 'admitted', account: verdict.account.aor }
  }

  #changed(aor: string, bindings: readonly Binding[]): void {
    this.#held.replace(
      aor,
      bindings.flatMap(({ flow }) => flow ?? []),
    )
    this.#keep(aor, bindings)
    this.#listener(aor, bindings)
  }

  #keep(aor: string, bindings: readonly Binding[]): void {
    const mark = this.#accounts.markOf(aor)
    this.options.keep?.(
      aor,
      mark === undefined ? undefined : keptPhones(mark, bindings, this.#origins.of(aor), this.options.clock),
    )
  }

  /** Issued credentials end with the process, so their origins are not stored. */
  #wasRight({ account: { aor, issued }, arrival: { origin } }: Known, source: Hop): void {
    this.options.endpoint.proven?.(source)
    if (!issued && this.#origins.add(aor, origin)) this.#keep(aor, this.#bindings.of(aor))
  }

  /** §10.3, item 8. RFC 3327 §5.3: the Path is returned as it came. */
  #registered(aor: string, path: readonly string[]): ExtraHeader[] {
    const contacts = this.#bindings.of(aor).map((binding): ExtraHeader => {
      const { uri, q, instance, regId } = binding
      const parameters = new Map([['expires', String(this.#bindings.left(binding))]])
      if (q !== undefined) parameters.set('q', q)
      if (instance !== undefined) parameters.set('+sip.instance', instance)
      if (regId !== undefined) parameters.set('reg-id', String(regId))
      return ['Contact', `<${uri}>${formatParameters(parameters)}`]
    })
    return [
      ...contacts,
      ...path.map((value): ExtraHeader => ['Path', value]),
      ['Date', new Date(wallNow(this.options.clock)).toUTCString()],
    ]
  }
}

const contactWarnings: Readonly<Record<Refused['why'], readonly ExtraHeader[]>> = {
  ownContact: [['Warning', '399 carillon "The contact is an address of this server"']],
  foreignContact: [['Warning', '399 carillon "The contact is not where the request came from"']],
  foreignPath: [['Warning', '399 carillon "The Path is not that of the proxies which sip.proxies names"']],
  unknownProxy: [['Warning', '399 carillon "The request came through a proxy which sip.proxies does not name"']],
}

type Refusal = readonly [status: number, headers: readonly ExtraHeader[], why: string]

const refusals: Readonly<Record<Exclude<RegistrationOutcome['kind'], 'done'>, Refusal>> = {
  tooBrief: [423, [['Min-Expires', String(shortestRegistration)]], 'interval'],
  outOfOrder: [400, [['Warning', '399 carillon "CSeq is not higher than that of the registration"']], 'outOfOrder'],
  tooMany: [403, [['Warning', '399 carillon "Too many contacts"']], 'tooManyContacts'],
}

/**
 * RFC 5626 §6. A phone that reaches us directly is told how often to send keep-alives, so that a NAT does not forget it (§5.4).
 */
function supports(request: SipRequest, source: Hop): ExtraHeader[] {
  const headers: ExtraHeader[] = [['Supported', 'path, outbound']]
  if (getsOutbound(request, source)) {
    headers.push(['Require', 'outbound'])
    if (isDirect(request)) headers.push(['Flow-Timer', String(secondsPerKeepAlive)])
  }
  return headers
}

/** Whether a Path is accepted. Proxies of the config may add one, even if the phone does not support it. RFC 3327 §5.3 leaves that case to us. */
const mayHavePath = ({ headers }: SipRequest, { arrival }: Known): boolean =>
  arrival.proxies.length > 0 || supported(headers).includes('path')

/** The transport that a Contact asks for, if it names one. DNS may lead elsewhere. */
function transportOf(uri: string): TransportName {
  if (isSips(uri)) return 'tls'
  const [, named = 'udp'] = /;transport=(udp|tcp|tls|ws)\b/i.exec(uri) ?? []
  return named.toLowerCase() as TransportName
}

/** Over UDP, the address and the port are all there is to compare. */
const isSameFlow = (flow: Hop, source: Hop): boolean =>
  flow.transport === 'udp'
    ? source.transport === 'udp' && flow.host === source.host && flow.port === source.port
    : isConnection(flow, source)

const isConnection = (flow: Hop, source: Hop): boolean =>
  flow.connection !== undefined && flow.connection === source.connection && flow.transport === source.transport
