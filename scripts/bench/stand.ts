import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFiles, writeConfig } from '../../test/wire/harness/config.js'
import { eventually } from '../../test/wire/harness/eventually.js'
import { CarillonServer } from '../../test/wire/harness/server.js'
import { Sipp } from '../../test/wire/harness/sipp.js'
import type { BenchOptions } from './options.js'
import { topFunctions } from './profile.js'
import { agentScenario, callerScenario, workflowList } from './scenarios.js'

export interface StandSetup {
  readonly agents: number
  /** Longest-idle groups, each with its queue and workflow. The agents are distributed over them. */
  readonly groups: number
  /** Formal agents who do not sign in, so that every call waits. */
  readonly nobodySignsIn?: boolean
  /** Callers who wait are answered and hear music. */
  readonly music?: boolean
  /** New calls are refused when the machine is too slow for them. Default: all are admitted. */
  readonly refusesOverload?: boolean
  /** Node options of the server's process. */
  readonly nodeOptions?: readonly string[]
}

export interface Callers {
  /** New calls a second. */
  readonly rate: number
  /** The number of calls. */
  readonly calls: number
  /** The most simultaneous calls. */
  readonly most: number
  /** Seconds until SIPp gives up. */
  readonly timeout: number
}

const ringMs = 100
export const talkMs = 1000
/** Longer than any run: the agents are stopped and do not time out. */
const agentsTimeout = 3600
const roomForBursts = ['-buff_size', '4194304']

/** A server under test with its agents' phones, in a folder of its own. */
export class Stand {
  #callers = 0

  private constructor(
    readonly folder: string,
    readonly server: CarillonServer,
    readonly phones: Sipp,
    private readonly setup: StandSetup,
    private readonly options: BenchOptions,
  ) {}

  static async open(setup: StandSetup, options: BenchOptions): Promise<Stand> {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
    const phones = await startPhones(folder)
    await writeBenchConfig(join(folder, 'config'), setup, phones.port, options.drachtio)
    const server = await CarillonServer.start({
      configFolder: join(folder, 'config'),
      logLevel: options.logLevel,
      logFile: join(folder, 'server.log'),
      nodeOptions: [...(setup.nodeOptions ?? []), ...(options.profile ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [])],
    })
    return new Stand(folder, server, phones, setup, options)
  }

  /** SIPp callers who dial the workflows in turn. Their counts go to `statistics`. */
  async call(callers: Callers, scenario = callerScenario(talkMs)): Promise<Sipp> {
    this.#callers += 1
    const list = join(this.folder, 'workflows.csv')
    await writeFile(list, workflowList(this.setup.groups))
    const name = `caller${this.#callers}`
    return Sipp.start({
      name,
      folder: this.folder,
      to: this.server.sip(),
      ...callersOf(callers, list, this.statistics()),
      scenario,
    })
  }

  /** The `-trace_stat` file of the latest callers. */
  statistics(): string {
    return join(this.folder, `caller${this.#callers}.statistics.csv`)
  }

  /** Stops everything. Prints the profile if requested. */
  async close(): Promise<void> {
    if (this.options.profile) {
      await this.#drain()
      for (const line of topFunctions(this.folder)) console.log(line)
    } else await this.server.kill()
    await this.phones.kill()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** A process writes its profile only when it ends by itself. The second signal ends the wait for calls that overload has left. */
  async #drain(): Promise<void> {
    const over = this.server.exited.then(() => true)
    const draining = async (): Promise<boolean> => (await fetch(new URL('/health/ready', this.server.http))).status === 503
    this.server.signal('SIGTERM')
    await Promise.race([over, eventually('the server drains', draining)])
    this.server.signal('SIGTERM')
    await over
  }
}

/** SIPp's callers on one port. They dial the workflows in turn, and their counts and response times go to files. */
export function callersOf({ rate, calls, most, timeout }: Callers, list: string, statistics: string) {
  const counted = ['-trace_stat', '-stf', statistics, '-fd', '1', '-trace_rtt', '-rtt_freq', '200']
  return {
    ...{ scenario: callerScenario(talkMs), rate, calls, timeout, trace: false },
    extra: ['-inf', list, '-l', String(most), ...roomForBursts, ...counted],
  }
}

/** SIPp as the phones of any number of agents on one port. */
export function startPhones(folder: string): Promise<Sipp> {
  const scenario = agentScenario(ringMs)
  return Sipp.start({ name: 'agents', folder, scenario, timeout: agentsTimeout, trace: false, extra: roomForBursts })
}

const withMusic = { media: { engine: 'builtin', ports: '20000-29999' }, workflow: { musicOnHold: 'builtin:default' } }

async function writeBenchConfig(
  folder: string,
  setup: StandSetup,
  port: number,
  behind: BenchOptions['drachtio'],
): Promise<void> {
  const agents = Array.from({ length: setup.agents }, (_, index) => `agent${index}`)
  const groups = Array.from({ length: setup.groups }, (_, group) => ({
    name: `g${group}`,
    method: 'longestIdle' as const,
    participationPolicy: setup.nobodySignsIn === true ? ('formal' as const) : ('informal' as const),
    agents: agents.filter((_agent, index) => index % setup.groups === group),
  }))
  const drachtio = behind && [{ host: '127.0.0.1', port: behind.port, secret: behind.secret }]
  await mkdir(folder, { recursive: true })
  const entries = agents.map(name => ({ name, contact: `sip:${name}@127.0.0.1:${port}` }))
  await writeConfig(
    folder,
    configFiles({
      ...{ agents: entries, groups, refusesOverload: setup.refusesOverload ?? false },
      ...(setup.music === true && withMusic),
      ...(drachtio && { drachtio }),
    }),
  )
}
