import type { Clock, Timer } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { millis } from '../../foundation/time.js'
import type { ListenPoint, TransportName } from '../transport/transport.js'
import type { Frame } from './frames.js'
import { readHostport } from './frames.js'
import { Link, type LinkEnd, type ServerAddress, type Told } from './link.js'

interface DrachtioServerOptions {
  readonly clock: Clock
  readonly log: Log
  /** Returns a random number from 0 to 1. */
  chance(): number
  /** A command was not sent, because the server could not have read it. */
  tooLong(): void
}

interface DrachtioServerListener {
  sip(server: DrachtioServer, frame: Extract<Frame, { kind: 'sip' }>): void
  /** Connected, for the first time or again. */
  up(server: DrachtioServer): void
  /** The connection is lost. Not called for failed attempts. */
  down(server: DrachtioServer): void
}

/** The delay before the next attempt doubles, from the first value to the last. In ms. */
const [firstWait, lastWait] = [500, 15_000]

/** Tries again after a delay that grows with each failure. */
class Retry {
  #timer: Timer | undefined
  /** In ms. */
  #wait = firstWait

  constructor(private readonly options: Pick<DrachtioServerOptions, 'clock' | 'chance'>) {}

  soon({ kind }: LinkEnd, tryAgain: () => void): void {
    const { options } = this
    const wait = kind === 'refused' ? lastWait : this.#wait
    this.#wait = Math.min(lastWait, this.#wait * 2)
    this.#timer = options.clock.after(millis(wait * (0.5 + options.chance() / 2)), tryAgain)
  }

  succeeded(): void {
    this.#wait = firstWait
  }

  stop(): void {
    this.#timer?.cancel()
  }
}

class FirstAttempt {
  #resolve: () => void = () => undefined
  readonly settled = new Promise<void>(resolve => (this.#resolve = resolve))

  settle(): void {
    this.#resolve()
  }
}

/** One drachtio-server and the connection to it, which is made again when it breaks. */
export class DrachtioServer {
  #link: Link | undefined
  readonly #retry: Retry
  #stopped = false
  #trouble: LinkEnd | undefined
  /** What we learned from the connections so far. */
  #seen: { readonly connects: number; readonly points: readonly ListenPoint[] } = { connects: 0, points: [] }
  readonly #first = new FirstAttempt()

  constructor(
    /** The index of the server in the config. */
    readonly index: number,
    private readonly address: ServerAddress,
    private readonly options: DrachtioServerOptions,
    private readonly listener: DrachtioServerListener,
  ) {
    this.#retry = new Retry(options)
  }

  /** Resolves after the first attempt, successful or not. */
  get tried(): Promise<void> {
    return this.#first.settled
  }

  get name(): string {
    const { host, port } = this.address
    return `${host}:${port}`
  }

  get isUp(): boolean {
    return this.#link?.isReady === true
  }

  /** How often it was connected. */
  get connects(): number {
    return this.#seen.connects
  }

  /** Why it is not connected. */
  get trouble(): LinkEnd | undefined {
    return this.isUp ? undefined : this.#trouble
  }

  /** The addresses on which it listens for SIP. Empty before the first connection. IPv6 hosts have brackets. */
  get points(): readonly ListenPoint[] {
    return this.#seen.points
  }

  pointFor(transport: TransportName): ListenPoint | undefined {
    const { points } = this.#seen
    return points.find(point => point.transport === transport) ?? points[0]
  }

  connect(): void {
    if (this.#stopped) return
    const link = new Link(this.address, this.options.clock, {
      ready: (hostports, version) => this.#ready(hostports, version),
      sip: frame => this.listener.sip(this, frame),
      closed: end => this.#closed(end),
      tooLong: () => this.options.tooLong(),
    })
    this.#link = link
  }

  command(text: string, told: Told): void {
    if (this.#link?.isReady === true) this.#link.command(text, told)
    else told({ ok: false, reason: 'no connection', unsent: 'lost' })
  }

  stop(): void {
    this.#stopped = true
    this.#retry.stop()
    this.#link?.close()
  }

  #ready(hostports: readonly string[], version: string): void {
    this.#seen = { connects: this.#seen.connects + 1, points: hostports.flatMap(text => readHostport(text) ?? []) }
    this.#trouble = undefined
    this.#retry.succeeded()
    this.options.log.info?.(`connected to drachtio-server ${this.name} ${version}, which takes SIP at ${hostports.join(' ')}`, {
      event: 'sip.connected',
    })
    this.listener.up(this)
    this.#first.settle()
  }

  #closed(end: LinkEnd): void {
    const before = this.#trouble
    const wasUp = this.#link !== undefined && before === undefined && this.#seen.connects > 0
    this.#link = undefined
    if (this.#stopped) return this.#first.settle()
    this.#trouble = end
    // Logged once for each condition, not for each attempt.
    if (before?.kind !== end.kind) this.#tell(end)
    if (wasUp) this.listener.down(this)
    this.#retry.soon(end, () => this.connect())
    this.#first.settle()
  }

  #tell({ kind, what }: LinkEnd): void {
    const event = 'sip.disconnected'
    if (kind === 'refused')
      this.options.log.error(
        `drachtio-server ${this.name} refuses us: ${what}; check sip.drachtio.secret; the next attempt is in ${lastWait / 1000} s`,
        { event },
      )
    else this.options.log.warn(`no connection to drachtio-server ${this.name}: ${what}; it is tried again`, { event })
  }
}
