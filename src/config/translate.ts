import { hostname, networkInterfaces } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { AgentSettings, GroupSettings } from '../routing/world/settings.js'
import { type AgentUri, groupName, workflowName } from '../routing/world/ids.js'
import { isAnchored } from './anchoring.js'
import type { Gathered } from './gather.js'
import type { ConfigPaths } from './paths.js'
import { recordedTalks, supervisedTalks, valuesOf, type RecordedTalks } from './recording.js'
import { phrasesIn } from './phrases.js'
import type { Prompts } from './prompts.js'
import type { AgentEntry, GroupEntry, Sections } from './schema.js'
import { allowedTargets } from './schema-transfers.js'
import type { WorkflowEntry } from './schema-workflows.js'
import type { CallSettings, DialledWorkflow, SignInPrompts, SignInSettings } from './call-settings.js'
import type { DirectorySettings, DrachtioSettings, PresenceSubscribeSettings, Settings, TlsFileSettings } from './settings.js'
import { outboundOf } from './translate-outbound.js'
import { accessSettings, httpSettings, isOpen } from './translate-users.js'
import { WorkflowTranslator } from './translate-workflows.js'
import { commonLanguage } from './walk.js'

const defaultAttendantOffers = 3

/** The input of the translation besides the config. */
interface Surroundings {
  readonly paths: ConfigPaths
  readonly generation: number
  /** The members of each group that has a distribution list. */
  readonly lists: ReadonlyMap<string, readonly AgentUri[]>
  readonly prompts: Prompts
  readonly tls: TlsFileSettings | undefined
  readonly directory: DirectorySettings | undefined
}

/** Turns a checked config into the settings of each part of the server. */
export function translate(gathered: Gathered, sections: Sections, surroundings: Surroundings): Settings {
  const { paths, generation, lists, prompts, tls, directory } = surroundings
  const [agents, groups, queues, workflows] = [
    valuesOf(gathered.agents),
    valuesOf(gathered.groups),
    valuesOf(gathered.queues),
    valuesOf(gathered.workflows),
  ]
  const calls = callSettings(gathered, sections, prompts)
  const translator = new WorkflowTranslator(sections, prompts, gathered)
  return {
    routing: {
      generation,
      ringbackGracePeriod: sections.agents.ringbackGracePeriod,
      ...(sections.agents.pauseAfterMisses !== undefined && { pauseAfterMisses: sections.agents.pauseAfterMisses }),
      agents: agents.map(agent => agentSettings(agent, sections)),
      groups: groups.map(group => groupSettings(group, sections, lists)),
      queues: queues.map(queue => translator.queue(queue)),
      workflows: workflows.map(workflow => translator.workflow(workflow)),
    },
    calls,
    sip: {
      listen: sections.sip.listen,
      ...(sections.sip.engine === 'drachtio' && { drachtio: (sections.sip.drachtio ?? []).map(drachtioServer) }),
      trustedPeers: sections.sip.trustedPeers,
      captureBytes: sections.sip.capture,
      maxCalls: sections.sip.maxCalls,
      callers: sections.sip.callers,
      overload: sections.sip.overload,
      ...(sections.sip.advertise !== undefined && { advertise: sections.sip.advertise }),
      ...(tls && { tls }),
      ...(sections.sip.webSocket.url !== undefined && { webSocketUrl: sections.sip.webSocket.url }),
      origins: sections.sip.webSocket.origins ?? ourPages(sections, calls.ourHosts),
    },
    http: httpSettings(sections, paths, isOpen(gathered, sections)),
    access: accessSettings(gathered, sections),
    ...kept(sections, paths, prompts),
    presence: {
      agents: new Map(agents.map(agent => [agent.uri, agent.presence ?? sections.presence.default])),
      subscribe: subscribeSettings(sections),
    },
    registration: {
      domain: sections.sip.domain,
      ourHosts: calls.ourHosts.map(host => host.toLowerCase()),
      algorithms: sections.sip.digest.map(name => (name === 'md5' ? 'MD5' : 'SHA-256')),
      accounts: agents.map(({ uri, password, contactNetworks }) => ({
        agent: uri,
        ...(password && { password }),
        ...(contactNetworks && { contactNetworks }),
      })),
      proxies: sections.sip.proxies,
      peerHosts: peerHosts(sections),
    },
    groups: groups.map(({ name, description }) => ({
      name: groupName(name),
      ...(description !== undefined && { description }),
    })),
    ...(directory && { directory }),
  }
}

