import { createHash, createHmac } from 'node:crypto'
import type { Clock } from '../../foundation/clock.js'
import { later, seconds, type Instant } from '../../foundation/time.js'
import { digestAlgorithms, passwordHashes, type DigestAlgorithm, type PasswordHashes } from '../message/digest.js'
import type { Payer } from '../gate.js'
import { encodeUtf8 } from '../message/grammar.js'
import { isSameAddress } from '../message/ipv6.js'
import { parseUri, unescapeUser } from '../message/uri.js'
import { AddressList } from '../transport/address-list.js'
import { bare } from '../transport/received.js'
import type { RandomBytes } from '../transaction/tokens.js'
import type { ProxySettings } from './proxies.js'
import { IssuedPhones, type Account, type Issued, type PhoneHolder } from './issued.js'

/** Which phones may register, from the config. */
export interface AccountSettings {
  /** Our SIP domain, which is also the realm. */
  readonly domain: string
  /** Other names and addresses that phones may use for our domain. */
  readonly ourHosts: readonly string[]
  /** The algorithms in challenges, the preferred one first. Default: all. */
  readonly algorithms?: readonly DigestAlgorithm[]
  /** All agents. An agent without a password can only use issued credentials. */
  readonly accounts: readonly AgentAccount[]
  /** The proxies through which phones register. Default: none. */
  readonly proxies?: readonly ProxySettings[]
  /** The trusted peers that the config names by address, and the outbound proxy. In lower case, without brackets. */
  readonly peerHosts?: readonly string[]
}

interface AgentAccount {
  readonly agent: string
  readonly password?: PasswordHashes
  /** IP addresses and CIDR blocks of Contacts that are accepted wherever the REGISTER comes from. Default: none. */
  readonly contactNetworks?: readonly string[]
}

/** Whether this holder may still use credentials for this agent. Without an agent, they are a guest's credentials. */
export type MayHold = (holder: string, agent: string | undefined) => boolean

/** Credentials for a phone in a browser. */
export interface IssuedPhone {
  /** The address of record. */
  readonly uri: string
  readonly user: string
  readonly password: string
  readonly realm: string
  /** When the credentials and all registrations made with them end. */
  readonly expires: Instant
}

/** Credentials that were revoked. */
export interface TakenBack {
  readonly aor: string
  readonly user: string
}

const takenBack = ({ aor, issued }: Issued): TakenBack => ({ aor, user: issued.user })

const issuedFor = seconds(3_600)
/** 128 bits in hex. */
const markDigits = 32

/** All passwords that phones may use: those of agents in the config, and those issued to browser phones for an hour. */
export class Accounts {
  #settings: AccountSettings = { domain: '', ourHosts: [], accounts: [] }
  #ours: ReadonlySet<string> = new Set()
  /** By normalised user@host. */
  #agents: ReadonlyMap<string, AgentAccount> = new Map()
  readonly #issued = new IssuedPhones()

  constructor(
    settings: AccountSettings,
    private readonly clock: Clock,
    private readonly random: RandomBytes,
    /** The key of the marks. */
    private readonly markKey: Uint8Array = Uint8Array.from(random(32)),
  ) {
    this.replace(settings)
  }

  get algorithms(): readonly DigestAlgorithm[] {
    return this.#settings.algorithms ?? digestAlgorithms
  }

  get realm(): string {
    return this.#settings.domain
  }

