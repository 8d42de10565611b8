import type { GroupName } from '../routing/world/ids.js'
import { createHash } from 'node:crypto'
import { relative, resolve } from 'node:path'
import { shownRedis } from './redis-url.js'
import { shownWebhook } from './webhooks.js'
import { formatDuration } from '../foundation/time.js'
import type { AgentUri } from '../routing/world/ids.js'
import type { RoutingSettings } from '../routing/world/settings.js'
import {
  supervisionDefaults,
  type AgentContact,
  type DialledWorkflow,
  type OutboundSettings,
  type SupervisionSettings,
  type TransferSettings,
} from './call-settings.js'
import type {
  AccessSettings,
  DirectorySettings,
  GroupDescription,
  PromptSettings,
  ProxySettings,
  Settings,
  TlsFileSettings,
} from './settings.js'

/** A config in the form that `plan` compares: plain JSON that is the same on every machine. */
export interface PlanView {
  readonly routing: Omit<RoutingSettings, 'generation'>
  readonly workflows: readonly DialledWorkflow[]
  /** Absent: an older version wrote the view. */
  readonly outbound?: readonly OutboundSettings[]
  readonly agents: readonly (AgentContact & {
    /** The first digits of a hash over the phone's password hash, to show a change; or `hiddenMark`. */ readonly password?: string
    readonly contactNetworks?: string
  })[]
  readonly groups: readonly (GroupDescription & { readonly signInCode?: string })[]
  /** Absent in the view of an older version. */
  readonly supervisedQueues?: readonly string[]
  /** The presence sources of each agent, or `always`. */
  readonly presence: readonly { readonly agent: AgentUri; readonly sources: string }[]
  /** File paths are relative to the config folder. */
  readonly prompts: readonly PromptSettings[]
  /** The settings of the server itself, in words, by the names of their keys. */
  readonly server: Readonly<Record<string, string>>
}

/** Stands for the mark of a password if the reader may not compare passwords. */
export const hiddenMark = 'set'

/** The mark at the end of words for a setting that has a secret, so that a change of the secret is visible. */
const secretMark = / \(mark [0-9a-f]{8}\)$/

export const hasMark = (words: string): boolean => secretMark.test(words)
export const withoutMark = (words: string): string => words.replace(secretMark, '')

const marked = (words: string, secret: unknown): string => `${words} (mark ${fingerprint(JSON.stringify(secret))})`

/**
 * The view for people who are not admins. The mark of a password would be enough to find a weak password with a list of words. A secret key
 * can't prevent that, because `plan` also makes marks on other machines and compares them.
 */
export const withoutMarks = (view: PlanView): PlanView => ({
  ...view,
  agents: view.agents.map(agent => (agent.password === undefined ? agent : { ...agent, password: hiddenMark })),
  server: Object.fromEntries(Object.entries(view.server).map(([key, words]) => [key, withoutMark(words)])),
})

/** The view of a config that was loaded from this folder. */
export function planView(settings: Settings, folder: string): PlanView {
  const { calls, presence, media, groups, registration } = settings
  const phones = new Map(
    registration.accounts.map(({ agent, password, contactNetworks }) => [
      agent,
      {
        ...(password && { password: fingerprint(JSON.stringify(password)) }),
        ...(contactNetworks && { contactNetworks: contactNetworks.join(', ') }),
      },
    ]),
  )
  const { ringbackGracePeriod, pauseAfterMisses: misses, agents, groups: agentGroups, queues, workflows } = settings.routing
  const pause = misses === undefined ? {} : { pauseAfterMisses: misses }
  return {
    routing: { ringbackGracePeriod, ...pause, agents, groups: agentGroups, queues, workflows },
    workflows: calls.workflows,
    outbound: calls.outbound ?? [],
    agents: calls.agents.map(agent => ({ ...agent, ...phones.get(agent.uri) })),
    supervisedQueues: calls.supervision?.queues ?? [],
    groups: groups.map(group => ({ ...group, ...signInCodeOf(calls, group.name) })),
    presence: [...presence.agents].map(([agent, sources]) => ({
      agent,
      sources: sources === 'always' ? 'always' : sources.join(', '),
    })),
    prompts: media.prompts.map(prompt => fromFolder(prompt, folder)),
    server: serverWords(settings, folder),
  }
}

function signInCodeOf({ signIn }: Settings['calls'], group: GroupName): { readonly signInCode?: string } {
  const coded = signIn?.groups.find(({ name }) => name === group)
  return coded === undefined ? {} : { signInCode: coded.code }
}

function fromFolder(prompt: PromptSettings, folder: string): PromptSettings {
  const { sound } = prompt
  return sound.kind === 'file' ? { ...prompt, sound: { ...sound, file: relative(resolve(folder), sound.file) } } : prompt
}

