import { BlockList, isIPv6 } from 'node:net'
import { extensionOf, numberKey } from '../config/numbers.js'
import {
  supervisionDefaults,
  type AgentContact,
  type CallSettings,
  type DialledWorkflow,
  type SupervisionSettings,
} from '../config/call-settings.js'
import type { AgentUri, CallId, WorkflowName } from '../routing/index.js'
import type { InboundCall, Origin } from '../legs/answering.js'
import type { Target } from '../legs/invitation.js'
import type { DialledOut } from './outbound-calls.js'
import { OutboundCodes } from './outbound-codes.js'
import { SignInCodes, type DialledSignIn } from './sign-in-codes.js'
import { TransferRules, type NamedParts } from './transfer-rules.js'
import type { ReferVerdict } from './live/change.js'

/** The parts of an INVITE that identify the caller. */
type CallingParty = Pick<InboundCall, 'invite' | 'origin' | 'replaces'>

/** Finds the workflow that a caller dialled, and the addresses of agents and forward targets. Rebuilt on every config reload. */
export class Directory {
  readonly #byUser = new Map<string, DialledWorkflow>()
  readonly #byAddress = new Map<string, DialledWorkflow>()
  readonly #byName = new Map<WorkflowName, DialledWorkflow>()
  readonly #agents = new Map<AgentUri, AgentContact>()
  readonly #ours: ReadonlySet<string>
  /** The outbound proxy, and its host. */
  readonly #proxy: { readonly uri: string; readonly host: string } | undefined
  /** What agents dial. */
  readonly #codes: { readonly signIns: SignInCodes; readonly outbound: OutboundCodes }
  readonly #agentsByName = new Map<string, AgentUri>()
  readonly #transfers: TransferRules
  readonly #more: Pick<CallSettings, 'consoleUrl' | 'supervision'>

  constructor(settings: CallSettings) {
    this.#ours = new Set([settings.domain, ...settings.ourHosts].map(plainHost))
    const proxy = settings.outboundProxy
    this.#proxy = proxy === undefined ? undefined : { uri: proxy, host: partsOf(proxy).host }
    this.#codes = { signIns: new SignInCodes(settings.signIn), outbound: new OutboundCodes(settings.outbound) }
    this.#more = settings
    for (const workflow of settings.workflows) this.#addWorkflow(workflow)
    for (const agent of settings.agents) this.#addAgent(agent)
    this.#transfers = new TransferRules(settings.transfers ?? { byCallers: false, allow: [] }, partsOf)
  }

