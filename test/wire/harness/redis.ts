import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readRedisUrl } from '../../../src/config/redis-url.js'
import { systemClock } from '../../../src/foundation/clock.js'
import { RedisConnection } from '../../../src/store/redis/connection.js'
import { eventually } from './eventually.js'
import { freePort, holdsPort } from './ports.js'
import { run } from './program.js'

/** A redis-server with a folder and a port of its own. It keeps every write in its file, so it has its data after a restart. */
export class RedisServer {
  #process: ChildProcess | undefined
  #output = ''

  private constructor(
    private readonly folder: string,
    readonly port: number,
    private readonly args: readonly string[],
  ) {}

  /** `options`: more lines of its config, such as `--requirepass secret`. */
  static async start(folder: string, ...options: readonly string[]): Promise<RedisServer> {
    const own = join(folder, 'redis')
    const keeps = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--dir', own]
    const server = new RedisServer(own, await freePort('127.0.0.1'), [...keeps, ...options])
    await server.start()
    return server
  }

  /** A Sentinel that watches one master on this machine. */
  static async sentinel(folder: string, master: { readonly name: string; readonly port: number; readonly password: string }) {
    const own = join(folder, 'sentinel')
    await mkdir(own, { recursive: true })
    const watches = `sentinel monitor ${master.name} 127.0.0.1 ${master.port} 1\nsentinel auth-pass ${master.name} ${master.password}\n`
    await writeFile(join(own, 'sentinel.conf'), watches)
    const server = new RedisServer(own, await freePort('127.0.0.1'), [join(own, 'sentinel.conf'), '--sentinel'])
    await server.start()
    return server
  }

  /** Runs redis-cli against it. Resolves with its output. */
  async command(...words: readonly string[]): Promise<string> {
    return (await run('redis-cli', ['-p', String(this.port), ...words])).stdout
  }

  url(prefix = 'test'): string {
    return `redis://127.0.0.1:${this.port}/0?prefix=${prefix}`
  }

  /** Starts it, also again after `kill`. */
  async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    // A config file comes first.
    const isFile = this.args[0]?.endsWith('.conf') === true
    const listens = ['--bind', '127.0.0.1', '--port', String(this.port)]
    const args = isFile ? [...this.args.slice(0, 1), ...listens, ...this.args.slice(1)] : [...listens, ...this.args]
    const child = spawn('redis-server', args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (this.#output += String(chunk)))
    this.#process = child
    await eventually('redis-server listens', async () => {
      if (child.exitCode !== null) throw new Error(`redis-server does not start:\n${this.#output.slice(-4_000)}`)
      return child.pid !== undefined && (await holdsPort(child.pid, this.port))
    })
  }

  /** It stops answering, and its connections stay. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  goOn(): void {
    this.#process?.kill('SIGCONT')
  }

  /** Its connections end. Its data is on the disk. */
  async kill(): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

/** Waits until this many fields whose value contains this text are in Redis. */
export async function keptInRedis(url: string, count: number, text: string, table: string): Promise<void> {
  const read = readRedisUrl(url)
  if (!read.ok) throw new Error(read.fault)
  const redis = new RedisConnection(read.value, () => undefined)
  await redis.open(systemClock)
  const key = redis.key(table === 'live_calls' ? 'calls' : table)
  const rows = async (): Promise<number> => {
    const values = await redis.ask(['HVALS', key])
    return (Array.isArray(values) ? values : []).filter(value => String(value).includes(text)).length
  }
  await eventually(`${count} of ${key} are kept`, async () => (await rows()) === count).finally(() => redis.close())
}
