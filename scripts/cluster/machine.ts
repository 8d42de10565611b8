import { join } from 'node:path'
import { z } from 'zod'
import { configFiles, writeConfig, type Setup } from '../../test/wire/harness/config.js'
import { run } from '../../test/wire/harness/program.js'
import { CarillonServer, type CallState } from '../../test/wire/harness/server.js'
import { Namespace, network } from './namespaces.js'

/** The address that follows the node that serves. */
export const virtualAddress = `${network}.10`
const httpPort = 8080

const recordPage = z.object({
  calls: z.array(
    z.object({
      callId: z.string(),
      workflow: z.string(),
      outcome: z.string(),
      arrivedAt: z.string(),
      joinedAt: z.string().nullable(),
    }),
  ),
  next: z.string().nullable(),
})

export type CallRecord = z.infer<typeof recordPage>['calls'][number]
export type NodeSetup = Omit<Setup, 'listen' | 'cluster' | 'store'> & {
  /** The name that stands for all nodes. Each serves at its own address then. Default: the node that serves has the virtual address. */
  readonly advertise?: string
}

/** One machine of a cluster: a namespace, and the server that runs there. */
export class Machine {
  readonly net: Namespace
  server: CarillonServer | undefined

  constructor(
    readonly name: string,
    number: number,
    private readonly folder: string,
    private readonly redis: string,
  ) {
    this.net = new Namespace(name, `${network}.${number}`)
  }

  /** Starts the server. It stands by until it has the lease. */
  async start(setup: NodeSetup, lease = '2s', nodeOptions: readonly string[] = []): Promise<CarillonServer> {
    const configFolder = join(this.folder, this.name, 'config')
    const cluster = { node: this.name, lease, listen: [`udp://${this.net.address}:5060`] }
    const { advertise, ...rest } = setup
    const address = advertise === undefined ? virtualAddress : this.net.address
    const files = configFiles({ ...rest, listen: [`udp://${address}:5060`], cluster, store: this.redis })
    const settings = files['carillon.yaml'] as { readonly sip: object }
    const http = { listen: `http://127.0.0.1:${httpPort}` }
    const sip = { ...settings.sip, advertise }
    await writeConfig(configFolder, { ...files, 'carillon.yaml': { ...settings, sip, http } })
    const inside = this.net.runs
    this.server = await CarillonServer.start({ configFolder, standsBy: true, inside, nodeOptions })
    return this.server
  }

  /** The machine loses its power. */
  async die(): Promise<void> {
    this.net.unplug()
    await this.server?.kill()
    this.server = undefined
    this.net.giveAddress(virtualAddress)
  }

  async get(path: string): Promise<unknown> {
    return JSON.parse(await this.text(path))
  }

  async text(path: string): Promise<string> {
    const { code, stdout } = await this.#curl('-s', path)
    if (code !== 0) throw new Error(`${this.name} does not answer GET ${path} (curl ${code})`)
    return stdout
  }

  /** Whether its node serves. */
  async isReady(): Promise<boolean> {
    return (await this.#curl('-sf', '/health/ready')).code === 0
  }

  /** `leader`, `standby` or `lost`. Undefined: no node answers. */
  async role(): Promise<string | undefined> {
    const { code, stdout } = await this.#curl('-s', '/health/ready')
    return code === 0 ? z.object({ role: z.string() }).parse(JSON.parse(stdout)).role : undefined
  }

  #curl(how: string, path: string): ReturnType<typeof run> {
    const [ipCommand = 'ip', ...rest] = this.net.runs
    return run(ipCommand, [...rest, 'curl', how, '-m', '5', `http://127.0.0.1:${httpPort}${path}`])
  }

  async put(path: string): Promise<void> {
    const [ipCommand = 'ip', ...rest] = this.net.runs
    const { code } = await run(ipCommand, [...rest, 'curl', '-sf', '-m', '5', '-X', 'PUT', `http://127.0.0.1:${httpPort}${path}`])
    if (code !== 0) throw new Error(`${this.name} refuses PUT ${path} (curl ${code})`)
  }

  async calls(): Promise<readonly CallState[]> {
    return (await this.get('/api/calls')) as readonly CallState[]
  }

  async records(): Promise<readonly CallRecord[]> {
    const all: CallRecord[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = recordPage.parse(await this.get(`/api/calls?state=finished&limit=1000${after}`))
      all.push(...page.calls)
      cursor = page.next
    }
    return all
  }
}