function storeOf(store: Sections['store'], paths: ConfigPaths): Settings['store'] {
  return store.kind === 'sqlite' ? { kind: 'sqlite', file: paths.at(['store'], store.path) } : store
}

/** Settings that are not about calls. Some have a place on disk. Folders that the config does not name are placed beside the store. */
function kept(
  sections: Sections,
  paths: ConfigPaths,
  prompts: Prompts,
): Pick<Settings, 'cluster' | 'webhooks' | 'store' | 'journal' | 'records' | 'recordings' | 'log' | 'media' | 'edits'> {
  const store = storeOf(sections.store, paths)
  const beside = store.kind === 'sqlite' ? dirname(store.file) : paths.data
  const folder = (key: readonly [string, string], named: string | undefined, otherwise: string): string =>
    named === undefined ? resolve(beside, otherwise) : paths.at(key, named)
  const { journal, records, recordings, log, media, edits } = sections
  return {
    store,
    ...(sections.cluster && { cluster: sections.cluster }),
    webhooks: sections.webhooks.map(({ secret, ...hook }) => ({ ...hook, key: secret })),
    journal: {
      folder: folder(['journal', 'folder'], journal.folder, 'journal'),
      maxFileBytes: journal.maxFileSize,
      keep: journal.keep,
    },
    records,
    recordings: { ...recordings, folder: folder(['recordings', 'folder'], recordings.folder, 'recordings') },
    log,
    edits: { ...edits, history: resolve(beside, 'edits') },
    media: {
      engine: media.engine,
      ports: media.ports,
      browsers: media.browsers,
      noMediaAfter: media.noMediaAfter,
      anchor: media.anchor,
      cacheFolder: folder(['media', 'cache'], media.cache, 'speech'),
      ...(media.tts && { tts: media.tts }),
      prompts: prompts.all,
      musicOnHold: prompts.idOf(sections.defaults.musicOnHold, commonLanguage),
    },
  }
}

function agentSettings(agent: AgentEntry, sections: Sections): AgentSettings {
  return {
    uri: agent.uri,
    ...(agent.name !== undefined && { name: agent.name }),
    homed: agent.homed,
    wrapUp: agent.wrapUp ?? sections.agents.wrapUp,
    alwaysAvailable: (agent.presence ?? sections.presence.default) === 'always',
  }
}

function groupSettings(group: GroupEntry, sections: Sections, lists: ReadonlyMap<string, readonly AgentUri[]>): GroupSettings {
  return {
    name: groupName(group.name),
    participationPolicy: group.participationPolicy,
    agentAlertTime: group.agentAlertTime ?? sections.defaults.agentAlertTime,
    routingMethod: group.routingMethod,
    agents: group.agents ?? lists.get(group.name) ?? [],
    ...(group.wrapUp !== undefined && { wrapUp: group.wrapUp }),
    attendantOffers: group.attendantOffers ?? defaultAttendantOffers,
  }
}

function callSettings(
  { agents, groups, workflows, queues }: Pick<Gathered, 'agents' | 'groups' | 'workflows' | 'queues'>,
  sections: Sections,
  prompts: Prompts,
): CallSettings {
  const signIn = signInSettings(valuesOf(groups), sections, prompts)
  const [recorded, supervised] = [recordedTalks(valuesOf(queues)), supervisedTalks(valuesOf(queues))]
  const { sip, http, transfers, supervision } = sections
  return {
    domain: sip.domain,
    ourHosts: [
      ...(sip.advertise === undefined ? [] : [sip.advertise]),
      ...sip.listen.flatMap(({ host }) => addressesOf(host)),
      ...(sip.drachtio ?? []).map(({ host }) => host),
    ],
    ...(sip.outboundProxy && { outboundProxy: sip.outboundProxy.text }),
    ...(http.url !== undefined && { consoleUrl: http.url }),
    transfers: { byCallers: transfers.byCallers, allow: allowedTargets(transfers) },
    ...(signIn && { signIn }),
    ...outboundOf(valuesOf(workflows), valuesOf(queues), sections),
    supervision: { ...supervision, queues: valuesOf(queues).flatMap(queue => (queue.supervised ? [queue.name] : [])) },
    workflows: valuesOf(workflows).map(workflow =>
      dialled(workflow, sections, { recorded: recorded(workflow), supervised: supervised(workflow) }),
    ),
    agents: valuesOf(agents).map(({ uri, name, contact }) => ({
      uri,
      ...(name !== undefined && { name }),
      ...(contact && { contact: contact.text }),
    })),
  }
}

