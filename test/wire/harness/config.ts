import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'

export type RoutingMethod = 'longestIdle' | 'parallel' | 'roundRobin' | 'serial' | 'attendant'

/** An agent of a test's config; `alice` becomes sip:alice@example.com. */
export interface AgentEntry {
  readonly name: string
  /** What people see; default: the name. */
  readonly displayName?: string
  /** Where SIPp plays this agent's phone; absent: reached by the outbound proxy. */
  readonly contact?: string | undefined
  readonly homed?: 'local' | 'online'
  readonly presence?: readonly string[]
  /** As `carillon hash-password` prints it. */
  readonly password?: string
}

export interface GroupEntry {
  readonly name: string
  readonly method: RoutingMethod
  /** Names, in the list's order. */
  readonly agents: readonly string[]
  readonly participationPolicy?: 'informal' | 'formal'
  /** Default 20s. */
  readonly agentAlertTime?: string
  readonly attendantOffers?: number
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
  /** More keys for every workflow; there is one for each queue, of its name, dialled as sip:NAME@example.com. */
  readonly workflow?: Readonly<Record<string, unknown>>
  readonly listen?: readonly string[]
  /** The drachtio-servers that carry SIP in place of `listen`. */
  readonly drachtio?: readonly { readonly host: string; readonly port: number; readonly secret: string }[]
  readonly trustedPeers?: readonly string[]
  /** Keys of `sip.proxies`. */
  readonly proxies?: readonly unknown[]
  readonly outboundProxy?: string
  readonly digest?: readonly string[]
  /** Keys of `transfers`. */
  readonly transfers?: unknown
  /** Keys of `sip.tls`. */
  readonly tls?: Readonly<Record<string, string>>
  /** Default 30s, the least that is allowed. */
  /** Default: signalling only. */
  readonly media?: unknown
  /** In place of the workflows that the queues give. */
  readonly workflows?: readonly unknown[]
  readonly ringbackGracePeriod?: string
  readonly wrapUp?: string
  /** More keys of `presence`. */
  readonly presence?: Readonly<Record<string, unknown>>
}

export type ConfigFiles = Readonly<Record<string, unknown>>

export const domain = 'example.com'
export const agentUri = (name: string): string => `sip:${name}@${domain}`

/** The files of a config folder whose server listens on ports of the kernel's choice and keeps its state beside the config. */
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

/** Writes (or writes anew) the files; JSON is YAML too, but people read the folder of a failed test. */
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
      trustedPeers: setup.trustedPeers ?? ['127.0.0.1', '::1'],
      proxies: setup.proxies,
      outboundProxy: setup.outboundProxy,
      digest: setup.digest,
      tls: setup.tls,
    },
    http: { listen: 'http://127.0.0.1:0', url: 'https://rgs.example.com' },
    media: setup.media ?? { engine: 'none' },
    ...(setup.transfers !== undefined && { transfers: setup.transfers }),
    store: 'sqlite:../data/carillon.db',
    agents: { ringbackGracePeriod: setup.ringbackGracePeriod ?? '30s', wrapUp: setup.wrapUp ?? '0s' },
    presence: { default: 'always', ...setup.presence },
  }
}

function groupEntry({ method, agents, ...rest }: GroupEntry): unknown {
  return { ...rest, routingMethod: method, agents: agents.map(agentUri) }
}

function workflowEntry(name: string, setup: Setup): unknown {
  return { name, uri: agentUri(name), displayName: name, active: true, type: 'huntGroup', queue: name, ...setup.workflow }
}
