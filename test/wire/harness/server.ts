import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { eventually } from './eventually.js'
import { metricOf } from './metrics.js'
import { nodeUnderTest } from './nodes.js'
import { assureBuilt, carillon, program, type CommandEnd } from './program.js'

/** One JSON line of the server's log. */
export type LogLine = Readonly<Record<string, unknown>>

/** The fields of `GET /api/calls` that tests read. */
export interface CallState {
  readonly callId: string
  readonly workflow: string
  readonly queue: string | null
  readonly state: string
  /** Start time of the state. */
  readonly since: string
  readonly position: number | null
  readonly agent: string | null
  readonly recording: string | null
  readonly offers: readonly { readonly agent: string }[]
}

/** The fields of `GET /api/agents` that tests read. */
export interface AgentState {
  readonly uri: string
  readonly presence: { readonly state: string; readonly since: string; readonly sources: readonly { readonly reason: string }[] }
  readonly groups: readonly { readonly name: string; readonly signedIn: boolean }[]
  readonly activity: string
  readonly idleSince: string
  readonly callId: string | null
  readonly offers: readonly string[]
}

export interface ServerOptions {
  readonly configFolder: string
  readonly nodeOptions?: readonly string[]
  readonly logLevel?: string
  /** The log goes to this file and only the ready line is read, because reading costs CPU time that a benchmark would measure. */
  readonly logFile?: string
  /** In a process group of its own, so that Ctrl-C in a terminal does not reach it. */
  readonly detached?: boolean
  /** A command that runs the server, such as `ip netns exec NAME`. */
  readonly inside?: readonly string[]
  /** A node of a cluster: it is up when it stands by. */
  readonly standsBy?: boolean
  /** Called with the process before it is ready. */
  readonly spawned?: (child: ChildProcess) => void
}

/** The time includes speaking the sample's prompts on a busy machine. A server that fails ends at once. */
const startsWithin = 45_000
const endsWithin = 45_000

const isStandby = ({ event }: LogLine): boolean => event === 'cluster.standsBy'

/** The real server as a process of its own, used through SIP, HTTP, commands, signals and the log. */
export class CarillonServer {
  readonly lines: LogLine[] = []
  readonly stray: string[] = []
  readonly exited: Promise<number | string>
  #sip: readonly URL[] = []
  #http = ''

  private constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'exit').then(([code, signal]) => (typeof code === 'number' ? code : String(signal)))
    if (child.stdout) createInterface(child.stdout).on('line', line => this.#read(line))
    if (child.stderr)
      createInterface(child.stderr).on('line', line => {
        if (!this.#ready(line)) this.stray.push(line)
      })
  }

  /** Resolves at the ready line. */
  static async start(options: ServerOptions): Promise<CarillonServer> {
    await assureBuilt()
    const args = ['serve', '--config', options.configFolder, '--log-level', options.logLevel ?? 'info']
    const log = options.logFile === undefined ? undefined : await open(options.logFile, 'w')
    const [command, ...rest] = [...(options.inside ?? []), nodeUnderTest()]
    const child = spawn(command, [...rest, ...(options.nodeOptions ?? []), program, ...args], {
      stdio: ['ignore', log?.fd ?? 'pipe', 'pipe'],
      detached: options.detached ?? false,
    })
    options.spawned?.(child)
    await log?.close()
    const server = new CarillonServer(child)
    let over: number | string | undefined
    void server.exited.then(code => (over = code))
    const isUp = (): boolean => server.#http !== '' || (options.standsBy === true && server.lines.some(isStandby))
    const up = (): boolean => over !== undefined || isUp()
    await eventually('the server is ready', up, startsWithin).catch((error: unknown) => {
      child.kill('SIGKILL')
      throw new Error(`the server did not come up\n${server.tail()}`, { cause: error })
    })
    if (over !== undefined) throw new Error(`the server ended with ${over}\n${server.tail()}`)
    return server
  }

  /** Waits until this node of a cluster serves. */
  async leads(within?: number): Promise<void> {
    await eventually('this node serves', () => this.#http !== '', within)
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  get http(): string {
    return this.#http
  }

  /** Its SIP addresses as bound, in the form of the config. */
  get listening(): readonly string[] {
    return this.#sip.map(String)
  }

  /** `host:port` of the listener with this transport and IP family, for SIPp. */
  sip(transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss' = 'udp', family: 4 | 6 = 4): string {
    const found = this.#sip.find(url => url.protocol === `${transport}:` && url.hostname.includes(':') === (family === 6))
    if (!found) throw new Error(`no ${transport} listener of IPv${family} among ${this.#sip.map(String).join(', ')}`)
    return found.host
  }

  /** Waits for a log line with these fields. */
  async logged(fields: LogLine, within?: number): Promise<LogLine> {
    return eventually(
      `log line ${JSON.stringify(fields)}`,
      () => this.lines.find(line => Object.entries(fields).every(([key, value]) => line[key] === value)),
      within,
    )
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(new URL(path, this.#http))
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  async put(path: string, body?: unknown): Promise<number> {
    return this.#change('PUT', path, body)
  }

  async post(path: string, body: unknown): Promise<number> {
    return this.#change('POST', path, body)
  }

  async delete(path: string): Promise<number> {
    return this.#change('DELETE', path)
  }

  async calls(): Promise<readonly CallState[]> {
    return this.get<readonly CallState[]>('/api/calls')
  }

  async agent(uri: string): Promise<AgentState> {
    return this.get<AgentState>(`/api/agents/${encodeURIComponent(uri)}`)
  }

  async metrics(): Promise<string> {
    return (await fetch(new URL('/metrics', this.#http))).text()
  }

  /** The sum of a metric's samples with these labels, or 0. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return metricOf(await this.metrics(), name, labels)
  }

  /** Waits until exactly this many calls wait without a ringing phone. */
  async waiting(count: number, within?: number): Promise<void> {
    await eventually(`${count} calls wait`, async () => (await this.metric('carillon_queue_waiting_calls')) === count, within)
  }

  /** Waits until no call is left. */
  async empty(within?: number): Promise<void> {
    await eventually('no call is left', async () => (await this.calls()).length === 0, within)
  }

  /** Runs a command against this server. */
  command(...args: readonly string[]): Promise<CommandEnd> {
    return carillon(...args, '--server', this.#http)
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** Sends SIGTERM. Returns the exit code. */
  async stop(): Promise<number | string> {
    this.child.kill('SIGTERM')
    const stubborn = setTimeout(() => this.child.kill('SIGKILL'), endsWithin)
    const code = await this.exited
    clearTimeout(stubborn)
    return code
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
  }

  /** The last lines of its output, for a failure report. */
  tail(): string {
    return [...this.lines.slice(-40).map(line => JSON.stringify(line)), ...this.stray.slice(-20)].join('\n')
  }

  async #change(method: string, path: string, body?: unknown): Promise<number> {
    const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return (await fetch(new URL(path, this.#http), { method, ...json })).status
  }

  /** Takes the addresses from the text if it is the ready line. */
  #ready(text: string): boolean {
    const [, sip = '', http] = /^carillon ready sip=(\S+) http=(\S+)$/m.exec(text) ?? []
    if (http === undefined) return false
    this.#sip = sip.split(',').map(address => new URL(address))
    this.#http = http
    return true
  }

  #read(line: string): void {
    try {
      this.lines.push(JSON.parse(line) as LogLine)
    } catch {
      // Not a log line: kept for the failure report.
      this.stray.push(line)
    }
  }
}
