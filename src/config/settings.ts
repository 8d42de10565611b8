import type { WallTime, Millis } from '../foundation/time.js'
import type { CallSettings } from './call-settings.js'
import type { AgentUri, GroupName, PromptId, WorkflowName } from '../routing/world/ids.js'
import type { RoutingSettings } from '../routing/world/settings.js'
import type { PhonePassword } from './passwords.js'
import type { WebhookSettings } from './webhooks.js'

/** A checked config in the form that each part of the server needs. */
export interface Settings {
  readonly routing: RoutingSettings
  readonly calls: CallSettings
  readonly sip: SipSettings
  readonly http: HttpSettings
  readonly store: StoreSettings
  readonly journal: JournalSettings
  readonly records: RecordSettings
  readonly recordings: RecordingSettings
  readonly log: LogSettings
  readonly media: MediaSettings
  readonly presence: PresenceSettings
  readonly registration: RegistrationSettings
  readonly access: AccessSettings
  readonly edits: EditSettings
  readonly groups: readonly GroupDescription[]
  readonly webhooks: readonly WebhookSettings[]
  /** Undefined: the config names no directory. */
  readonly directory?: DirectorySettings
  /** Undefined: this server is the only one. */
  readonly cluster?: ClusterSettings
}

/** An LDAP server. `secure`: TLS from the first byte (ldaps://). The host has no brackets. */
export interface DirectoryServer {
  readonly secure: boolean
  readonly host: string
  readonly port: number
}

/** Where the members of groups are read by LDAP. */
export interface DirectorySettings {
  /** Whether `ldap://` connections switch to TLS before the login. */
  readonly startTls: boolean
  /** The absolute path of a PEM file. Undefined: the authorities that come with Node. */
  readonly ca?: string
  /** Undefined: anonymous. */
  readonly login?: { readonly user: string; readonly password: string }
  readonly servers: readonly DirectoryServer[]
  /** Whether members of groups inside a group count. */
  readonly nested: boolean
  /** The attributes that lead to an agent, the best first. */
  readonly attributes: readonly string[]
  readonly refresh: Millis
  /** The groups that are in use. */
  readonly lists: readonly DirectoryList[]
}

export interface DirectoryList {
  readonly group: GroupName
  /** The place where the config names it, such as `groups.yaml:12:5`. */
  readonly where: string
  readonly dn: string
  /** Servers with this group, the first that can be reached is asked. */
  readonly servers: readonly DirectoryServer[]
  /** The absolute path of the file with the last members. */
  readonly file: string
  /** When the last members were read. Undefined: never. */
  readonly readAt?: WallTime
}

export interface SipSettings {
  /** Empty with `drachtio`. */
  readonly listen: readonly ListenAddress[]
  /** The servers that carry our SIP. Undefined: our own sockets do. */
  readonly drachtio?: readonly DrachtioSettings[]
  /** The host in Via and Contact. Default: the local address. */
  readonly advertise?: string
  /** IP addresses and CIDR blocks. */
  readonly trustedPeers: readonly string[]
  /** The pages that may connect by WebSocket: origins such as `https://rgs.example.com`, or host names, whose pages may use any port. */
  readonly origins: readonly string[]
  /**
   * The URL to which phones in browsers connect. Default: the first address for them in `listen`. With `drachtio` and without this URL
   * there are no phones in browsers.
   */
  readonly webSocketUrl?: string
  /** The memory for the latest SIP messages, in bytes: 1 MiB to 1 GiB, default 16 MiB. 0: no messages are kept. */
  readonly captureBytes: number
  /** The most concurrent calls: 1 to 1,000,000, default 20,000. */
  readonly maxCalls: number
  /**
   * Limits of concurrent calls from callers who are not trusted peers. Defaults 10 and 50. `keptForPeers` is in percent of `maxCalls`, 0 to
   * 100, default 50.
   */
  readonly callers: { readonly perAccount: number; readonly perAddress: number; readonly keptForPeers: number }
  /** `refuse`: new calls get 503 while received messages wait for too long. Default true. */
  readonly overload: { readonly refuse: boolean }
  /** Present if `listen` has tls or wss, or if `sip.tls` is set. */
  readonly tls?: TlsFileSettings
}

