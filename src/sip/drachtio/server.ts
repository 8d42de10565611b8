import type { Clock, Timer } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { millis } from '../../foundation/time.js'
import type { ListenPoint, TransportName } from '../transport/transport.js'
import type { Frame } from './frames.js'
import { readHostport } from './frames.js'
import { Link, type LinkEnd, type ServerAddress, type Told } from './link.js'

interface DrachtioServerListener {
  sip(server: DrachtioServer, frame: Extract<Frame, { kind: 'sip' }>): void
  /** Connected, for the first time or again. */
  up(server: DrachtioServer): void
  /** The connection is lost. Not called for failed attempts. */
  down(server: DrachtioServer): void
}

/** The delay before the next attempt doubles, from the first value to the last. In ms. */
const [firstWait, lastWait] = [500, 15_000]

/** One drachtio-server, with the connection to it, which is renewed when it breaks. */
export class DrachtioServer {
  #link: Link | undefined
  #again: Timer | undefined
  #wait = firstWait
  #stopped = false
  #trouble: LinkEnd | undefined
  #connects = 0
  #points: readonly ListenPoint[] = []
  #settled: () => void = () => undefined
  /** Resolves after the first attempt, successful or not. */
  readonly tried = new Promise<void>(resolve => (this.#settled = resolve))

  constructor(
    /** Its number in the config. */
    readonly index: number,
    private readonly address: ServerAddress,
    private readonly options: { readonly clock: Clock; readonly log: Log; chance(): number },
    private readonly listener: DrachtioServerListener,
  ) {}

  get name(): string {
    const { host, port } = this.address
    return `${host}:${port}`
  }

  get isUp(): boolean {
    return this.#link?.isReady === true
  }

  /** How often it was connected. */
  get connects(): number {
    return this.#connects
  }

  /** Why it is not connected. */
  get trouble(): LinkEnd | undefined {
    return this.isUp ? undefined : this.#trouble
  }

  /** The addresses on which it listens for SIP. Empty before the first connection. IPv6 hosts have brackets. */
  get points(): readonly ListenPoint[] {
    return this.#points
  }

  pointFor(transport: TransportName): ListenPoint | undefined {
    return this.#points.find(point => point.transport === transport) ?? this.#points[0]
  }

  connect(): void {
    if (this.#stopped) return
    const link = new Link(this.address, this.options.clock, {
      ready: (hostports, version) => this.#ready(hostports, version),
      sip: frame => this.listener.sip(this, frame),
      closed: end => this.#closed(end),
    })
    this.#link = link
  }

  command(text: string, told: Told): void {
    if (this.#link?.isReady === true) this.#link.command(text, told)
    else told({ ok: false, reason: 'no connection', lost: true })
  }

  stop(): void {
    this.#stopped = true
    this.#again?.cancel()
    this.#link?.close()
  }

  #ready(hostports: readonly string[], version: string): void {
    this.#points = hostports.flatMap(text => readHostport(text) ?? [])
    this.#trouble = undefined
    this.#wait = firstWait
    this.#connects += 1
    this.options.log.info?.(`connected to drachtio-server ${this.name} ${version}, which takes SIP at ${hostports.join(' ')}`, {
      event: 'sip.connected',
    })
    this.listener.up(this)
    this.#settled()
  }

  #closed(end: LinkEnd): void {
    const before = this.#trouble
    const wasUp = this.#link !== undefined && before === undefined && this.#connects > 0
    this.#link = undefined
    if (this.#stopped) return this.#settled()
    this.#trouble = end
    // Logged once for each condition, not for each attempt.
    if (before?.kind !== end.kind) this.#tell(end)
    if (wasUp) this.listener.down(this)
    const wait = end.kind === 'refused' ? lastWait : this.#wait
    this.#wait = Math.min(lastWait, this.#wait * 2)
    this.#again = this.options.clock.after(millis(wait * (0.5 + this.options.chance() / 2)), () => this.connect())
    this.#settled()
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
