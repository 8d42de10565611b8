import type { WallTime, Millis } from '../foundation/time.js'
import type { AgentUri, GroupName, PromptId, WorkflowName } from '../routing/world/ids.js'
import type { RoutingSettings } from '../routing/world/settings.js'
import type { PhonePassword } from './passwords.js'

/** A whole config, checked and turned into what each part of the server needs. */
export interface Settings {
  readonly routing: RoutingSettings
  readonly calls: CallSettings
  readonly sip: SipSettings
  readonly http: HttpSettings
  readonly store: StoreSettings
  readonly journal: JournalSettings
  readonly records: RecordSettings
  readonly media: MediaSettings
  readonly presence: PresenceSettings
  readonly registration: RegistrationSettings
  readonly access: AccessSettings
  readonly groups: readonly GroupDescription[]
}

/** What the shell needs to recognise what callers dial and to reach agents. */
export interface CallSettings {
  /** Our SIP domain, lower case; also `advertise` and the listen addresses count as ours when a dialled host is compared. */
  readonly domain: string
  readonly ourHosts: readonly string[]
  /** Where agents and forward targets are reached, unless an agent has a contact of its own. */
  readonly outboundProxy?: string
  /** Where agents' browsers reach the console, without a slash at its end. */
  readonly consoleUrl?: string
  readonly workflows: readonly DialledWorkflow[]
  readonly agents: readonly AgentContact[]
  /** Default: agents, to agents and workflows. */
  readonly transfers?: TransferSettings
}

/** Who may refer (RFC 3515) the other side of a call, and where, beside agents and workflows. */
export interface TransferSettings {
  /** Callers may who come by a trusted peer; without it agents alone. */
  readonly byCallers: boolean
  readonly allow: readonly AllowedTarget[]
}

export type AllowedTarget =
  /** Digits, perhaps behind a plus; `?` is any one digit, `*` at the end any number of them. */
  | { readonly kind: 'number'; readonly number: string }
  /** Everybody there: in lower case, with a port where there is one; an IPv6 address in brackets. */
  | { readonly kind: 'host'; readonly host: string }
  | { readonly kind: 'uri'; readonly uri: string }

export interface DialledWorkflow {
  readonly name: WorkflowName
  /** What callers dial. */
  readonly uri: string
  /** The same as a telephone number, such as `+14255550100`. */
  readonly number?: string
  readonly displayName: string
  /** True: nothing that the caller receives names the agent. */
  readonly anonymous: boolean
  /** What agents see as the caller's name; `{workflow}` and `{caller}` are filled in. Default `{workflow}: {caller}`. */
  readonly callerDisplay: string
  /** `onAgent`: no prompt and no music, the caller hears ringback until an agent answers; never of an interactive workflow. Default `atOnce`. */
  readonly answer: 'atOnce' | 'onAgent'
}

export interface AgentContact {
  readonly uri: AgentUri
  readonly name?: string
  readonly contact?: string
}

export interface SipSettings {
  readonly listen: readonly ListenAddress[]
  /** Host in Via and Contact; default: the local address. */
  readonly advertise?: string
  /** IP addresses and CIDR blocks. */
  readonly trustedPeers: readonly string[]
  /** Of the pages that may connect by WebSocket: origins such as `https://rgs.example.com`, or names of hosts, whose pages may by any port. */
  readonly origins: readonly string[]
  /** Memory for the latest SIP messages; 0: none is kept. */
  readonly captureBytes: number
  /** At one time. */
  readonly maxCalls: number
  /** Calls at one time of who is no trusted peer. `keptForPeers` in percent of `maxCalls`. */
  readonly callers: { readonly perAccount: number; readonly perAddress: number; readonly keptForPeers: number }
  /** There when TLS or secure WebSocket is listened for. */
  readonly tls?: TlsFileSettings
}

/** What the files of `sip.tls` hold, as PEM text that was checked. */
export interface TlsFileSettings {
  /** Ours, with those between it and its authority; and its key. Both or none. */
  readonly certificate?: string
  readonly key?: string
  /** Authorities of the servers that we connect to; default: those that come with Node. */
  readonly ca?: string
  /** Who shows a certificate of this authority is a trusted peer. */
  readonly clientCa?: string
  /** Of those, only who is named so. */
  readonly trustedNames?: readonly string[]
  /** When our certificate does. */
  readonly expires?: WallTime
  /** Where all this was read, absolute. */
  readonly files: readonly string[]
}

export interface ListenAddress {
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'
  /** An IPv4 or IPv6 address, without brackets. */
  readonly host: string
  /** 0: chosen by the kernel. */
  readonly port: number
}

export interface HttpSettings {
  /** Loopback where nobody is named who may use it. */
  readonly host: string
  readonly port: number
  /** IP addresses and CIDR blocks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies: readonly string[]
  readonly connections: ConnectionSettings
  /** Where metrics and health are given beside, and alone. */
  readonly metrics?: MetricsListenSettings
  /** PEM files, absolute: present for https. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** Where browsers reach the console; by its scheme it is known whether cookies can be kept to https. */
  readonly url?: string
}

export interface MetricsListenSettings {
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  /** IP addresses and CIDR blocks that are answered; others are disconnected. */
  readonly allow: readonly string[]
}

/** How much of HTTP those may take who have not logged in. */
export interface ConnectionSettings {
  /** Connections in all. */
  readonly most: number
  /** Of those, by whom nobody has logged in. */
  readonly strangers: number
  /** Of those, from one address. */
  readonly perAddress: number
  /** How long a request may take to arrive, its body included. */
  readonly requestWithin: Millis
}

export const roles = ['viewer', 'agent', 'manager', 'admin'] as const
export type Role = (typeof roles)[number]

