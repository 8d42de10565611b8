import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from './eventually.js'

export interface LinphoneOptions {
  /** Unique in the test's folder. It registers as NAME@example.com. */
  readonly name: string
  readonly folder: string
  /** `host:port`. */
  readonly server: string
  readonly password: string
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** A file with the certificate authority of the server. */
  readonly ca?: string
}

/** A linphonec without sound hardware, on ports of its own choice. It answers every call. */
export class Linphone {
  #said = ''

  private constructor(private readonly process: ChildProcess) {
    for (const stream of [process.stdout, process.stderr]) stream?.on('data', (chunk: Buffer) => (this.#said += String(chunk)))
  }

  static async start(options: LinphoneOptions): Promise<Linphone> {
    const folder = join(options.folder, options.name)
    // It keeps a database there.
    await mkdir(join(folder, '.local', 'share', 'linphone'), { recursive: true })
    const config = join(folder, 'linphonerc')
    await writeFile(config, configOf(options))
    const child = spawn('linphonec', ['-a', '-c', config], { env: { ...process.env, HOME: folder }, stdio: 'pipe' })
    const linphone = new Linphone(child)
    linphone.#command('soundcard use files')
    return linphone
  }

  /** Waits until it has printed this. */
  async says(what: RegExp): Promise<true> {
    return eventually(`linphone says ${String(what)}`, () => what.test(this.#said) || undefined).catch((error: unknown) => {
      throw new Error(`linphone said:\n${this.#said}`, { cause: error })
    })
  }

  /** Ends it. It removes its registration first. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const over = once(this.process, 'close')
    this.#command('quit')
    const hard = setTimeout(() => this.process.kill('SIGKILL'), 10_000)
    await over
    clearTimeout(hard)
  }

  #command(line: string): void {
    this.process.stdin?.write(`${line}\n`)
  }
}

function configOf({ name, server, password, transport, ca }: LinphoneOptions): string {
  return `[sip]${ca === undefined ? '' : `\nroot_ca=${ca}\nverify_server_certs=1\nverify_server_cn=1`}
use_ipv6=0
bind_address=127.0.0.1
sip_port=-1
sip_tcp_port=-1
sip_tls_port=${transport === 'tls' ? -1 : 0}
register_only_when_network_is_up=0
guess_hostname=0
contact=sip:${name}@127.0.0.1
default_proxy=0
[rtp]
audio_rtp_port=-1
[proxy_0]
reg_proxy=<sip:${server};transport=${transport}>
reg_route=<sip:${server};transport=${transport};lr>
reg_identity=sip:${name}@example.com
reg_expires=60
reg_sendregister=1
publish=0
[auth_info_0]
username=${name}
passwd=${password}
realm=example.com
domain=example.com
algorithm=SHA-256
`
}