function proxyWords(proxies: readonly ProxySettings[]): string {
  const words = proxies.map(({ addresses, names, reachedBy }) => `${[...addresses, ...names].join(' ')} by ${reachedBy}`)
  return words.length === 0 ? 'none' : words.join(', ')
}

const drachtioWords = ({ drachtio = [] }: Settings['sip']): string =>
  drachtio.map(({ host, port, tls }) => `${host} port ${port}${tls ? ' by TLS' : ''}`).join(', ') || 'none'

/**
 * The settings of the server in words. Paths are relative to the config folder. Of the speech program only its name and a mark appear,
 * because its arguments may hold a key.
 */
function serverWords(
  {
    sip,
    http,
    store,
    journal,
    records,
    recordings,
    log,
    media,
    calls,
    presence,
    registration,
    access,
    edits,
    directory,
    ...rest
  }: Settings,
  folder: string,
): Record<string, string> {
  const path = (absolute: string): string => relative(resolve(folder), absolute)
  return {
    'sip.listen': sip.listen.map(({ transport, host, port }) => `${transport} ${host} port ${port}`).join(', '),
    'sip.drachtio': drachtioWords(sip),
    'sip.domain': calls.domain,
    'agents.signIn': calls.signIn === undefined ? 'none' : `${calls.signIn.code} in ${calls.signIn.language}`,
    'sip.advertise': sip.advertise ?? 'the local address',
    'sip.trustedPeers': sip.trustedPeers.join(', '),
    'sip.proxies': proxyWords(registration.proxies),
    'sip.tls': sip.tls ? certificateWords(sip.tls, path) : 'none',
    'sip.webSocket.url': sip.webSocketUrl ?? 'the first of sip.listen',
    'sip.webSocket.origins': sip.origins.some(each => each.includes('://')) ? sip.origins.join(', ') : 'pages of our own hosts',
    'sip.digest': registration.algorithms.join(', '),
    'sip.capture': sizeWords(sip.captureBytes),
    'sip.maxCalls': String(sip.maxCalls),
    ...callerLimits(sip.callers),
    'sip.overload.refuse': String(sip.overload.refuse),
    'sip.outboundProxy': calls.outboundProxy ?? 'none',
    transfers: transferWords(calls.transfers),
    ...supervisionWords(calls.supervision),
    ...httpWords(http, access, path),
    users: usersWords(access),
    store: storeWords(store, path),
    cluster: clusterWords(rest),
    journal: `${path(journal.folder)}, files of ${sizeWords(journal.maxFileBytes)}, kept for ${days(journal.keep)}`,
    'records.keep': days(records.keep),
    ...recordingWords(recordings, path),
    'log.callers': log.callers,
    ...mediaWords(media, path),
    'edits.by': edits.by,
    'edits.keep': String(edits.keep),
    'edits.git': String(edits.git),
    'presence.subscribe.events': presence.subscribe.events.join(', '),
    'presence.subscribe.expires': formatDuration(presence.subscribe.expires),
    'presence.subscribe.perSecond': String(presence.subscribe.perSecond),
    ...directoryWords(directory, path),
    webhooks: webhookWords(rest),
  }
}

function directoryWords(directory: DirectorySettings | undefined, path: (absolute: string) => string): Record<string, string> {
  const keys = ['servers', 'tls', 'ca', 'user', 'password', 'nested', 'attributes', 'refresh']
  if (!directory) return Object.fromEntries(keys.map(key => [`directory.${key}`, 'none']))
  const { servers, startTls, ca, login, nested, attributes, refresh } = directory
  return {
    'directory.servers': servers.map(({ secure, host, port }) => `${secure ? 'ldaps' : 'ldap'} ${host} port ${port}`).join(', '),
    'directory.tls': startTls ? 'required' : 'none',
    'directory.ca': ca === undefined ? 'the authorities that come with Node' : path(ca),
    'directory.user': login ? login.user : 'nobody',
    'directory.password': login ? marked('set', login.password) : 'none',
    'directory.nested': String(nested),
    'directory.attributes': attributes.join(', '),
    'directory.refresh': formatDuration(refresh),
  }
}

function recordingWords(recordings: Settings['recordings'], path: (file: string) => string): Record<string, string> {
  return {
    'recordings.folder': path(recordings.folder),
    'recordings.keep': days(recordings.keep),
    'recordings.quota': sizeWords(recordings.quota),
    'recordings.whenFull': recordings.whenFull,
    'recordings.agents': recordings.agents,
  }
}

const clusterWords = ({ cluster }: Pick<Settings, 'cluster'>): string =>
  cluster ? `node ${cluster.node}, lease ${formatDuration(cluster.lease)}` : 'none'