export interface DrachtioSettings {
  readonly host: string
  readonly port: number
  readonly secret: string
  /** Present if the connection uses TLS. */
  readonly tls?: Readonly<Record<string, never>>
}

/** The content of the files in `sip.tls`, as checked PEM text. */
export interface TlsFileSettings {
  /** Our certificate with its intermediate certificates, and its key. Either both are set or none is. */
  readonly certificate?: string
  readonly key?: string
  /** The authorities that may sign the certificates of servers to which we connect. Default: those that come with Node. */
  readonly ca?: string
  /** A peer with a certificate of this authority is a trusted peer. */
  readonly clientCa?: string
  /** If set, only those peers whose certificate has one of these names are trusted. */
  readonly trustedNames?: readonly string[]
  /** When our certificate expires. */
  readonly expires?: WallTime
  /** The files from which all this was read, as absolute paths. */
  readonly files: readonly string[]
}

export interface ListenAddress {
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'
  /** An IPv4 or IPv6 address, without brackets. */
  readonly host: string
  /** 0: the kernel chooses a free port. */
  readonly port: number
}

export interface HttpSettings {
  /** The address on which we listen. It is loopback if the config names no users, tokens or provider. */
  readonly host: string
  readonly port: number
  /** IP addresses and CIDR blocks of proxies whose X-Forwarded-For and X-Forwarded-Proto we trust. */
  readonly trustedProxies: readonly string[]
  readonly connections: ConnectionSettings
  /** A separate address for metrics and health. If it is set, the main address has no metrics. */
  readonly metrics?: MetricsListenSettings
  /** The absolute paths of the PEM files. Present for https. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** The URL at which browsers reach the console. If its scheme is https, cookies are restricted to https. */
  readonly url?: string
}

export interface MetricsListenSettings {
  readonly host: string
  /** 0: the kernel chooses a free port. */
  readonly port: number
  /** IP addresses and CIDR blocks that may connect. Other connections are closed. */
  readonly allow: readonly string[]
}

/** Limits for HTTP connections. */
export interface ConnectionSettings {
  /** The most connections in all: 16 to 100,000, default 1,000. */
  readonly most: number
  /** The most connections on which nobody has logged in: 8 to 100,000, default 400. */
  readonly strangers: number
  /** The most connections per address on which nobody has logged in: 4 to 100,000, default 64. */
  readonly perAddress: number
  /** How long a request may take to arrive, including its body: 5 s to 10 min, default 30 s. */
  readonly requestWithin: Millis
}

export const roles = ['viewer', 'agent', 'manager', 'admin'] as const
export type Role = (typeof roles)[number]

/** The parts of what a role allows. A token may be limited to some of them. */
export const scopes = ['read', 'presence', 'signIn', 'calls', 'recordings', 'phones', 'edit', 'operate'] as const
export type Scope = (typeof scopes)[number]

export const editorWords = ['managers', 'admins', 'nobody'] as const

/** Edits of the config files over HTTP. */
export interface EditSettings {
  /** Who may edit. `managers` includes admins. */
  readonly by: (typeof editorWords)[number]
  /** How many edits the history keeps: 1 to 1,000, default 200. */
  readonly keep: number
  /** Whether each edit is committed with git. */
  readonly git: boolean
  /** The absolute path of the folder with the history. */
  readonly history: string
}

/** What a user or a token may see and change. */
export interface Rights {
  readonly role: Role
  /** The agent that this user is. Always present for the role `agent`. */
  readonly agent?: AgentUri
  /** The workflows of a user with the role `manager`. Empty for other roles. */
  readonly workflows: readonly WorkflowName[]
}

/** Who may use the HTTP API and the console. If there is no user, no token and no provider, everybody on this machine may do everything. */
export interface AccessSettings {
  readonly users: readonly UserSettings[]
  readonly tokens: readonly TokenSettings[]
  readonly oidc?: OidcSettings
  readonly sessions: {
    /** A session ends after this time without a request: 5 min to 7 days, default 1 h. */
    readonly idle: Millis
    /** A session ends after this time in any case: 5 min to 30 days, default 12 h. */
    readonly longest: Millis
  }
  /** How long the audit log is kept: 1 day to 10 years, default 365 days. */
  readonly keepAudit: Millis
}

