import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Worker } from 'node:worker_threads'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { seconds } from '../../foundation/time.js'
import type { PromptId } from '../../routing/ids.js'
import type { Body } from '../../signaling/port.js'
import type { Media, Opened, StreamListener } from '../port.js'
import { BuiltinStream } from './builtin-stream.js'
import { Counters, type Counts } from './counters.js'
import type { Beginning, FromThread, Setup, StreamId, ToThread } from './messages.js'
import { isSpoken, Negotiation } from './negotiation.js'
import { PortPool } from './port-pool.js'
import type { Sound } from './sound.js'

export interface BuiltinMediaOptions {
  /** The local IP address that all RTP and RTCP goes through; `0.0.0.0` or `::` for all of its family. */
  readonly address: string
  /** The address that descriptions name; default: `address`, or the machine's first when that means all. */
  readonly advertise?: string
  /** RTP takes the even ports, RTCP the one above each; both ends included. */
  readonly ports: { readonly first: number; readonly last: number }
  /** Looked up at each `play` and `loop`. */
  readonly sounds: { get(prompt: PromptId): Sound | undefined }
  readonly clock: Clock
  readonly log: Log
  /** Bytes that nobody can guess: node:crypto's randomBytes. */
  readonly random: (size: number) => Uint8Array
}

/** For metrics. */
export interface MediaStatistics extends Counts {
  readonly streams: number
  /** Ports bound and not in use. */
  readonly portsReady: number
}

const restartAfter = seconds(1)

/** Prompts, music and keys by Carillon itself: negotiation here, all packets in a worker. */
export class BuiltinMedia implements Media {
  readonly #streams = new Map<StreamId, BuiltinStream>()
  readonly #counters = new Counters()
  readonly #timers: TimerSet<'restart'>
  readonly #family: 4 | 6
  readonly #advertised: string
  #worker: Worker | undefined
  #pool: PortPool
  #lastId = 0
  #stopping = false

  constructor(private readonly options: BuiltinMediaOptions) {
    this.#timers = new TimerSet(options.clock)
    this.#family = isIP(options.address) === 6 ? 6 : 4
    this.#advertised = options.advertise ?? reachable(options.address, this.#family)
    this.#pool = this.#newPool()
  }

  /** Resolves when streams can be opened; rejects when no port can be bound. */
  async start(): Promise<void> {
    const failure = await new Promise<string | undefined>(resolve => this.#spawn(resolve))
    if (failure === undefined) return
    await this.stop()
    const { address, ports } = this.options
    throw new Error(`no RTP port of ${address}, ${ports.first} to ${ports.last}, can be used: ${failure}`)
  }

  speaks(offer: Body | undefined): boolean {
    return !offer || isSpoken(offer, this.#family)
  }

  open(offer: Body | undefined, listener: StreamListener): Opened {
    const port = this.#pool.take()
    if (port === undefined) return { kind: 'unsupported', because: 'no port free' }
    const own = { address: this.#advertised, family: this.#family, port, id: String(this.#number()) }
    const negotiation = new Negotiation(own)
    const answer = offer && negotiation.answer(offer)
    if (answer?.ok === false) {
      this.#pool.putBack(port)
      return { kind: 'unsupported', because: answer.fault }
    }
    const stream = this.#newStream(port, negotiation, listener)
    return { kind: 'opened', stream, body: answer ? answer.value : negotiation.offer() }
  }

  get streams(): number {
    return this.#streams.size
  }

  statistics(): MediaStatistics {
    return { ...this.#counters.read(), streams: this.#streams.size, portsReady: this.#pool.ready }
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#timers.stopAll()
    this.#pool.stop()
    for (const stream of this.#streams.values()) stream.close()
    const worker = this.#worker
    if (!worker) return
    await new Promise<void>(resolve => {
      worker.once('exit', () => resolve())
      this.#tell({ kind: 'stop' })
    })
  }

  #newStream(port: number, negotiation: Negotiation, listener: StreamListener): BuiltinStream {
    const id = (this.#lastId += 1)
    const { clock, sounds } = this.options
    const tell = (message: ToThread): void => this.#tell(message)
    const stream = new BuiltinStream(id, negotiation, listener, { clock, sounds, tell, closed: () => this.#streams.delete(id) })
    this.#streams.set(id, stream)
    this.#tell({ kind: 'open', id, port, beginning: this.#beginning() })
    stream.agree()
    return stream
  }

  #beginning(): Beginning {
    const sequence = this.#number() & 0xffff
    const cname = Buffer.from(this.options.random(12)).toString('base64')
    return { ssrc: this.#number(), sequence, timestamp: this.#number(), cname }
  }

  /** 32 bits. */
  #number(): number {
    return Buffer.from(this.options.random(4)).readUInt32BE()
  }

  #newPool(): PortPool {
    return new PortPool(this.options.ports, this.options.clock, port => this.#tell({ kind: 'bind', port }))
  }

  /** `begun` is told at least once: nothing when ports are bound, the reason when none can be; the first is the one that counts. */
  #spawn(begun: (failure: string | undefined) => void): void {
    const worker = newWorker()
    this.#worker = worker
    this.#pool = this.#newPool()
    worker.on('message', (message: FromThread) => {
      this.#hear(message)
      if (!this.#pool.isBinding) begun(this.#pool.ready > 0 || message.kind !== 'refused' ? undefined : message.because)
    })
    worker.on('error', error => {
      this.options.log.error(`the media thread failed: ${error.stack ?? error.message}`)
      begun(error.message)
    })
    worker.on('exit', () => {
      this.#worker = undefined
      begun('the media thread ended')
      if (!this.#stopping) this.#mend()
    })
    const setup: Setup = { address: this.options.address, family: this.#family, counts: this.#counters.shared }
    worker.postMessage(setup)
    this.#pool.fill()
    if (!this.#pool.isBinding) begun('the range holds no pair')
  }

  /** All ports and packets went with the thread: its callers hear nothing any more, those who come later shall. */
  #mend(): void {
    const broken = [...this.#streams.values()]
    this.#pool.stop()
    this.#timers.start('restart', restartAfter, () => this.#spawn(() => undefined))
    for (const [id, stream] of [...this.#streams]) stream.heard({ kind: 'lost', id })
    this.options.log.warn(`the media thread ended under ${broken.length} streams; a new one follows`)
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case 'bound':
        return this.#pool.bound(message.port)
      case 'refused':
        this.options.log.debug?.(`RTP port ${message.port} can't be used: ${message.because}`)
        return this.#pool.refused(message.port)
      case 'freed':
        return this.#pool.freed(message.port)
      default:
        return this.#streams.get(message.id)?.heard(message)
    }
  }

  #tell(message: ToThread): void {
    this.#worker?.postMessage(message)
  }
}

/** Built, the worker stands beside this file as JavaScript; run from its source, it has to load the loader of TypeScript for itself. */
function newWorker(): Worker {
  if (import.meta.url.endsWith('.js')) return new Worker(new URL('./worker.js', import.meta.url))
  const entry = JSON.stringify(new URL('./worker.ts', import.meta.url).href)
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${entry}) })`
  return new Worker(code, { eval: true, execArgv: [] })
}

function reachable(address: string, family: 4 | 6): string {
  if (address !== '0.0.0.0' && address !== '::') return address
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  const usable = all.filter(({ family: its, address: own }) => its === `IPv${family}` && !own.startsWith('fe80'))
  return (usable.find(({ internal }) => !internal) ?? usable[0])?.address ?? address
}