  /**
   * Finds a workflow by user part and host, by user part alone if the host is ours, or by number, because a PBX may send any of them. Exact
   * matches come first, then those that differ only in case, as in Lync (docs/decisions/040). A number with an extension first means the
   * workflow with this extension, then the workflow with the number alone (docs/decisions/104).
   */
  dialled(requestUri: string): DialledWorkflow | undefined {
    const { user, host } = partsOf(requestUri)
    const extension = extensionOf(requestUri)
    const extended = extension !== '' && (host === '' || this.#ours.has(host)) ? numberKey(`${user}${extension}`) : undefined
    const own = extended === undefined ? undefined : this.#byUser.get(extended)
    return own ?? this.#named(user, host) ?? this.#named(user.toLowerCase(), host)
  }

  #named(user: string, host: string): DialledWorkflow | undefined {
    if (host === '') return this.#byUser.get(numberKey(user))
    const exact = this.#byAddress.get(`${user}@${host}`)
    if (exact || !this.#ours.has(host)) return exact
    return this.#byUser.get(user) ?? this.#byUser.get(numberKey(user))
  }

  /** Why no workflow has this Request-URI, for an admin: the cause and the remedy. */
  whyUnknown(requestUri: string): string {
    const { user, host } = partsOf(requestUri)
    const named = this.#named(user, '') ?? this.#byUser.get(user) ?? this.#byUser.get(user.toLowerCase())
    if (named && host !== '' && !this.#ours.has(host))
      return `'${host}' is not a name of this server, so this is not ${named.name}: add it as sip.advertise, set sip.domain, or let the PBX send the call to an address of sip.listen`
    if (this.agentNamed(requestUri) !== undefined)
      return 'this is an agent; callers dial workflows, and agents are called through the PBX'
    return 'no workflow has this uri or number'
  }

  /** The sign-in code that an agent dialled. Undefined: it is none. */
  signInDialled(requestUri: string): DialledSignIn | undefined {
    const { user, host } = partsOf(requestUri)
    return host === '' || this.#isHome(host) ? this.#codes.signIns.dialled(user) : undefined
  }

  /**
   * The number that somebody dialled on behalf of a workflow. They name the workflow by its prefix, or in P-Preferred-Identity (RFC 3325
   * §9.2). Undefined: they do not.
   */
  dialledOut(inbound: Pick<InboundCall, 'invite'>): DialledOut | undefined {
    const { user, host } = partsOf(inbound.invite.requestUri)
    if (host !== '' && !this.#isHome(host)) return undefined
    const dialled = this.#codes.outbound.dialled(user)
    const named = dialled && this.#byName.get(dialled.outbound.workflow)
    if (named) return { workflow: named, ...dialled }
    for (const uri of inbound.invite.preferred ?? []) {
      const workflow = this.dialled(uri)
      if (workflow) return { workflow, outbound: this.#codes.outbound.named(workflow.name), number: user }
    }
    return undefined
  }

  /** The URI by which people see a workflow on whose behalf an agent calls them. */
  outboundIdentity({ name, uri }: DialledWorkflow): string {
    return this.#codes.outbound.named(name)?.identity ?? uri
  }

  /** Whether the workflow takes calls from this origin. A phone that showed its password may always call. */
  takesCallsFrom({ callersFrom }: DialledWorkflow, { trusted, source }: Pick<Origin, 'trusted' | 'source'>): boolean {
    if (callersFrom === undefined || !trusted) return true
    return source !== undefined && listOf(callersFrom).check(source, isIPv6(source) ? 'ipv6' : 'ipv4')
  }

  workflow(name: WorkflowName): DialledWorkflow | undefined {
    return this.#byName.get(name)
  }

  /** The agent's registered phones and their own contact. Without either: their URI through the outbound proxy. */
  agentTarget(agent: AgentUri): Target & { readonly phones: string; readonly oneDevice: boolean } {
    const contact = this.#agents.get(agent)?.contact
    if (contact !== undefined) return { uri: contact, phones: agent, oneDevice: true }
    return { phones: agent, oneDevice: false, ...this.#byProxy(agent) }
  }

  get supervision(): SupervisionSettings {
    return this.#more.supervision ?? supervisionDefaults
  }

  /** The URL of the console's page of a call. Undefined: the config names no console. */
  pageOf(call: CallId): string | undefined {
    const { consoleUrl } = this.#more
    return consoleUrl === undefined ? undefined : `${consoleUrl}/calls/${call}`
  }

  /** A forward target of the config, through the outbound proxy if there is one. */
  forwardTarget(uri: string): Target {
    return this.#byProxy(uri)
  }

  /** The agent who calls: proved by a phone, or named by a trusted peer (RFC 3325). Undefined: not an agent, or unknown. */
  callingAgent(call: CallingParty): AgentUri | undefined {
    const { from } = call.invite
    if (!call.origin.trusted) return this.agentNamed(from.uri)
    for (const uri of call.invite.asserted ?? []) {
      const agent = this.agentNamed(uri)
      if (agent !== undefined) return agent
    }
    // The From of a trusted peer alone names no agent. With Replaces it is enough, because the sender knows one of our dialogs.
    return call.replaces ? this.agentNamed(from.uri) : undefined
  }

  /** The agent with this URI, under any of our names for the domain. Exact matches come first, then other cases, as for workflows. */
  agentNamed(uri: string): AgentUri | undefined {
    const { user, host } = partsOf(uri)
    const place = this.#isHome(host) ? '' : host
    return this.#agentsByName.get(`${user}@${place}`) ?? this.#agentsByName.get(`${user.toLowerCase()}@${place}`)
  }

  /**
   * The target of a REFER (docs/decisions/026): an agent, a workflow, or what `transfers.allow` names. The called URI is built here and never
   * copied, so that no parameter, port or header of the REFER is sent.
   */
  referTarget(to: string, asker: { readonly agent: AgentUri | undefined; readonly trusted: boolean }): ReferVerdict {
    if (asker.agent === undefined && !(asker.trusted && this.#transfers.byCallers))
      return refused(603, 'Callers may not transfer')
    // RFC 3966 §5.1.5: such a number is valid only in its context. Here it could reach somebody else.
    if (hasContext(to)) return refused(403, 'A local number with a phone-context is not dialled here')
    const verdict = this.#referred(to)
    if (!isSecure(to) || verdict.kind === 'refused' || isSecureWay(verdict.target)) return verdict
    return refused(403, 'A sips: target is not called over hops without TLS')
  }

  #referred(to: string): ReferVerdict {
    const parts = partsOf(to)
    const agent = this.agentNamed(to)
    if (agent !== undefined) {
      const { uri, route, phones } = this.agentTarget(agent)
      return { kind: 'call', target: { uri, phones, ...(route !== undefined && { route }) }, to: agent, agent }
    }
    const allowed = this.#allowedUri(to, parts)
    if (allowed === undefined) return refused(403, 'This target is not among those that transfers may reach')
    return { kind: 'call', target: this.#byProxy(allowed), to: allowed }
  }

  #allowedUri(to: string, parts: NamedParts): string | undefined {
    const { scheme, user, host } = parts
    const isHome = host === '' || this.#isHome(host)
    const workflow = this.dialled(to)
    // A workflow is called through the PBX. Without a PBX the INVITE would come to us, so the target is not allowed.
    if (workflow) return this.#proxy === undefined ? undefined : workflow.uri
    const named = this.#transfers.uri(parts)
    if (named !== undefined) return named
    const number = isHome ? this.#transfers.number(user) : undefined
    if (number !== undefined && this.#proxy !== undefined)
      return scheme === 'tel' ? `tel:${number}` : `${sipScheme(to)}:${number}@${bracketed(host)};user=phone`
    const place = this.#transfers.host(parts)
    return place !== undefined && plainUserForm.test(user) ? `${sipScheme(to)}:${user}@${place}` : undefined
  }

  /** The host is ours, or that of the outbound proxy, which represents us. */
  #isHome(host: string): boolean {
    return this.#ours.has(host) || (host !== '' && host === this.#proxy?.host)
  }

  #byProxy(uri: string): Target {
    return this.#proxy === undefined ? { uri } : { uri, route: this.#proxy.uri }
  }

  #addAgent(agent: AgentContact): void {
    const { user, host } = partsOf(agent.uri)
    this.#agents.set(agent.uri, agent)
    const place = this.#isHome(host) ? '' : host
    const anyCase = `${user.toLowerCase()}@${place}`
    this.#agentsByName.set(`${user}@${place}`, agent.uri)
    if (!this.#agentsByName.has(anyCase)) this.#agentsByName.set(anyCase, agent.uri)
  }

  #addWorkflow(workflow: DialledWorkflow): void {
    const { user, host } = partsOf(workflow.uri)
    const isOurs = this.#ours.has(host)
    const anyCase = user.toLowerCase()
    this.#byName.set(workflow.name, workflow)
    this.#byAddress.set(`${user}@${host}`, workflow)
    if (!this.#byAddress.has(`${anyCase}@${host}`)) this.#byAddress.set(`${anyCase}@${host}`, workflow)
    if (isOurs) {
      this.#byUser.set(user, workflow)
      this.#byUser.set(numberKey(user), workflow)
      if (!this.#byUser.has(anyCase)) this.#byUser.set(anyCase, workflow)
    }
    if (workflow.number !== undefined) this.#byUser.set(numberKey(workflow.number), workflow)
  }
}

/**
 * The user part without escapes and parameters, and the host in lower case without port. A tel URI has its number as user and no
 * host.
 */
function partsOf(uri: string): NamedParts {
  const colon = uri.indexOf(':')
  const scheme = uri.slice(0, Math.max(colon, 0))
  const rest = onlyLetters.test(scheme) ? uri.slice(colon + 1) : ''
  if (scheme.toLowerCase() === 'tel') return { scheme: 'tel', user: plainUser(rest), host: '', port: undefined }
  const at = rest.indexOf('@')
  const [, host = '', port] = /^(\[[^\]]*\]|[^:;?]*)(?::(\d+))?/.exec(rest.slice(at + 1)) ?? []
  return { scheme: 'sip', user: at < 0 ? '' : plainUser(rest.slice(0, at)), host: plainHost(host), port }
}

/** Each list of a config is read once. */
const blockLists = new WeakMap<readonly string[], BlockList>()

function listOf(blocks: readonly string[]): BlockList {
  const known = blockLists.get(blocks)
  if (known) return known
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/', 2)
    const kind = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, kind)
    else list.addSubnet(address, Number(prefix), kind)
  }
  blockLists.set(blocks, list)
  return list
}

const onlyLetters = /^[a-z]+$/i

/** A parameter of a tel URI, or of the user part of a SIP URI that was made from one (RFC 3261 §19.1.6). */
const hasContext = (uri: string): boolean => /;phone-context(=|;|@|$)/i.test(uri)

const isSecure = (uri: string): boolean => /^sips:/i.test(uri)

const sipScheme = (uri: string): 'sip' | 'sips' => (isSecure(uri) ? 'sips' : 'sip')

/** A sips URI requires TLS on each hop (RFC 3261 §26.2.2), which a call to a sip URI would not have. */
const isSecureWay = ({ uri, route }: Target): boolean =>
  isSecure(uri) && (route === undefined || isSecure(route) || /;transport=tls(;|$)/i.test(route))

/** The form for comparisons: hosts are the same in any case (RFC 3261 §19.1.4), and a dot at the end only marks a complete name (RFC 1034 §3.1). */
const plainHost = (host: string): string =>
  host
    .replace(/^\[|\]$/g, '')
    .replace(/(?<=.)\.$/, '')
    .toLowerCase()

const plainUser = (user: string): string => {
  const [bare = ''] = user.split(/[;:]/)
  return bare.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

const refused = (status: 403 | 603, why: string): ReferVerdict => ({ kind: 'refused', status, why })

/** User parts of characters that need no escape (RFC 3261 §25.1). */
const plainUserForm = /^[A-Za-z0-9_.!~*'()&=+$,-]+$/

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
