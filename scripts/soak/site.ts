import { rename, writeFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import {
  agentUri,
  configFiles,
  type ConfigFiles,
  type GroupEntry,
  type QueueEntry,
  type RoutingMethod,
} from '../../test/wire/harness/config.js'

/** The shares of calls by workflow. `extra` exists only at times. */
export const dialled = {
  support: 6,
  sales: 2,
  round: 4,
  ladder: 3.5,
  desk: 1,
  lobby: 1,
  tight: 0.7,
  music: 1.2,
  extra: 0.6,
} as const
export type Dialled = keyof typeof dialled
export const workflowNames = Object.keys(dialled) as Dialled[]

/** What config edits change. */
export interface SiteState {
  readonly supportQueue: string
  readonly ladderMethod: RoutingMethod
  readonly hasExtra: boolean
  /** An agent who is removed from the config for a while. */
  readonly without: string | undefined
}

export const firstState: SiteState = { supportQueue: 'support', ladderMethod: 'serial', hasExtra: false, without: undefined }

export interface SiteOptions {
  /** The calls a second that its agents must handle. */
  readonly rate: number
  readonly media: boolean
}

const methods: Readonly<Record<Exclude<Dialled, 'extra'>, RoutingMethod>> = {
  ...{ support: 'longestIdle', sales: 'parallel', round: 'roundRobin', ladder: 'serial' },
  ...{ desk: 'attendant', lobby: 'longestIdle', tight: 'serial', music: 'longestIdle' },
}
/** Seconds of an agent per call: ring, talk and wrap-up, silent phones, and a margin for chance. */
const agentSeconds = 3.2
const fewest = 2

/** A company with a group for each method. Its agents are extensions of a PBX. */
export class Site {
  readonly groups: ReadonlyMap<Exclude<Dialled, 'extra'>, readonly string[]>

  constructor(private readonly options: SiteOptions) {
    const sum = Object.values(dialled).reduce((all, share) => all + share, 0)
    const groups = new Map<Exclude<Dialled, 'extra'>, readonly string[]>()
    for (const name of workflowNames) {
      if (name === 'extra') continue
      const size = name === 'tight' ? fewest : Math.max(fewest, Math.ceil((options.rate * dialled[name] * agentSeconds) / sum))
      groups.set(
        name,
        Array.from({ length: size }, (_, number) => `${name}${number}`),
      )
    }
    this.groups = groups
  }

  get agents(): string[] {
    return [...this.groups.values()].flat()
  }

  /** Attendants, whose phones may ring for several calls at once. */
  isSingle(extension: string): boolean {
    return extension !== 'vm' && !this.of('desk').includes(extension)
  }

  of(group: Exclude<Dialled, 'extra'>): readonly string[] {
    return this.groups.get(group) ?? []
  }

  files(state: SiteState, listen: readonly string[] | undefined, pbx: number): ConfigFiles {
    const members = (name: Exclude<Dialled, 'extra'>): readonly string[] => [
      ...this.of(name),
      // Some agents are in two groups, so that queues share them.
      ...(name === 'round' ? this.of('support').slice(0, 2) : []),
    ]
    const groups = [...this.groups.keys()].map((name): GroupEntry => ({
      name,
      method: name === 'ladder' ? state.ladderMethod : methods[name],
      agents: members(name).filter(agent => agent !== state.without),
      agentAlertTime: '10s',
      participationPolicy: name === 'lobby' ? 'formal' : 'informal',
    }))
    const written = configFiles({
      agents: this.agents.filter(agent => agent !== state.without).map(name => ({ name, presence: ['subscribe'] })),
      groups,
      queues: queues(state),
      workflows: workflows(state, this.options.media),
      outboundProxy: `sip:127.0.0.1:${pbx}`,
      wrapUp: '1s',
      ...(listen && { listen }),
      ...(this.options.media && { media: { engine: 'builtin' } }),
    })
    // In one file, so that no reader sees half of a change.
    const { 'carillon.yaml': server, ...rest } = written
    return { 'carillon.yaml': server, 'site.yaml': Object.assign({}, ...Object.values(rest)) as unknown }
  }
}

/** Writes each file under another name first, so that a reader gets the old one or the new one. */
export async function replaceFiles(folder: string, files: ConfigFiles): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name)
    await writeFile(`${file}.new`, typeof content === 'string' ? content : stringify(content))
    await rename(`${file}.new`, file)
  }
}

function queues({ supportQueue, hasExtra }: SiteState): QueueEntry[] {
  const late = { after: '25s', action: { disconnect: true } }
  const plain = (name: string, ...groups: string[]): QueueEntry => ({ name, groups, timeout: late })
  return [
    plain(supportQueue, 'support'),
    plain('sales', 'sales'),
    plain('round', 'round'),
    plain('ladder', 'ladder', 'support'),
    plain('desk', 'desk'),
    { name: 'lobby', groups: ['lobby'], timeout: { after: '15s', action: { queue: supportQueue } } },
    {
      name: 'tight',
      groups: ['tight'],
      timeout: { after: '15s', action: { voicemail: agentUri('vm') } },
      overflow: { waitingCalls: 1, candidate: 'newest', action: { disconnect: true } },
    },
    plain('music', 'music'),
    ...(hasExtra ? [plain('extra', 'round')] : []),
  ]
}

function workflows({ supportQueue, hasExtra }: SiteState, media: boolean): unknown[] {
  return workflowNames
    .filter(name => name !== 'extra' || hasExtra)
    .map(name => ({
      ...{ name, uri: agentUri(name), displayName: name, active: true, type: 'huntGroup' },
      queue: name === 'support' ? supportQueue : name,
      ...(media && name === 'music' ? { musicOnHold: 'builtin:default' } : media && { answer: 'onAgent' }),
    }))
}
