import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { eventually } from '../../test/wire/harness/eventually.js'
import { holdsPort } from '../../test/wire/harness/ports.js'
import { hubAddress } from './namespaces.js'

const records = join(import.meta.dirname, '../../packaging/cluster/dnsmasq.conf')

/** A DNS server in the hub, with the records that docs/operations/several-machines.md gives. */
export class Dns {
  readonly address = `${hubAddress}:53`

  private constructor(private readonly process: ChildProcess) {}

  static async start(): Promise<Dns> {
    const own = [
      '--no-daemon',
      '--no-resolv',
      '--no-hosts',
      '--bind-interfaces',
      `--listen-address=${hubAddress}`,
      '--pid-file=',
      '--user=',
    ]
    const child = spawn('dnsmasq', [`--conf-file=${records}`, ...own], { stdio: ['ignore', 'ignore', 'inherit'] })
    child.on('error', error => console.error(`this needs dnsmasq (Debian's package dnsmasq-base): ${error.message}`))
    await eventually('dnsmasq listens', () => child.pid !== undefined && holdsPort(child.pid, 53))
    return new Dns(child)
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return
    const over = once(this.process, 'exit')
    this.process.kill('SIGTERM')
    await over
  }
}