/** Parts of what a role allows, to which a token may be held: see, and what may be changed. */
export const scopes = ['read', 'presence', 'signIn', 'calls', 'phones'] as const
export type Scope = (typeof scopes)[number]

/** What somebody may see and change. */
export interface Rights {
  readonly role: Role
  /** The agent that this is; always there with the role agent. */
  readonly agent?: AgentUri
  /** Of a manager: those that are managed. */
  readonly workflows: readonly WorkflowName[]
}

/** Who may use the HTTP API and the console. Without a user, a token and a provider: everybody on this machine, for everything. */
export interface AccessSettings {
  readonly users: readonly UserSettings[]
  readonly tokens: readonly TokenSettings[]
  readonly oidc?: OidcSettings
  readonly sessions: {
    /** Without a request for this long a session ends. */
    readonly idle: Millis
    /** After this in any case. */
    readonly longest: Millis
  }
  /** How long the record of changes is kept. */
  readonly keepAudit: Millis
}

export interface UserSettings extends Rights {
  readonly name: string
  /** Absent: logs in by OpenID Connect alone. */
  readonly passwordHash?: string
}

export interface TokenSettings extends Rights {
  readonly name: string
  /** SHA-256 of the token in lower-case hex. */
  readonly digest: string
  /** Absent: all that the role allows. */
  readonly scopes?: readonly Scope[]
  readonly expires?: WallTime
}

export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly scope: string
  readonly nameClaim: string
  readonly agentClaim?: string
  /** The first whose claim has the value counts. */
  readonly rights: readonly (Omit<Rights, 'agent'> & { readonly claim: string; readonly value: string })[]
}

export type StoreSettings = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; /** Absolute. */ readonly file: string }

export interface JournalSettings {
  /** Absolute. */
  readonly folder: string
  /** A new file begins past this many bytes. Default 64 MiB. */
  readonly maxFileBytes: number
  /** Older files are deleted. Default 14 days. */
  readonly keep: Millis
}

export interface RecordSettings {
  /** Older records of calls are deleted. At least a day, default 90 days. */
  readonly keep: Millis
}

export interface PresenceSettings {
  /** Per agent: the sources that speak for them, or `always`. */
  readonly agents: ReadonlyMap<AgentUri, 'always' | readonly PresenceSourceSetting[]>
  readonly subscribe: PresenceSubscribeSettings
}

/** How the source `subscribe` asks. */
export interface PresenceSubscribeSettings {
  readonly events: readonly ('presence' | 'dialog')[]
  /** 10 s to a day, default an hour; the notifier may grant less. */
  readonly expires: Millis
  /** How many subscriptions begin in a second; default 50. */
  readonly perSecond: number
  /** Who asks, as a SIP URI. */
  readonly from: string
  /** Through whom agents are asked; default: the host of their URI. */
  readonly outboundProxy?: string
}

/** Whose phones may register here. */
export interface RegistrationSettings {
  /** Our SIP domain, which is the realm too; the hosts by which phones may name it. All in lower case. */
  readonly domain: string
  readonly ourHosts: readonly string[]
  /** Those that are asked for, the preferred one first. */
  readonly algorithms: readonly ('SHA-256' | 'MD5')[]
  /** All agents. Without a password none but the console's phone may register as one. */
  readonly accounts: readonly PhoneAccount[]
}

export interface PhoneAccount {
  readonly agent: AgentUri
  readonly password?: PhonePassword
  /** IP addresses and CIDR blocks in which a Contact is believed that is not where the REGISTER comes from. Absent: none. */
  readonly contactNetworks?: readonly string[]
}

/** Sources that are built. */
export type PresenceSourceSetting = 'registration' | 'publish' | 'subscribe' | 'http' | 'console'

/** What routing does not need and people like to read. */
export interface GroupDescription {
  readonly name: GroupName
  readonly description?: string
}

export interface MediaSettings {
  /** `none`: signalling only; callers hear ringback until an agent answers. */
  readonly engine: 'none' | 'builtin'
  /** UDP ports from 1024 to 65535, both included: even ones for RTP, each with its RTCP port above. */
  readonly ports: { readonly first: number; readonly last: number }
  /** Who may have how many legs with browsers. `keptForAgents` in percent. */
  readonly browsers: { readonly perAccount: number; readonly perAddress: number; readonly keptForAgents: number }
  /** A caller who should send and of whom no RTP and no RTCP came for so long is hung up. Default 30 s. */
  readonly noMediaAfter: Millis
  /** Where rendered speech is kept between starts; absolute. */
  readonly cacheFolder: string
  /** A program that reads text on standard input and writes a WAV to standard output; `{language}` is filled in, as BCP 47. */
  readonly tts?: { readonly command: readonly string[] }
  /** All prompts and musics of the config, each once. Files are there and are WAVs, save those with `instead`. */
  readonly prompts: readonly PromptSettings[]
  /** What callers hear for whom a phone in a browser holds: that of `defaults`. */
  readonly musicOnHold: PromptId
}

export interface PromptSettings {
  readonly id: PromptId
  readonly sound: PromptSound
  /** Where the config names it first: `workflows/main.yaml:12:5`. */
  readonly where: string
}

export type PromptSound =
  /** Up to 4,096 characters of plain text; `language` as BCP 47. */
  | { readonly kind: 'say'; readonly text: string; readonly language: string }
  /** A WAV file, absolute; `instead` is spoken when it can't be used. */
  | { readonly kind: 'file'; readonly file: string; readonly instead?: { readonly text: string; readonly language: string } }
  /** Music that comes with Carillon. */
  | { readonly kind: 'builtin'; readonly name: 'default' }
