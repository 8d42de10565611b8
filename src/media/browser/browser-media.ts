import { isIPv6 } from 'node:net'
import type { Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { assertNever } from '../../foundation/never.js'
import type { Result } from '../../foundation/result.js'
import type { Body, Writer } from '../../legs/body.js'
import type { Gateway, GatewayListener, Gateways, LegOwner, OpenedGateway, Refusal } from '../../legs/gateway.js'
import { beginProcess } from '../worker/helper.js'
import type { Vouching } from '../rtp/latch.js'
import type { Music } from '../rtp/player.js'
import { PortHelper } from '../worker/port-helper.js'
import type { LossReason } from '../port.js'
import type { Credentials, Endpoint, Fingerprint } from '../sdp.js'
import { Figures, type BrowserFigures } from './figures.js'
import type { FromProcess, GatewayId, ToProcess } from './messages.js'
import { Shares, type ShareSettings } from './shares.js'
import { GatewayNegotiation, isBrowsers } from './negotiation.js'

/** The addresses and ports that the media use. */
interface BrowserPlace {
  /** The local IP address for all packets. `0.0.0.0` or `::` means all addresses of the family. */
  readonly address: string
  readonly family: 4 | 6
  /** The addresses by which browsers reach us, at least one, asked for each description. Descriptions for the plain side name the first. */
  readonly reachable: () => readonly string[]
  /** Plain RTP uses the even ports, browsers the next higher ones. Both ends included. */
  readonly ports: { readonly first: number; readonly last: number }
}

interface BrowserMediaOptions {
  readonly place: BrowserPlace
  readonly shares: ShareSettings
  /** The music that a caller hears while a browser holds the call. Called at each hold. Undefined: none. */
  readonly music: () => Music | undefined
  /** The evidence for an address in a description before a packet came from it. Called at each agreement. */
  readonly vouch: (place: Endpoint, writer: Writer) => Vouching
  readonly clock: Clock
  readonly log: Log
  /** Random bytes that nobody can guess: node:crypto's randomBytes. */
  readonly random: (size: number) => Uint8Array
}

interface BrowserMediaStatistics extends BrowserFigures {
  readonly gateways: number
  /** Bound ports that are not in use. */
  readonly portsReady: number
}

interface Open {
  readonly owner: LegOwner
  readonly listener: GatewayListener
  readonly negotiation: GatewayNegotiation
}

/** In megabytes: V8's old space for 1,250 legs, with a margin. Packets are stored outside of it. */
const memory = 192

/**
 * Gateways between browsers and plain RTP. Descriptions are negotiated here. All packets are handled by a separate process,
 * because strangers can reach it.
 */
export class BrowserMedia implements Gateways {
  readonly #gateways = new Map<GatewayId, Open>()
  readonly #shares: Shares
  readonly #figures = new Figures()
  readonly #process: PortHelper<ToProcess, FromProcess>
  #fingerprint: Fingerprint | undefined
  /** The music that was last sent to the process. */
  #music: Music | undefined
  #lastId = 0

  constructor(private readonly options: BrowserMediaOptions) {
    const { clock, log } = options
    const { address, family, ports } = options.place
    this.#shares = new Shares(options.shares, pairsOf(ports))
    const entry = new URL('./process', import.meta.url)
    this.#process = new PortHelper<ToProcess, FromProcess>({
      begin: beginProcess({ entry, memory, clock }),
      setup: { kind: 'setup', address, family },
      ports,
      name: 'the process of browser media',
      clock,
      log,
      hear: message => this.#hear(message),
      broke: why => this.#broke(why),
    })
  }

  /** Resolves when gateways can be opened. Rejects if no port can be bound. */
  async start(): Promise<void> {
    const failure = await this.#process.start()
    if (failure === undefined) return
    await this.stop()
    const { address, ports } = this.options.place
    throw new Error(`no RTP port for browsers of ${address}, ${ports.first} to ${ports.last}, can be used: ${failure}`)
  }

  isBrowsers(description: Body): boolean {
    return isBrowsers(description)
  }

  open(owner: LegOwner, listener: GatewayListener): OpenedGateway {
    const refusal = this.#shares.take(owner)
    if (refusal) return this.#refused(refusal)
    const fingerprint = this.#fingerprint
    const port = this.#process.take()
    if (port !== undefined && fingerprint) return { kind: 'opened', gateway: this.#opened(owner, listener, port, fingerprint) }
    if (port !== undefined) this.#process.putBack(port)
    this.#shares.giveBack(owner)
    return this.#refused('full')
  }

  #refused(because: Refusal): OpenedGateway {
    this.#figures.refused(because)
    this.options.log.debug?.(`a browser's leg is refused: ${because}`, { event: 'media.refused', reason: because })
    return { kind: 'refused', because }
  }

  #opened(owner: LegOwner, listener: GatewayListener, port: number, fingerprint: Fingerprint): Gateway {
    const id = (this.#lastId += 1)
    const { place, vouch } = this.options
    const beginning = {
      ssrc: this.#number(),
      sequence: this.#number() & 0x7fff,
      timestamp: this.#number(),
      cname: this.#text(12),
    }
    const negotiation = new GatewayNegotiation({
      family: place.family,
      reachable: place.reachable,
      plainPort: port,
      id: String(this.#number()),
      browser: { port: port + 1, fingerprint, credentials: () => this.#credentials() },
      sound: { ssrc: beginning.ssrc, cname: beginning.cname },
      vouch,
    })
    this.#gateways.set(id, { owner, listener, negotiation })
    this.#process.tell({ kind: 'open', id, port, beginning })
    return this.#face(id, negotiation)
  }

  /** The id of the process that carries the packets. Undefined while it is being replaced. */
  get processId(): number | undefined {
    return this.#process.pid
  }

  /** How many legs have descriptions that name an address that this machine no longer has. */
  get elsewhere(): number {
    return [...this.#gateways.values()].filter(({ negotiation }) => negotiation.isElsewhere).length
  }

  statistics(): BrowserMediaStatistics {
    return { ...this.#figures.read(), gateways: this.#gateways.size, portsReady: this.#process.ready }
  }

  stop(): Promise<void> {
    return this.#process.stop(() => {
      for (const id of [...this.#gateways.keys()]) this.#close(id)
    })
  }

  #face(id: GatewayId, negotiation: GatewayNegotiation): Gateway {
    const usable = (described: Result<Body>): Body | undefined => {
      if (described.ok) return described.value
      this.options.log.debug?.(`a browser's leg: ${described.fault}`, { event: 'media.unsupported' })
      return undefined
    }
    const agreed = (answer: Result<Body>): Body | undefined => {
      const { agreed: agreement } = negotiation
      if (answer.ok && agreement && this.#gateways.has(id)) {
        if (agreement.hold) this.#tellMusic()
        this.#process.tell({ kind: 'agree', id, agreement })
      }
      return usable(answer)
    }
    return {
      offeredByBrowser: offer => usable(negotiation.offeredByBrowser(offer)),
      answerToBrowser: answer => agreed(negotiation.answerToBrowser(answer)),
      offeredByPlain: offer => usable(negotiation.offeredByPlain(offer)),
      answerToPlain: answer => agreed(negotiation.answerToPlain(answer)),
      close: () => this.#close(id),
    }
  }

  #close(id: GatewayId): void {
    const gateway = this.#gateways.get(id)
    if (!gateway) return
    this.#gateways.delete(id)
    this.#shares.giveBack(gateway.owner)
    this.#process.tell({ kind: 'close', id })
  }

  #hear(message: FromProcess): void {
    switch (message.kind) {
      case 'ready':
        this.#fingerprint = message.fingerprint
        this.options.log.info?.('the process of browser media runs', { event: 'media.processStarted', pid: this.processId })
        return
      case 'counts':
        return this.#figures.reported(message.counts)
      case 'muted':
        return this.#muted(message.place)
      case 'lost':
        return this.#lost(message.id, message.reason, message.why)
      default:
        return assertNever(message)
    }
  }

  #muted({ address, port }: Endpoint): void {
    this.options.log.warn(
      `a browser's sound stops until a packet comes from ${address} port ${port}: no RTP and no RTCP came from there; list its network in sip.trustedPeers if it sends nothing while muted`,
      { event: 'media.muted', theirs: isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}` },
    )
  }

  #lost(id: GatewayId, reason: LossReason, why: string): void {
    const gateway = this.#gateways.get(id)
    if (!gateway) return
    this.#figures.lost(reason)
    const { log } = this.options
    const fields = { event: 'media.lost', reason }
    if (reason === 'fault') log.error(`an internal error ends a browser's leg: ${why}`, fields)
    else if (reason === 'wasteful') log.warn(`a browser's leg is ended, it sends too much: ${why}`, fields)
    else log.debug?.(`a browser's leg is lost: ${why}`, fields)
    gateway.listener.lost()
  }

  /** Music is large and seldom changes, so the process keeps it. */
  #tellMusic(): void {
    const music = this.options.music()
    if (music?.id === this.#music?.id && music?.sound === this.#music?.sound) return
    this.#music = music
    // Shared memory can't be passed to another process, so the bytes are copied.
    const copy = music && { id: music.id, pcmu: Buffer.from(music.sound.pcmu), pcma: Buffer.from(music.sound.pcma) }
    this.#process.tell({ kind: 'music', music: copy })
  }

  /** The process has ended. Its ports, its packets and its certificate are lost. The next process has its own certificate. */
  #broke(why: string): void {
    this.#fingerprint = undefined
    this.#music = undefined
    const broken = [...this.#gateways.values()]
    this.#figures.processEnded(broken.length)
    this.options.log.warn(`the process of browser media ended under ${broken.length} legs, a new one follows: ${why}`, {
      event: 'media.processEnded',
    })
    for (const { listener } of broken) listener.lost()
  }

  /** RFC 8839 §5.4 requires at least 24 and 128 random bits. */
  #credentials(): Credentials {
    return { ufrag: this.#text(6), password: this.#text(18) }
  }

  /** ICE allows exactly the characters of base64. `size` must be a multiple of three, to avoid padding. */
  #text(size: number): string {
    return Buffer.from(this.options.random(size)).toString('base64')
  }

  /** 32 random bits. */
  #number(): number {
    return Buffer.from(this.options.random(4)).readUInt32BE()
  }
}

/** Pairs of an even port and the next higher one, both within the range. */
const pairsOf = ({ first, last }: BrowserPlace['ports']): number => Math.floor((last + 1 - first - (first % 2)) / 2)
