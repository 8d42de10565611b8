import type { AgentContact, CallSettings, DialledWorkflow } from '../config/settings.js'
import { agentUri, type AgentUri, type CallId, type WorkflowName } from '../routing/index.js'
import type { Target } from '../signaling/port.js'

/** Who is meant by what callers dial, and where agents and forward targets are reached. Made anew by each config. */
export class Directory {
  readonly #byUser = new Map<string, DialledWorkflow>()
  readonly #byAddress = new Map<string, DialledWorkflow>()
  readonly #byName = new Map<WorkflowName, DialledWorkflow>()
  readonly #agents = new Map<AgentUri, AgentContact>()
  readonly #ours: ReadonlySet<string>
  readonly #proxy: string | undefined
  readonly #console: string | undefined

  constructor(settings: CallSettings) {
    this.#ours = new Set([settings.domain, ...settings.ourHosts].map(plainHost))
    this.#proxy = settings.outboundProxy
    this.#console = settings.consoleUrl
    for (const workflow of settings.workflows) this.#addWorkflow(workflow)
    for (const agent of settings.agents) this.#agents.set(agent.uri, agent)
  }

  /**
   * By user part and host, by user part alone where the host is ours, or by number, as a PBX may send any of them. As written, and then
   * whatever the case of the user part, as in Lync (docs/decisions/040).
   */
  dialled(requestUri: string): DialledWorkflow | undefined {
    const { user, host } = partsOf(requestUri)
    return this.#named(user, host) ?? this.#named(user.toLowerCase(), host)
  }

  #named(user: string, host: string): DialledWorkflow | undefined {
    if (host === '') return this.#byUser.get(numberKey(user))
    const exact = this.#byAddress.get(`${user}@${host}`)
    if (exact || !this.#ours.has(host)) return exact
    return this.#byUser.get(user) ?? this.#byUser.get(numberKey(user))
  }

  workflow(name: WorkflowName): DialledWorkflow | undefined {
    return this.#byName.get(name)
  }

  /** The phones that the agent has registered, and their own contact; without either their URI by way of the outbound proxy. */
  agentTarget(agent: AgentUri): Target & { readonly phones: string; readonly oneDevice: boolean } {
    const contact = this.#agents.get(agent)?.contact
    if (contact !== undefined) return { uri: contact, phones: agent, oneDevice: true }
    return { phones: agent, oneDevice: false, ...this.#byProxy(agent) }
  }

  /** The page of the console that tells of a call: its answers, its wait. Undefined: the config names no console. */
  pageOf(call: CallId): string | undefined {
    return this.#console === undefined ? undefined : `${this.#console}/calls/${call}`
  }

  /** A forward target of the config: by way of the outbound proxy, where there is one. */
  forwardTarget(uri: string): Target {
    return this.#byProxy(uri)
  }

  /**
   * Where a REFER may lead: an agent of the config, or any number by way of the outbound proxy, whose rules say who may call what. Without a
   * proxy nowhere else: nobody reaches other numbers through Carillon (docs/response-group.md §5).
   */
  transferTarget(uri: string): Target | undefined {
    const agent = agentUri(uri)
    if (agent.ok && this.#agents.has(agent.value)) {
      const { uri: contact, route, phones } = this.agentTarget(agent.value)
      return { uri: contact, phones, ...(route !== undefined && { route }) }
    }
    return this.#proxy === undefined ? undefined : this.#byProxy(uri)
  }

  #byProxy(uri: string): Target {
    return this.#proxy === undefined ? { uri } : { uri, route: this.#proxy }
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

/** User part without escapes and parameters, host in lower case without its port; a tel URI has its number as user and no host. */
function partsOf(uri: string): { user: string; host: string } {
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/is.exec(uri) ?? []
  if (scheme.toLowerCase() === 'tel') return { user: plainUser(rest), host: '' }
  const at = rest.indexOf('@')
  const [, host = ''] = /^(\[[^\]]*\]|[^:;?]*)/.exec(rest.slice(at + 1)) ?? []
  return { user: at < 0 ? '' : plainUser(rest.slice(0, at)), host: plainHost(host) }
}

/** RFC 3261 §19.1.4; a dot at the end says only that the name is whole (RFC 1034 §3.1). */
const plainHost = (host: string): string =>
  host
    .replace(/^\[|\]$/g, '')
    .replace(/(?<=.)\.$/, '')
    .toLowerCase()

const plainUser = (user: string): string => {
  const [bare = ''] = user.split(/[;:]/)
  return bare.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

/** Digits alone, so that +1 (425) 555-0100, 14255550100 and tel:+1-425-555-0100 are one number; anything else is no number. */
function numberKey(text: string): string {
  const digits = text.replace(/[-.() ]/g, '')
  return /^\+?\d+$/.test(digits) ? `+${digits.replace(/^\+/, '')}` : text
}