export interface UserSettings extends Rights {
  readonly name: string
  /** Absent: the user can only log in by OpenID Connect. */
  readonly passwordHash?: string
  /** For a user with a password: whether the user may log in by OpenID Connect, too. */
  readonly oidc?: boolean
}

export interface TokenSettings extends Rights {
  readonly name: string
  /** SHA-256 of the token in lower-case hex. */
  readonly digest: string
  /** Absent: everything that the role allows. */
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
  /** Whether an email address that the provider has not verified is accepted for the claim `email`. Default: refuse. */
  readonly unverifiedEmail?: 'refuse' | 'accept'
  /** The rights by claim. The first entry whose claim has the value decides. */
  readonly rights: readonly (Omit<Rights, 'agent'> & { readonly claim: string; readonly value: string })[]
}

type StoreSettings =
  { readonly kind: 'memory' } | { readonly kind: 'sqlite'; /** An absolute path. */ readonly file: string } | RedisSettings

export interface ClusterSettings {
  /** The name of this node. */
  readonly node: string
  /** 1 s to 60 s, default 2 s. */
  readonly lease: Millis
  /** Where this node answers with 503 while it stands by. */
  readonly listen: readonly ListenAddress[]
}

/** Absent: none is needed. */
interface RedisSecrets {
  readonly username?: string
  readonly password?: string
  /** Of the Sentinels. */
  readonly sentinelPassword?: string
}

export interface RedisSettings {
  readonly kind: 'redis'
  /** One server, the Sentinels, or nodes of the cluster that know the others. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly way:
    { readonly kind: 'server' | 'cluster' } | { readonly kind: 'sentinel'; /** Of the master. */ readonly name: string }
  readonly tls: boolean
  readonly secrets: RedisSecrets
  readonly database: number
  /** The first part of all keys, so that several services can share one Redis. */
  readonly prefix: string
  /** The most call records. 1,000 to 10,000,000, default 50,000. */
  readonly mostRecords: number
}

interface JournalSettings {
  /** An absolute path. */
  readonly folder: string
  /** When a file reaches this many bytes, the next one starts. 64 KiB to 16 GiB, default 64 MiB. */
  readonly maxFileBytes: number
  /** Older files are deleted. 1 h to 10 years, default 14 days. */
  readonly keep: Millis
}

interface RecordSettings {
  /** Older call records are deleted. 1 day to 10 years, default 90 days. */
  readonly keep: Millis
}

export interface RecordingSettings {
  /** An absolute path. */
  readonly folder: string
  /** Older recordings are deleted. 1 h to 10 years, default 30 days. */
  readonly keep: Millis
  /** In bytes: the most that all recordings may take. Default 20 GiB. */
  readonly quota: number
  /** At the quota, nothing new is recorded, or the oldest recordings are deleted. Default `stop`. */
  readonly whenFull: 'stop' | 'deleteOldest'
  /** Whether agents may hear the recordings of their own calls. Default `none`. */
  readonly agents: 'none' | 'own'
}

interface LogSettings {
  /** Whether the log shows the numbers and names of callers. Default `shown`. */
  readonly callers: 'shown' | 'masked'
}

export interface PresenceSettings {
  /** For each agent, the presence sources, or `always`. */
  readonly agents: ReadonlyMap<AgentUri, 'always' | readonly PresenceSourceSetting[]>
  readonly subscribe: PresenceSubscribeSettings
}

/** How the presence source `subscribe` asks the PBX. */
export interface PresenceSubscribeSettings {
  readonly events: readonly ('presence' | 'dialog')[]
  /** 10 s to one day, default one hour. The notifier may grant less. */
  readonly expires: Millis
  /** How many subscriptions start per second: 1 to 1,000, default 50. */
  readonly perSecond: number
  /** The SIP URI in From. */
  readonly from: string
  /** The proxy through which agents are asked. Default: the host of their URI. */
  readonly outboundProxy?: string
}