/** Undefined: agents can't sign in by dialling a code. */
function signInSettings(groups: readonly GroupEntry[], sections: Sections, prompts: Prompts): SignInSettings | undefined {
  const { signIn } = sections.agents
  const phrases = signIn && phrasesIn(signIn.language)
  if (!phrases) return undefined
  const { code, language } = signIn
  const told = (group?: string): SignInPrompts => ({
    signedIn: prompts.idOf({ say: phrases.signedIn(group) }, language),
    signedOut: prompts.idOf({ say: phrases.signedOut(group) }, language),
  })
  return {
    ...{ code, language, told: told() },
    groups: groups.flatMap(({ name, signInCode: own }) =>
      own === undefined ? [] : [{ name: groupName(name), code: `${code}${own}`, told: told(name) }],
    ),
  }
}

/** The hosts at which people may open the console, as far as we know them. */
function ourPages({ sip, http }: Sections, ourHosts: readonly string[]): string[] {
  const url = http.url === undefined ? [] : [new URL(http.url).hostname]
  const names = [...url, sip.domain, hostname(), http.listen.host, ...ourHosts]
  return [...new Set(names.map(name => name.toLowerCase().replace(/[[\]]/g, '')))].filter(name => !/^(0\.0\.0\.0|::)$/.test(name))
}

function subscribeSettings({ presence, sip }: Sections): PresenceSubscribeSettings {
  const { events, ...rest } = presence.subscribe
  return {
    ...rest,
    events: [...new Set(events)],
    from: `sip:carillon@${sip.domain}`,
    ...(sip.outboundProxy && { outboundProxy: sip.outboundProxy.text }),
  }
}

const peerHosts = ({ sip }: Sections): string[] => [
  ...sip.trustedPeers.filter(peer => !peer.includes('/')),
  ...(sip.outboundProxy ? [sip.outboundProxy.host] : []),
]

const drachtioServer = ({ tls, ...rest }: NonNullable<Sections['sip']['drachtio']>[number]): DrachtioSettings =>
  tls ? { ...rest, tls: {} } : rest

/** The addresses on which we listen. For all addresses (0.0.0.0 or ::) these are the addresses that the machine has now. */
function addressesOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host]
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  return all.filter(({ family }) => (family === 'IPv6') === (host === '::')).map(({ address }) => address)
}

/** What becomes of the talks of a workflow. */
interface Talks {
  readonly recorded: RecordedTalks
  readonly supervised: boolean
}

type SoundOfTalks = Pick<DialledWorkflow, 'anchored' | 'recorded' | 'supervised'>

/** Where the sound of the talks goes. */
function soundOf(workflow: WorkflowEntry, sections: Sections, { recorded, supervised }: Talks): SoundOfTalks {
  if (sections.media.engine === 'none') return {}
  const isNeeded = recorded !== undefined || supervised
  return {
    ...(isAnchored(workflow, sections, isNeeded) && { anchored: true }),
    ...(recorded && { recorded }),
    ...(supervised && { supervised }),
  }
}

function dialled(workflow: WorkflowEntry, sections: Sections, talks: Talks): DialledWorkflow {
  const { name, uri, number, displayNumber, displayName, anonymous, callerDisplay, callContext, callersFrom, answer } = workflow
  const { screenPop = sections.defaults.screenPop } = workflow
  return {
    name: workflowName(name),
    uri: uri.text,
    ...(number !== undefined && { number }),
    ...(displayNumber !== undefined && { displayNumber }),
    displayName: displayName ?? name,
    anonymous,
    ...soundOf(workflow, sections, talks),
    callerDisplay,
    ...(callContext && { callContext }),
    ...(screenPop !== 'none' && { screenPop }),
    ...(callersFrom && { callersFrom }),
    answer,
  }
}
