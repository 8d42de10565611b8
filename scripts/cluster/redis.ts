import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { eventually } from '../../test/wire/harness/eventually.js'
import { holdsPort } from '../../test/wire/harness/ports.js'
import { redisAddress } from './namespaces.js'

/** The Redis of a cluster. It has its data after a kill. */
export class Redis {
  #process: ChildProcess | undefined
  readonly url = `redis://${redisAddress}:6379/0?prefix=cell`

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true })
  }

  async start(): Promise<void> {
    const listens = ['--bind', redisAddress, '--port', '6379', '--protected-mode', 'no']
    const keeps = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec', '--dir', this.folder]
    const child = spawn('redis-server', [...listens, ...keeps], { stdio: 'ignore' })
    this.#process = child
    await eventually('redis-server listens', () => child.pid !== undefined && holdsPort(child.pid, 6379))
  }

  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  goOn(): void {
    this.#process?.kill('SIGCONT')
  }
}
