import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFiles, writeConfig, type Setup } from './config.js'
import { freePort } from './ports.js'
import { keptInRedis, RedisServer } from './redis.js'
import { CarillonServer } from './server.js'
import { Sipp } from './sipp.js'

type NodeSetup = Omit<Setup, 'listen' | 'cluster' | 'store'>

/** Two nodes with one Redis. The one that serves binds one address, which stands for a virtual IP address. */
export class Pair {
  readonly nodes: CarillonServer[] = []
  readonly phones: Sipp[] = []
  readonly callers: Sipp[] = []
  readonly standbyPorts: number[] = []

  private constructor(
    readonly folder: string,
    readonly redis: RedisServer,
    readonly port: number,
  ) {}

  static async open(): Promise<Pair> {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-pair-'))
    return new Pair(folder, await RedisServer.start(folder), await freePort('127.0.0.1'))
  }

  async phone(name: string, steps: string): Promise<{ readonly name: string; readonly contact: string }> {
    const sipp = await Sipp.start({
      name,
      folder: this.folder,
      scenario: steps,
      host: '127.0.0.1',
      transport: 'udp',
      timeout: 120,
    })
    this.phones.push(sipp)
    return { name, contact: `sip:${name}@127.0.0.1:${sipp.port}` }
  }

  /** `by`: another way to the node that serves, and the caller's address. */
  async call(name: string, service: string, steps: string, by?: { readonly to: string; readonly host: string }): Promise<Sipp> {
    const way = by ?? { to: `127.0.0.1:${this.port}` }
    const sipp = await Sipp.start({ name, folder: this.folder, scenario: steps, service, calls: 1, ...way })
    this.callers.push(sipp)
    return sipp
  }

  /** Starts a node, which stands by until it has the lease. */
  async start(node: string, setup: NodeSetup, port = this.port): Promise<CarillonServer> {
    const own = await freePort('127.0.0.1')
    this.standbyPorts.push(own)
    return this.startAt(node, setup, { serves: `127.0.0.1:${port}`, standsBy: `127.0.0.1:${own}` })
  }

  /** Starts a node with these addresses. */
  async startAt(
    node: string,
    setup: NodeSetup,
    at: { readonly serves: string; readonly standsBy: string },
  ): Promise<CarillonServer> {
    const folder = join(this.folder, node, 'config')
    const cluster = { node, lease: '2s', listen: [`udp://${at.standsBy}`] }
    const listen = [`udp://${at.serves}`]
    await writeConfig(folder, configFiles({ ...setup, listen, cluster, store: this.redis.url() }))
    const server = await CarillonServer.start({ configFolder: folder, standsBy: true })
    this.nodes.push(server)
    return server
  }

  kept(count: number, text: string, table = 'live_calls'): Promise<void> {
    return keptInRedis(this.redis.url(), count, text, table)
  }

  async close(): Promise<void> {
    for (const sipp of [...this.callers, ...this.phones]) await sipp.kill()
    for (const node of this.nodes) await node.kill()
    await this.redis.kill()
    await rm(this.folder, { recursive: true })
  }

  tail(): string {
    return this.nodes.map(node => node.tail()).join('\n---\n')
  }
}

export async function withPair(test: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = await Pair.open()
  try {
    await test(pair)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${pair.tail()}`, { cause: error })
  } finally {
    await pair.close()
  }
}

/** The first line of the response to an OPTIONS. */
export async function pinged(host: string, port: number): Promise<string> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const at = `127.0.0.1:${socket.address().port}`
  const from = `From: <sip:ping@${at}>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: ping@${at}\r\nCSeq: 1 OPTIONS`
  const via = `Via: SIP/2.0/UDP ${at};branch=z9hG4bKping${socket.address().port};rport`
  socket.send(
    `OPTIONS sip:${host}:${port} SIP/2.0\r\n${via}\r\n${from}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`,
    port,
    host,
  )
  const [answer] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  return answer.toString('utf8').split('\r\n')[0] ?? ''
}
