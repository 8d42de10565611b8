import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'

export type RoutingMethod = 'longestIdle' | 'parallel' | 'roundRobin' | 'serial' | 'attendant'

/** An agent of a test's config; `alice` becomes sip:alice@example.com. */
export interface AgentEntry {
  readonly name: string
  /** The display name. Default: the name. */
  readonly displayName?: string
  /** The address of the SIPp phone of this agent. Absent: reached through the outbound proxy. */
  readonly contact?: string | undefined
  readonly homed?: 'local' | 'online'
  readonly presence?: readonly string[]
  /** In the form that `carillon hash-password` prints. */
  readonly password?: string
}

export interface GroupEntry {
  readonly name: string
  readonly method: RoutingMethod
  /** Names, in the order of the list. */
  readonly agents: readonly string[]
  readonly participationPolicy?: 'informal' | 'formal'
  /** Default 20s. */
  readonly agentAlertTime?: string
  readonly attendantOffers?: number
  readonly signInCode?: string
}

export interface QueueEntry {
  readonly name: string
  readonly groups: readonly string[]
  readonly timeout?: unknown
  readonly overflow?: unknown
  readonly noAgents?: unknown
}

export interface Setup {
  readonly agents: readonly AgentEntry[]
  readonly groups: readonly GroupEntry[]
  /** Default: one queue for each group, of its name. */
  readonly queues?: readonly QueueEntry[]
  /** Further keys for every workflow. There is one workflow for each queue, with its name, dialled as sip:NAME@example.com. */
  readonly workflow?: Readonly<Record<string, unknown>>
  readonly listen?: readonly string[]
  /** The drachtio-servers that carry SIP. They replace `listen`. */
  readonly drachtio?: readonly { readonly host: string; readonly port: number; readonly secret: string }[]
  /** Where phones in browsers connect, behind a drachtio-server. */
  readonly webSocketUrl?: string
  readonly trustedPeers?: readonly string[]
  /** Keys of `sip.proxies`. */
  readonly proxies?: readonly unknown[]
  readonly outboundProxy?: string
  readonly digest?: readonly string[]
  /** Keys of `transfers`. */
  readonly transfers?: unknown
  /** Keys of `sip.tls`. */
  readonly tls?: Readonly<Record<string, string>>
  /** Whether new calls are refused when the machine is too slow for them. Default: false. */
  readonly refusesOverload?: boolean
  /** Default: signalling only. */
  readonly media?: unknown
  /** Replaces the workflows that the queues would give. */
  readonly workflows?: readonly unknown[]
  /** Default 30s, the smallest allowed value. */
  readonly ringbackGracePeriod?: string
  readonly pauseAfterMisses?: number
  readonly wrapUp?: string
  /** The code that all agents dial to sign in. */
  readonly signInCode?: string
  /** Default: a file beside the config. */
  readonly store?: string
  /** Keys of `cluster`. */
  readonly cluster?: Readonly<Record<string, unknown>>
  /** Entries of `webhooks`. */
  readonly webhooks?: readonly unknown[]
  /** Further keys of `presence`. */
  readonly presence?: Readonly<Record<string, unknown>>
}

export type ConfigFiles = Readonly<Record<string, unknown>>

export const domain = 'example.com'
export const agentUri = (name: string): string => `sip:${name}@${domain}`

/** The files of a config folder. The server listens on ports that the kernel chooses and keeps its state beside the config. */
export function configFiles(setup: Setup): ConfigFiles {
  const queues = setup.queues ?? setup.groups.map(group => ({ name: group.name, groups: [group.name] }))
  return {
    'carillon.yaml': serverFile(setup),
    'agents.yaml': {
      agents: setup.agents.map(({ name, displayName = name, ...rest }) => ({ uri: agentUri(name), name: displayName, ...rest })),
    },
    'groups/all.yaml': { groups: setup.groups.map(groupEntry) },
    'queues/all.yaml': { queues },
    'workflows/all.yaml': { workflows: setup.workflows ?? queues.map(queue => workflowEntry(queue.name, setup)) },
  }
}

/** Writes the files, as YAML rather than JSON because people read the folder of a failed test. */
export async function writeConfig(folder: string, files: ConfigFiles): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, typeof content === 'string' ? content : stringify(content))
  }
}

function serverFile(setup: Setup): unknown {
  return {
    sip: {
      ...(setup.drachtio ? { engine: 'drachtio', drachtio: setup.drachtio } : { listen: setup.listen ?? ['udp://127.0.0.1:0'] }),
      domain,
      ...(setup.webSocketUrl !== undefined && { webSocket: { url: setup.webSocketUrl } }),
      trustedPeers: setup.trustedPeers ?? ['127.0.0.1', '::1'],
      proxies: setup.proxies,
      outboundProxy: setup.outboundProxy,
      digest: setup.digest,
      tls: setup.tls,
      // A busy machine must not refuse the calls of a test.
      overload: { refuse: setup.refusesOverload ?? false },
    },
    http: { listen: 'http://127.0.0.1:0', url: 'https://rgs.example.com' },
    media: setup.media ?? { engine: 'none' },
    ...(setup.transfers !== undefined && { transfers: setup.transfers }),
    store: setup.store ?? 'sqlite:../data/carillon.db',
    ...(setup.cluster && { cluster: setup.cluster }),
    ...(setup.webhooks && { webhooks: setup.webhooks }),
    agents: {
      ringbackGracePeriod: setup.ringbackGracePeriod ?? '30s',
      wrapUp: setup.wrapUp ?? '0s',
      ...(setup.signInCode !== undefined && { signIn: { code: setup.signInCode } }),
      ...(setup.pauseAfterMisses !== undefined && { pauseAfterMisses: setup.pauseAfterMisses }),
    },
    presence: { default: 'always', ...setup.presence },
  }
}

function groupEntry({ method, agents, ...rest }: GroupEntry): unknown {
  return { ...rest, routingMethod: method, agents: agents.map(agentUri) }
}

function workflowEntry(name: string, setup: Setup): unknown {
  return { name, uri: agentUri(name), displayName: name, active: true, type: 'huntGroup', queue: name, ...setup.workflow }
}