  /** Returns the former agents whose phones may no longer be reached: they left, or have another password. */
  replace(settings: AccountSettings): readonly string[] {
    const before = this.#settings.accounts
    this.#settings = settings
    this.#ours = new Set([settings.domain, ...settings.ourHosts].map(host => bare(host.toLowerCase())))
    this.#agents = new Map(settings.accounts.map(account => [this.#key(account.agent) ?? account.agent, account]))
    const now = new Map(settings.accounts.map(({ agent, password }) => [agent, password]))
    for (const issued of this.#issued.all())
      if (this.#isAgent(issued.aor, before) && !now.has(issued.aor)) this.#issued.delete(issued)
    return before
      .filter(({ agent, password }) => !now.has(agent) || (password && password.MD5 !== now.get(agent)?.MD5))
      .map(({ agent }) => agent)
  }

  /** Finds an account by the name that a phone sends: the user part, or user@domain. Bytes as latin1 text. */
  find(username: string): Account | undefined {
    const issued = this.#issued.find(username)
    if (issued) return issued.issued.expires > this.clock.now() ? issued : undefined
    const name = this.#ownName(username)
    const account = name === undefined ? undefined : this.#agents.get(name)
    return account?.password && { aor: account.agent, hashes: account.password }
  }

  /** The networks in which a Contact of the agent's phones is accepted. */
  networksOf(agent: string): AddressList {
    return new AddressList(this.#agents.get(this.#key(agent) ?? agent)?.contactNetworks ?? [])
  }

  /**
   * A text that changes with the agent and the password and is useless without the key. Undefined: no such agent, or no password.
   */
  markOf(agent: string): string | undefined {
    const { password } = this.#agents.get(this.#key(agent) ?? agent) ?? {}
    return password && createHmac('sha256', this.markKey).update(`${agent}\n${password.MD5}`).digest('hex').slice(0, markDigits)
  }

  /** The mark without a key, as older versions wrote it. It is still read, but never written. */
  oldMarkOf(agent: string): string | undefined {
    const { password } = this.#agents.get(this.#key(agent) ?? agent) ?? {}
    return password && createHash('sha256').update(password.MD5).digest('hex').slice(0, 8)
  }

  /** The same name for all forms by which a phone may name one account. The account need not exist. */
  nameOf(username: string): string {
    return this.#ownName(username) ?? username
  }

  /** Who is responsible for what this address does: an agent, or the person who took guest credentials, in any of their sessions. */
  payerOf(uri: string): Payer {
    const key = this.#key(uri)
    const agent = key === undefined ? undefined : this.#agents.get(key)
    if (agent) return { kind: 'agent', account: agent.agent }
    const issued = this.#issued.find(key?.slice(0, key.lastIndexOf('@')) ?? '')
    return { kind: 'guest', account: issued?.holder.payer ?? issued?.holder.id ?? key ?? uri }
  }

  /** The name of an agent's account, in the form of `nameOf`. */
  nameOfAgent(agent: string): string {
    return this.#key(agent) ?? agent
  }

  /** Whether a URI is this address of record, under any name of our domain. */
  isOf(aor: string, uri: string): boolean {
    const key = this.#key(uri)
    return key !== undefined && key === this.#key(aor)
  }

  /** The agent with this URI, as the config spells it. */
  agentOf(uri: string): string | undefined {
    return this.#agents.get(this.#key(uri) ?? uri)?.agent
  }

  /** Whether an agent of our domain has this user name. */
  hasAgent(user: string): boolean {
    return this.agentOf(`sip:${user}@${this.#settings.domain}`) !== undefined
  }

  /** Whether the URI is in our domain. The user need not exist. */
  isOurs(uri: string): boolean {
    const read = parseUri(uri)
    return read.ok && this.hasHost(bare(read.value.host))
  }

  /** Whether this host, without brackets, is a name of our domain. */
  hasHost(host: string): boolean {
    return this.#ours.has(host)
  }

  /** Whether this host, without brackets, is that of a peer in the config. */
  hasPeer(host: string): boolean {
    return this.#settings.peerHosts?.some(peer => isSameAddress(peer, host)) === true
  }

  /**
   * Issues credentials for an agent's browser phone. Without an agent they are for a guest, who can only call. `gone`: the oldest
   * credentials of the same holder, revoked to make space. Undefined: there are too many in all.
   */
  issue(
    agent: string | undefined,
    holder: PhoneHolder,
  ): { readonly phone: IssuedPhone; readonly gone: readonly TakenBack[] } | undefined {
    const now = this.clock.now()
    if (this.#issued.isFull(agent, now)) return undefined
    const user = `${agent === undefined ? 'guest' : 'console'}-${this.#secret(9).toLowerCase()}`
    const password = this.#secret(24)
    const aor = agent ?? `sip:${user}@${this.realm}`
    const usual = later(now, issuedFor)
    const expires = holder.until !== undefined && holder.until < usual ? holder.until : usual
    const hashes = passwordHashes(user, encodeUtf8(this.realm), password)
    const gone = this.#issued.add({ aor, hashes, issued: { user, expires }, agent, holder })
    return { phone: { uri: aor, user, password, realm: this.realm, expires }, gone: gone.map(takenBack) }
  }

  /** Revokes and returns the credentials that may no longer be held. `holders`: only theirs; default all. */
  review(mayHold: MayHold, holders?: readonly string[]): readonly TakenBack[] {
    const asked = new Map<string, boolean>()
    const gone = this.#issued.ofHolders(holders).filter(({ holder, agent }) => {
      const key = JSON.stringify([holder.id, agent])
      const may = asked.get(key) ?? mayHold(holder.id, agent)
      asked.set(key, may)
      return !may
    })
    for (const issued of gone) this.#issued.delete(issued)
    return gone.map(takenBack)
  }

  /** The normalised user@realm. Undefined: another domain. */
  #ownName(username: string): string | undefined {
    const at = username.lastIndexOf('@')
    if (at < 0) return `${username}@${this.realm}`
    return this.#ours.has(bare(username.slice(at + 1).toLowerCase())) ? `${username.slice(0, at)}@${this.realm}` : undefined
  }

  #isAgent(aor: string, accounts: readonly AgentAccount[]): boolean {
    return accounts.some(({ agent }) => agent === aor)
  }

  #secret(bytes: number): string {
    return Buffer.from(this.random(bytes)).toString('base64url').replaceAll(/[-_]/g, 'x')
  }

  #key(uri: string): string | undefined {
    const read = parseUri(uri)
    if (!read.ok || read.value.scheme === 'tel' || read.value.user === undefined) return undefined
    const host = bare(read.value.host)
    return `${unescapeUser(read.value.user)}@${this.#ours.has(host) ? this.realm : host}`
  }
}
