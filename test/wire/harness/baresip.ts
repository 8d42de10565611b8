import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { eventually } from './eventually.js'
import { freePort, holdsPort } from './ports.js'

export interface BaresipOptions {
  /** Unique in the test's folder. */
  readonly name: string
  readonly folder: string
  /** An 8 kHz WAV that this phone plays once in each call. */
  readonly says: string
  /** Default: `manual`, as callers do. */
  readonly answers?: 'auto' | 'manual'
  /** A file with the certificate authorities that it trusts. Default: no check. */
  readonly ca?: string
  /** Its address for SIP. Default 127.0.0.1. */
  readonly host?: string
  /** `host:port` of the DNS server that it asks. Default: the machine's. */
  readonly dns?: string
  /** Registers as NAME@example.com at the server. Default: no account. */
  readonly account?: BaresipAccount
}

export interface BaresipAccount {
  /** `host:port`. */
  readonly server: string
  readonly password: string
  readonly transport?: 'udp' | 'tcp' | 'tls'
}

interface Message {
  readonly event?: boolean
  readonly type?: string
  readonly token?: string
  readonly ok?: boolean
  readonly data?: string
}

const tries = 5

/** A baresip without sound hardware. It plays a WAV, records what it hears, and gets its commands over TCP. */
export class Baresip {
  readonly #events: string[] = []
  readonly #answers = new Map<string, (message: Message) => void>()
  #lastToken = 0

  private constructor(
    private readonly process: ChildProcess,
    private readonly control: Socket,
    readonly port: number,
    private readonly folder: string,
  ) {
    readNetstrings(control, text => this.#told(JSON.parse(text) as Message))
    control.on('error', () => undefined) // It has ended. The code that waits for it reports this.
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const folder = join(options.folder, options.name)
    await mkdir(join(folder, 'heard'), { recursive: true })
    for (let attempt = 1; ; attempt += 1) {
      const [port, control, rtp] = [await freePort('127.0.0.1'), await freePort('127.0.0.1'), await freePort('127.0.0.1')]
      await writeFile(join(folder, 'config'), configOf(options, folder, port, control, rtp & ~1))
      await writeFile(join(folder, 'accounts'), options.account ? '' : `${localAccount(options, port)}\n`)
      const child = spawn('baresip', ['-s', '-v', '-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] })
      const output = { text: '' }
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output.text += String(chunk)))
      const up = await cameUp(child, port, control)
      if (up) {
        const socket = connect(control, '127.0.0.1')
        await once(socket, 'connect')
        const baresip = new Baresip(child, socket, port, folder)
        // Register only now that we are connected: baresip reports its events once, to those who are connected.
        if (options.account) await baresip.#command('uanew', serverAccount(options, options.account))
        return baresip
      }
      child.kill('SIGKILL')
      if (attempt === tries) throw new Error(`${options.name} does not start:\n${output.text}`)
    }
  }

  dial(uri: string): Promise<void> {
    return this.#command('dial', uri)
  }

  hangUp(): Promise<void> {
    return this.#command('hangup')
  }

  hold(): Promise<void> {
    return this.#command('hold')
  }

  resume(): Promise<void> {
    return this.#command('resume')
  }

  /** A blind transfer by REFER. */
  transfer(uri: string): Promise<void> {
    return this.#command('transfer', uri)
  }

  /** Sends a key by telephone-event. */
  press(key: string): Promise<void> {
    return this.#command('sndcode', key)
  }

  /** The types of its events, such as `CALL_ESTABLISHED`, in order. */
  get events(): readonly string[] {
    return this.#events
  }

  happened(type: string): Promise<true> {
    return eventually(`baresip tells ${type}`, () => this.#events.includes(type) || undefined).catch((error: unknown) => {
      throw new Error(`baresip never told ${type}, but ${this.#events.join(', ') || 'nothing'}`, { cause: error })
    })
  }

