import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Machine } from './machine.js'

const config = join(import.meta.dirname, '../../packaging/cluster/keepalived.conf')

/** keepalived on each machine, with the file that docs/operations/several-machines.md gives. It moves the virtual address. */
export class Keepalived {
  readonly #running = new Map<Machine, ChildProcess>()

  constructor(machines: readonly Machine[], folder: string) {
    for (const machine of machines) {
      const own = join(folder, machine.name, 'keepalived')
      mkdirSync(own, { recursive: true })
      const files = ['-p', join(own, 'pid'), '-r', join(own, 'vrrp.pid')]
      const [command = 'ip', ...inside] = machine.net.runs
      const words = [...inside, 'keepalived', '--dont-fork', '--vrrp', '--log-console', '-f', config, ...files]
      const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'inherit'] })
      // Without it the address does not move, which the bench tells.
      child.on('error', error => console.error(`this needs keepalived (Debian's package of that name): ${error.message}`))
      this.#running.set(machine, child)
    }
  }

  /** The machine loses its power. */
  async die(machine: Machine): Promise<void> {
    await this.#end(machine, 'SIGKILL')
  }

  async stop(): Promise<void> {
    for (const machine of [...this.#running.keys()]) await this.#end(machine, 'SIGTERM')
  }

  async #end(machine: Machine, signal: NodeJS.Signals): Promise<void> {
    const child = this.#running.get(machine)
    this.#running.delete(machine)
    if (child?.pid === undefined || child.exitCode !== null) return
    const over = once(child, 'exit')
    child.kill(signal)
    await over
  }
}