function webhookWords({ webhooks }: Pick<Settings, 'webhooks'>): string {
  if (webhooks.length === 0) return 'none'
  const words = webhooks.map(
    ({ name, url, events, timeout }) =>
      `${name} to ${shownWebhook(url)} (${events.join(', ')}, within ${formatDuration(timeout)})`,
  )
  return marked(
    words.join('; '),
    webhooks.map(({ url, key }) => [url, Buffer.from(key).toString('base64')]),
  )
}

function storeWords(store: Settings['store'], path: (file: string) => string): string {
  if (store.kind === 'memory') return 'in memory'
  if (store.kind === 'sqlite') return path(store.file)
  const words = `${shownRedis(store)}, ${store.mostRecords} records`
  return Object.keys(store.secrets).length === 0 ? words : marked(words, store.secrets)
}

function httpWords(
  { host, port, tls, url, trustedProxies, connections, metrics }: Settings['http'],
  { sessions, keepAudit }: AccessSettings,
  path: (absolute: string) => string,
): Record<string, string> {
  return {
    'http.listen': `${tls ? 'https ' : ''}${host} port ${port}`,
    'http.url': url ?? 'none',
    'http.tls': tls ? `${path(tls.certificate)}, ${path(tls.key)}` : 'none',
    'http.trustedProxies': trustedProxies.join(', ') || 'none',
    'http.connections.most': String(connections.most),
    'http.connections.strangers': String(connections.strangers),
    'http.connections.perAddress': String(connections.perAddress),
    'http.connections.requestWithin': formatDuration(connections.requestWithin),
    'http.metrics': metrics ? `${metrics.host} port ${metrics.port}, for ${metrics.allow.join(', ')}` : 'none of their own',
    'http.sessions.idle': formatDuration(sessions.idle),
    'http.sessions.longest': formatDuration(sessions.longest),
    'http.audit.keep': days(keepAudit),
  }
}

function mediaWords(
  { engine, ports, browsers, noMediaAfter, anchor, tts, cacheFolder }: Settings['media'],
  path: (absolute: string) => string,
): Record<string, string> {
  const [program = ''] = tts?.command ?? []
  return {
    'media.engine': engine,
    'media.ports': `${ports.first}-${ports.last}`,
    'media.browsers.perAccount': String(browsers.perAccount),
    'media.browsers.perAddress': String(browsers.perAddress),
    'media.browsers.keptForAgents': String(browsers.keptForAgents),
    'media.noMediaAfter': formatDuration(noMediaAfter),
    'media.anchor': anchor,
    'media.tts': tts ? marked(program, tts.command) : 'the built-in voice',
    'media.cache': path(cacheFolder),
  }
}

const callerLimits = ({ perAccount, perAddress, keptForPeers }: Settings['sip']['callers']): Record<string, string> => ({
  'sip.callers.perAccount': String(perAccount),
  'sip.callers.perAddress': String(perAddress),
  'sip.callers.keptForPeers': String(keptForPeers),
})

function supervisionWords({ shown, perCall, most }: SupervisionSettings = supervisionDefaults): Record<string, string> {
  return {
    'supervision.shown': String(shown),
    'supervision.perCall': String(perCall),
    'supervision.most': String(most),
  }
}

function transferWords(transfers: TransferSettings | undefined): string {
  const targets = (transfers?.allow ?? []).map(target => {
    if (target.kind === 'number') return target.number
    return target.kind === 'host' ? `all at ${target.host}` : target.uri
  })
  const who = transfers?.byCallers === true ? 'agents and callers' : 'agents'
  return `${who}, to ${['agents', 'workflows', ...targets].join(', ')}`
}

const sizeWords = (bytes: number): string => (bytes === 0 ? 'none' : `${bytes / 1_048_576} MiB`)

/** The users in words: only counts and a mark, because a person who may read a config need not know who may change it. */
const usersWords = ({ users, tokens, oidc }: AccessSettings): string =>
  marked(`${users.length} users, ${tokens.length} tokens, ${oidc?.issuer ?? 'no provider'}`, [users, tokens, oidc])

/** The certificates in words: their paths, and a mark that shows whether their content changed. */
function certificateWords(tls: TlsFileSettings, path: (absolute: string) => string): string {
  const { files, certificate, ca, clientCa, trustedNames } = tls
  return marked(files.map(path).join(', '), [certificate, ca, clientCa, trustedNames])
}

/** The first digits of the hash of a secret: enough to see a change, and too few to guess a strong secret. */
const fingerprint = (secret: string): string => createHash('sha256').update(secret).digest('hex').slice(0, 8)

const days = (span: number): string => `${Math.round((span / 86_400_000) * 100) / 100} days`
