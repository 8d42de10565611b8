import { wallNow, type Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import type { Gatekeeper, Passage } from '../gate.js'
import { buildResponse } from '../message/build.js'
import { from, supported, to } from '../message/fields.js'
import { formatParameters } from '../message/grammar.js'
import { isAddress, mappedIPv4 } from '../message/ipv6.js'
import type { SipRequest } from '../message/message.js'
import { Tokens, type RandomBytes } from '../transaction/tokens.js'
import { isSips, type Uri } from '../message/uri.js'
import type { ServerTransaction } from '../transaction/user.js'
import { isDirect } from '../transport/flow.js'
import { protocols, type TransportName } from '../transport/protocols.js'
import { bare } from '../transport/received.js'
import { isLoopback } from '../transport/routes.js'
import type { Hop } from '../transport/transport.js'
import { Accounts, type AccountSettings, type IssuedPhone, type MayHold, type TakenBack } from './accounts.js'
import type { PhoneHolder } from './issued.js'
import { getsOutbound, readRegistration } from './asked.js'
import { Authenticator, type Verdict } from './authenticator.js'
import { HeldFlows } from './held-flows.js'
import { keptPhones, restoredPhones } from './kept-bindings.js'
import { Origins } from './origins.js'
import { isStillReached, whereabouts, type Whereabouts } from './whereabouts.js'
import {
  Bindings,
  shortestRegistration,
  type AskedContact,
  type AskedRegistration,
  type Binding,
  type RegistrationOutcome,
} from './bindings.js'

export interface RegistrarOptions {
  readonly settings: AccountSettings
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
  /** Counts a request that was refused, by a word. */
  readonly reject: (why: string) => void
  /** Keeps a connection open that a phone is reached by, or no longer. */
  readonly hold: (flow: Hop, held: boolean) => void
  /** The right password was shown by what came from there. Default: nobody needs to know. */
  readonly proven?: (source: Hop) => void
  /** Whether what a proxy at that address says of others is believed. */
  readonly trusts: (source: Hop) => boolean
  /** Whether we listen at a port, by any transport. */
  readonly listens: (port: number) => boolean
  /** Keeps for the next process where the phones of an address of record are, and were; undefined: nothing. Default: nothing is kept. */
  readonly keep?: (aor: string, state: string | undefined) => void
  /** By which what is kept is marked with the account's password; default: one of this process. */
  readonly markKey?: Uint8Array
}

type ExtraHeader = readonly [string, string]
type Known = Extract<Verdict, { kind: 'known' }>

const secondsPerKeepAlive = 120

/** Said by a trusted peer about its callers, never to be taken from a phone (RFC 3325 §5, RFC 7044 §9.1). */
const onlyFromPeers = ['P-Asserted-Identity', 'P-Preferred-Identity', 'Remote-Party-ID', 'History-Info', 'Diversion']

/** Takes REGISTER (RFC 3261 §10), and lets phones call who show the password of an agent or guest. */
export class Registrar implements Gatekeeper {
  /** Anyone may ask; the answer is a challenge. */
  readonly open = true
  readonly understands: ReadonlySet<string> = new Set(['path', 'outbound'])
  readonly #accounts: Accounts
  readonly #authenticator: Authenticator
  readonly #bindings: Bindings
  readonly #origins = new Origins()
  readonly #tokens: Tokens
  #listener: (aor: string, bindings: readonly Binding[]) => void = () => undefined
  readonly #held: HeldFlows

  constructor(private readonly options: RegistrarOptions) {
    const { settings, clock, random, trusts, markKey } = options
    this.#accounts = new Accounts(settings, clock, random, markKey)
    this.#authenticator = new Authenticator({ accounts: this.#accounts, clock, random, trusts })
    this.#bindings = new Bindings(clock)
    this.#tokens = new Tokens(random)
    this.#held = new HeldFlows(options.hold)
    this.#bindings.listen((aor, bindings) => this.#changed(aor, bindings))
  }

  /** Who is told when the phones of an address of record are others, or stay longer. */
  listen(listener: (aor: string, bindings: readonly Binding[]) => void): void {
    this.#listener = listener
  }

  bindings(aor: string): readonly Binding[] {
    return this.#bindings.of(aor)
  }

  /** How many bindings there are, by the transport that reaches them. */
  countByTransport(): Readonly<Record<TransportName, number>> {
    const counts = { udp: 0, tcp: 0, tls: 0, ws: 0, wss: 0 }
    for (const { uri, flow } of this.#bindings.all()) counts[flow?.transport ?? transportOf(uri)] += 1
    return counts
  }

  /** What was kept of an address of record by the process before. Phones of agents who left or have another password register again. */
  restore(aor: string, state: string): void {
    const marks = [this.#accounts.markOf(aor), this.#accounts.oldMarkOf(aor)].filter(mark => mark !== undefined)
    const { bindings: kept = [], origins = [] } = restoredPhones(state, marks, this.options.clock) ?? {}
    const bindings = kept.filter(binding => this.#isStillReached(aor, binding))
    for (const origin of this.#origins.restore(aor, origins)) this.#authenticator.restore(aor, origin)
    if (bindings.length > 0) this.#bindings.restore(aor, bindings)
    // With the mark of now, or not at all.
    else this.#keep(aor, bindings)
  }

  /** Whether only phones that register here reach it: nobody else serves our domain. */
  serves(uri: string): boolean {
    return this.#accounts.isOurs(uri)
  }

  /** Undefined: too many hold in all. Those that made way end, as at a review. */
  issue(agent: string | undefined, holder: PhoneHolder): IssuedPhone | undefined {
    const issued = this.#accounts.issue(agent, holder)
    if (issued) this.#end(issued.gone)
    return issued?.phone
  }

  /** Issued credentials that may not be held any more, of these holders or of all, end with the phones that registered by them. */
  review(mayHold: MayHold, holders?: readonly string[]): void {
    this.#end(this.#accounts.review(mayHold, holders))
  }

  #end(gone: readonly TakenBack[]): void {
    for (const { aor, user } of gone) this.#bindings.drop(aor, ({ issuedTo }) => issuedTo === user)
  }

  /** Who answers for what is done by this address. */
  payerOf(uri: string): ReturnType<Accounts['payerOf']> {
    return this.#accounts.payerOf(uri)
  }

  /** After a reload: phones of agents who left or have another password must register again. */
  replaceSettings(settings: AccountSettings): void {
    for (const agent of this.#accounts.replace(settings)) {
      this.#origins.forget(agent)
      this.#bindings.drop(agent, () => true)
      this.#keep(agent, [])
    }
    for (const { agent } of settings.accounts) this.#bindings.drop(agent, binding => !this.#isStillReached(agent, binding))
  }

  /** A phone could not be reached there. */
  unreachable(aor: string, binding: Binding): void {
    this.#bindings.drop(aor, each => each.uri === binding.uri && each.cseq === binding.cseq && each.callId === binding.callId)
  }

  stop(): void {
    this.#bindings.stop()
  }

  // ---- MethodService

  onRequest(transaction: ServerTransaction): void {
    const { request, source } = transaction
    const verdict = this.#authenticator.check(request, source)
    if (verdict.kind === 'refused') return this.#refuse(transaction, verdict.status, verdict.headers, verdict.why)
    const { aor, issued } = verdict.account
    this.#wasRight(verdict, source)
    // Known by their own password, they learn nothing of others: any other address is refused alike.
    if (!this.#accounts.isOf(aor, to(request.headers)?.uri ?? '')) return this.#refuse(transaction, 403, [], 'foreignAddress')
    const asked = readRegistration(request)
    if (!asked) return this.#refuse(transaction, 400, [], 'malformed')
    if (asked.path.length > 0 && !supported(request.headers).includes('path'))
      return this.#refuse(transaction, 420, [['Unsupported', 'path']], 'extension')
    const contacts = this.#placed(asked.contacts, request, source, verdict)
    if ('why' in contacts) return this.#refuse(transaction, 403, contactWarnings[contacts.why], contacts.why)
    const outcome = this.#bindings.update(aor, { ...asked, contacts: contacts.all, ...(issued && { issued }) })
    if (outcome.kind !== 'done') return this.#refuse(transaction, ...refusals[outcome.kind])
    this.options.log.debug?.(`${aor} has ${this.#bindings.of(aor).length} registered phones`, {
      event: 'phone.registered',
      agent: aor,
    })
    this.#answer(transaction, 200, [...this.#registered(aor, asked.path), ...supports(request, source)])
  }

  // ---- Gatekeeper

  knows({ host }: Hop): boolean {
    return this.#authenticator.knows(host)
  }

  answersChallenge(request: SipRequest, source: Hop): boolean {
    return this.#authenticator.answersChallenge(request, source)
  }

  challenge(request: SipRequest, source: Hop): Passage {
    const verdict = this.#authenticator.check(request, source)
    return verdict.kind === 'refused' ? verdict : { kind: 'admitted' }
  }

  /** RFC 3261 §22.2. Who neither shows credentials nor calls as one of ours is a stranger. */
  judge(request: SipRequest, source: Hop): Passage | undefined {
    const caller = from(request.headers)?.uri ?? ''
    if (!request.headers.has('Authorization') && !this.#accounts.isOurs(caller)) return undefined
    const verdict = this.#authenticator.check(request, source)
    if (verdict.kind === 'refused') return verdict
    this.#wasRight(verdict, source)
    if (!this.#accounts.isOf(verdict.account.aor, caller))
      return { kind: 'refused', status: 403, headers: [], why: 'foreignAddress' }
    for (const name of onlyFromPeers) request.headers.delete(name)
    return { kind: 'admitted' }
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

  // ---- inside

  /** The contacts with where each is reached; those that are taken back need no place. Of one that is refused, all are. */
  #placed(
    contacts: AskedRegistration['contacts'],
    request: SipRequest,
    source: Hop,
    { account: { aor }, origin }: Known,
  ): { readonly all: AskedRegistration['contacts'] } | Extract<Whereabouts, { kind: 'refused' }> {
    if (contacts === 'all') return { all: contacts }
    const ground = { origin, trusts: this.options.trusts, networks: this.#accounts.networksOf(aor), isOwn: this.#isOwn }
    const placed: AskedContact[] = []
    for (const contact of contacts) {
      const where = contact.expires === 0 ? undefined : whereabouts(contact.uri, request, source, ground)
      if (where?.kind === 'refused') return where
      placed.push({
        ...contact,
        ...(where?.kind === 'flow' && { flow: where.flow }),
        ...(where?.kind === 'contact' && { by: where.by }),
      })
    }
    return { all: placed }
  }

  #isStillReached(aor: string, binding: Binding): boolean {
    return isStillReached(binding, { networks: this.#accounts.networksOf(aor), isOwn: this.#isOwn })
  }

  /** A phone may share our address, as on one machine, but not our port; a name of ours leads to us by DNS, whichever its port. */
  readonly #isOwn = (uri: Uri): boolean => {
    const host = bare(uri.host)
    if (!isAddress(host)) return this.#accounts.hasHost(host)
    const isOurs = this.#accounts.hasHost(mappedIPv4(host) ?? host) || isLoopback(host)
    return isOurs && this.options.listens(uri.port ?? defaultPortOf(uri))
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

  /** Issued credentials end with the process, and so does what was seen of them. */
  #wasRight({ account: { aor, issued }, origin }: Known, source: Hop): void {
    this.options.proven?.(source)
    if (!issued && this.#origins.add(aor, origin)) this.#keep(aor, this.#bindings.of(aor))
  }

  /** §10.3, item 8; RFC 3327 §5.3: the Path as it came. */
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

  #refuse(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[], why: string | undefined): void {
    const { source, request } = transaction
    if (why !== undefined) {
      this.options.reject(why)
      this.options.log.debug?.(`refused ${request.method} from ${source.host} with ${status}: ${why}`, {
        event: 'sip.refused',
        why,
      })
    }
    this.#answer(transaction, status, headers)
  }

  #answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[]): void {
    transaction.respond(buildResponse(transaction.request, status, { toTag: this.#tokens.tag(), headers }))
  }
}

const contactWarnings: Readonly<Record<'ownContact' | 'foreignContact', readonly ExtraHeader[]>> = {
  ownContact: [['Warning', '399 carillon "The contact is an address of this server"']],
  foreignContact: [['Warning', '399 carillon "The contact is not where the request came from"']],
}

type Refusal = readonly [status: number, headers: readonly ExtraHeader[], why: string]

const refusals: Readonly<Record<Exclude<RegistrationOutcome['kind'], 'done'>, Refusal>> = {
  tooBrief: [423, [['Min-Expires', String(shortestRegistration)]], 'interval'],
  outOfOrder: [400, [['Warning', '399 carillon "CSeq is not higher than that of the registration"']], 'outOfOrder'],
  tooMany: [403, [['Warning', '399 carillon "Too many contacts"']], 'tooManyContacts'],
}

/** RFC 5626 §6. Who comes straight to us is told how often to say that it is there, before an address translation forgets it (§5.4). */
function supports(request: SipRequest, source: Hop): ExtraHeader[] {
  const headers: ExtraHeader[] = [['Supported', 'path, outbound']]
  if (getsOutbound(request, source)) {
    headers.push(['Require', 'outbound'])
    if (isDirect(request)) headers.push(['Flow-Timer', String(secondsPerKeepAlive)])
  }
  return headers
}

const defaultPortOf = ({ scheme, parameters }: Uri): number =>
  protocols[scheme === 'sips' || parameters.get('transport')?.toLowerCase() === 'tls' ? 'tls' : 'udp'].port

/** What a Contact asks for, as far as it says; a name may lead elsewhere. */
function transportOf(uri: string): TransportName {
  if (isSips(uri)) return 'tls'
  const [, named = 'udp'] = /;transport=(udp|tcp|tls|ws)\b/i.exec(uri) ?? []
  return named.toLowerCase() as TransportName
}

/** Over UDP the address and port are all that there is. */
const isSameFlow = (flow: Hop, source: Hop): boolean =>
  flow.transport === 'udp'
    ? source.transport === 'udp' && flow.host === source.host && flow.port === source.port
    : isConnection(flow, source)

const isConnection = (flow: Hop, source: Hop): boolean =>
  flow.connection !== undefined && flow.connection === source.connection && flow.transport === source.transport