/** Which phones may register here. */
interface RegistrationSettings {
  /** `domain` is our SIP domain and the realm. `ourHosts` are other hosts by which phones may name it. All in lower case. */
  readonly domain: string
  readonly ourHosts: readonly string[]
  /** The digest algorithms that we offer, the preferred one first. */
  readonly algorithms: readonly ('SHA-256' | 'MD5')[]
  /** All agents. For an agent without a password, only the console's phone may register. */
  readonly accounts: readonly PhoneAccount[]
  /** The proxies through which phones register. */
  readonly proxies: readonly ProxySettings[]
  /** The trusted peers that are single addresses, and the host of the outbound proxy. In lower case and without brackets. */
  readonly peerHosts: readonly string[]
}

export const reachedByWords = ['path', 'contact', 'direct'] as const

/**
 * How calls get back to the phones behind a proxy. `path`: the proxy adds a Path to each REGISTER (RFC 3327). `contact`: it replaces the
 * Contact by one of its own. `direct`: it does neither.
 */
export type ReachedBy = (typeof reachedByWords)[number]

export interface ProxySettings {
  /** The IP addresses from which the proxy sends, and those in its Path. */
  readonly addresses: readonly string[]
  /** The host names in its Path and its Contacts, in lower case. */
  readonly names: readonly string[]
  readonly reachedBy: ReachedBy
}

interface PhoneAccount {
  readonly agent: AgentUri
  readonly password?: PhonePassword
  /** IP addresses and CIDR blocks of Contacts that are accepted although they differ from the source of the REGISTER. Absent: none. */
  readonly contactNetworks?: readonly string[]
}

/** The presence sources that a config may name (`src/presence/port.ts` has all of them). */
export const presenceSourceWords = ['registration', 'publish', 'subscribe', 'http', 'console'] as const
type PresenceSourceSetting = (typeof presenceSourceWords)[number]

/** Texts for people, which routing does not use. */
export interface GroupDescription {
  readonly name: GroupName
  readonly description?: string
}

export interface MediaSettings {
  /** `none`: Carillon only handles signaling, and callers hear ringback until an agent answers. */
  readonly engine: 'none' | 'builtin'
  /** UDP ports from 1024 to 65535, both included. RTP uses even ports, and RTCP uses the next higher port. */
  readonly ports: { readonly first: number; readonly last: number }
  /** Limits of concurrent legs with browsers. Defaults 5 and 50. `keptForAgents` is a percentage, 0 to 100, default 50. */
  readonly browsers: { readonly perAccount: number; readonly perAddress: number; readonly keptForAgents: number }
  /**
   * A caller from whose side no RTP and no RTCP arrives for this long is hung up, if the caller should send. 10 s to 24 h, default 30 s.
   */
  readonly noMediaAfter: Millis
  /** Which talks our relay carries: none, those of anonymous workflows, or all. A workflow may ask for it too. */
  readonly anchor: 'never' | 'anonymous' | 'always'
  /** The folder in which rendered speech is kept between starts. An absolute path. */
  readonly cacheFolder: string
  /** The program that reads text on standard input and writes a WAV to standard output. `{language}` is replaced by a BCP 47 tag. */
  readonly tts?: { readonly command: readonly string[] }
  /** All prompts and music of the config, each once. The files exist and are valid WAVs, except those with `instead`. */
  readonly prompts: readonly PromptSettings[]
  /** What a caller hears while an agent's browser phone holds the call: the music of `defaults`. */
  readonly musicOnHold: PromptId
}

export interface PromptSettings {
  readonly id: PromptId
  readonly sound: PromptSound
  /** The place where the config first names it, such as `workflows/main.yaml:12:5`. */
  readonly where: string
}

export type PromptSound =
  /** Up to 4,096 characters of plain text to speak. `language` is a BCP 47 tag. */
  | { readonly kind: 'say'; readonly text: string; readonly language: string }
  /** The absolute path of a WAV file. `instead` is spoken if the file can't be used. */
  | { readonly kind: 'file'; readonly file: string; readonly instead?: { readonly text: string; readonly language: string } }
  /** Music that comes with Carillon. */
  | { readonly kind: 'builtin'; readonly name: 'default' }