  /** The sound of its calls, oldest first: 8 kHz samples from -1 to 1. Complete once the call is over. */
  async heard(): Promise<readonly Float32Array[]> {
    const folder = join(this.folder, 'heard')
    const files = (await readdir(folder)).filter(file => file.endsWith('-dec.wav')).sort()
    return Promise.all(files.map(async file => samplesOf(await readFile(join(folder, file)))))
  }

  async stop(): Promise<void> {
    this.control.destroy()
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const over = once(this.process, 'close')
    this.process.kill('SIGTERM')
    const hard = setTimeout(() => this.process.kill('SIGKILL'), 3_000)
    await over
    clearTimeout(hard)
  }

  async #command(command: string, params = ''): Promise<void> {
    this.#lastToken += 1
    const token = String(this.#lastToken)
    const answer = new Promise<Message>(resolve => this.#answers.set(token, resolve))
    const text = JSON.stringify({ command, params, token })
    this.control.write(`${Buffer.byteLength(text)}:${text},`)
    const { ok, data = '' } = await answer
    if (ok !== true) throw new Error(`baresip refuses '${command} ${params}': ${data}`)
  }

  #told(message: Message): void {
    if (message.event === true) this.#events.push(message.type ?? '')
    else this.#answers.get(message.token ?? '')?.(message)
  }
}

async function cameUp(child: ChildProcess, port: number, control: number): Promise<boolean> {
  const { pid } = child
  if (pid === undefined) return false
  return eventually('baresip listens', async () => {
    if (child.exitCode !== null) return 'over'
    return (await holdsPort(pid, port)) && (await holdsPort(pid, control)) ? 'up' : undefined
  }).then(
    state => state === 'up',
    () => false,
  )
}

/** Netstrings: frames of `length:text,`. */
function readNetstrings(socket: Socket, read: (text: string) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const colon = rest.indexOf(':')
      const length = Number(rest.subarray(0, colon))
      if (colon < 0 || rest.length < colon + length + 2) return
      read(rest.subarray(colon + 1, colon + 1 + length).toString())
      rest = rest.subarray(colon + length + 2)
    }
  })
}

/** Reads a 16-bit mono WAV. libsndfile leaves the lengths at 0 while it still writes the file. */
function samplesOf(wav: Buffer): Float32Array {
  const data = wav.indexOf('data') + 8
  const samples = new Float32Array((wav.length - data) >> 1)
  for (let at = 0; at < samples.length; at += 1) samples[at] = wav.readInt16LE(data + at * 2) / 32768
  return samples
}

const localAccount = (options: BaresipOptions, port: number): string =>
  `<sip:${options.name}@${options.host ?? '127.0.0.1'}:${port};transport=udp>;regint=0;${habits(options)}`

function serverAccount(options: BaresipOptions, { server, password, transport = 'udp' }: BaresipAccount): string {
  const way = `outbound="sip:${server};transport=${transport}"`
  return `<sip:${options.name}@example.com;transport=${transport}>;auth_pass=${password};${way};regint=60;${habits(options)}`
}

const habits = ({ answers = 'manual' }: BaresipOptions): string => `answermode=${answers};audio_codecs=PCMU/8000/1,PCMA/8000/1`

function configOf(
  { name, says, ca, host = '127.0.0.1', dns }: BaresipOptions,
  folder: string,
  port: number,
  control: number,
  rtp: number,
): string {
  return `poll_method epoll
sip_listen ${host}:${port}
${dns === undefined ? '' : `dns_server ${dns}\n`}${ca === undefined ? '' : `sip_cafile ${ca}\n`}call_local_timeout 120
call_max_calls 8
audio_path /usr/share/baresip
audio_player aubridge,${name}-ear
audio_source aufile,${says}
audio_alert aubridge,${name}-alert
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports ${rtp}-${rtp + 20}
rtp_timeout 60
jitter_buffer_type fixed
jitter_buffer_delay 1-5
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${control}
snd_path ${folder}/heard
statmode_default off
`
}
