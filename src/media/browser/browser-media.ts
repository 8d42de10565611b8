import type { Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { assertNever } from '../../foundation/never.js'
import type { Result } from '../../foundation/result.js'
import type { Body } from '../../signaling/port.js'
import { noCounts, type Counts } from '../builtin/counters.js'
import { beginProcess } from '../builtin/helper.js'
import type { Music } from '../builtin/player.js'
import { PortHelper } from '../builtin/port-helper.js'
import type { Gateway, GatewayListener, Gateways, LossReason } from '../port.js'
import type { Credentials, Fingerprint } from '../sdp.js'
import type { FromProcess, GatewayId, ToProcess } from './messages.js'
import { GatewayNegotiation, isBrowsers } from './negotiation.js'

export interface BrowserMediaOptions {
  /** The local IP address that all packets go through; `0.0.0.0` or `::` for all of its family. */
  readonly address: string
  readonly family: 4 | 6
  /** The addresses by which browsers may reach it, the preferred one first; plain descriptions name that. At least one. */
  readonly reachable: readonly string[]
  /** Plain RTP takes the even ports, browsers the one above each; both ends included. */
  readonly ports: { readonly first: number; readonly last: number }
  /** For whom a browser holds, asked at each hold; undefined: there is none. */
  readonly music: () => Music | undefined
  readonly clock: Clock
  readonly log: Log
  /** Bytes that nobody can guess: node:crypto's randomBytes. */
  readonly random: (size: number) => Uint8Array
}

export interface BrowserMediaStatistics extends Counts {
  readonly gateways: number
  /** Ports bound and not in use. */
  readonly portsReady: number
  readonly gatewaysLost: Readonly<Record<LossReason, number>>
  readonly restarts: number
}

/** V8's old space for 1,250 legs, with room: packets live outside of it. Megabytes. */
const memory = 192

/** Gateways between browsers and plain RTP: negotiation here, all packets in a process of their own, which strangers can reach. */
export class BrowserMedia implements Gateways {
  readonly #gateways = new Map<GatewayId, GatewayListener>()
  readonly #process: PortHelper<ToProcess, FromProcess>
  #fingerprint: Fingerprint | undefined
  /** Of the processes that ended, and of the one that runs, as it last said. */
  #countsBefore = noCounts
  #counts = noCounts
  readonly #losses = noLosses()
  #restarts = 0
  /** What the process was told to play. */
  #music: Music | undefined
  #lastId = 0

  constructor(private readonly options: BrowserMediaOptions) {
    const { address, family, ports, clock, log } = options
    const entry = new URL('./process', import.meta.url)
    this.#process = new PortHelper<ToProcess, FromProcess>({
      begin: beginProcess({ entry, memory, clock }),
      setup: { kind: 'setup', address, family },
      ...{ ports, name: 'the process of browser media', clock, log },
      hear: message => this.#hear(message),
      broke: why => this.#broke(why),
    })
  }

  /** Resolves when gateways can be opened; rejects when no port can be bound. */
  async start(): Promise<void> {
    const failure = await this.#process.start()
    if (failure === undefined) return
    await this.stop()
    const { address, ports } = this.options
    throw new Error(`no RTP port for browsers of ${address}, ${ports.first} to ${ports.last}, can be used: ${failure}`)
  }

  isBrowsers(description: Body): boolean {
    return isBrowsers(description)
  }

  open(listener: GatewayListener): Gateway | undefined {
    const fingerprint = this.#fingerprint
    const port = this.#process.take()
    if (port === undefined) return undefined
    if (!fingerprint) {
      this.#process.putBack(port)
      return undefined
    }
    const id = (this.#lastId += 1)
    const { family, reachable } = this.options
    const beginning = {
      ssrc: this.#number(),
      sequence: this.#number() & 0x7fff,
      timestamp: this.#number(),
      cname: this.#text(12),
    }
    const negotiation = new GatewayNegotiation({
      ...{ family, address: reachable[0] ?? '', plainPort: port, candidates: reachable, browserPort: port + 1 },
      ...{ id: String(this.#number()), fingerprint, ssrc: beginning.ssrc, cname: beginning.cname },
      credentials: () => this.#credentials(),
    })
    this.#gateways.set(id, listener)
    this.#process.tell({ kind: 'open', id, port, beginning })
    return this.#face(id, negotiation)
  }

  /** Of the process that carries the packets; undefined: it is being replaced. */
  get processId(): number | undefined {
    return this.#process.pid
  }

  statistics(): BrowserMediaStatistics {
    return {
      ...sum(this.#countsBefore, this.#counts),
      ...{ gateways: this.#gateways.size, portsReady: this.#process.ready },
      ...{ gatewaysLost: { ...this.#losses }, restarts: this.#restarts },
    }
  }

  stop(): Promise<void> {
    return this.#process.stop(() => this.#gateways.clear())
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
    if (this.#gateways.delete(id)) this.#process.tell({ kind: 'close', id })
  }

  #hear(message: FromProcess): void {
    switch (message.kind) {
      case 'ready':
        this.#fingerprint = message.fingerprint
        return
      case 'counts':
        this.#counts = message.counts
        return
      case 'lost':
        return this.#lost(message.id, message.reason, message.why)
      default:
        return assertNever(message)
    }
  }

  #lost(id: GatewayId, reason: LossReason, why: string): void {
    const gateway = this.#gateways.get(id)
    if (!gateway) return
    this.#losses[reason] += 1
    const { log } = this.options
    const fields = { event: 'media.lost', reason }
    if (reason === 'fault') log.error(`a browser's leg ends by a fault of ours: ${why}`, fields)
    else if (reason === 'wasteful') log.warn(`a browser's leg is ended, it sends too much: ${why}`, fields)
    else log.debug?.(`a browser's leg is lost: ${why}`, fields)
    gateway.lost()
  }

  /** Music is large and seldom changes, so the process keeps it. */
  #tellMusic(): void {
    const music = this.options.music()
    if (music?.id === this.#music?.id && music?.sound === this.#music?.sound) return
    this.#music = music
    // Shared memory does not go to another process, so the bytes are copied.
    const copy = music && { id: music.id, pcmu: Buffer.from(music.sound.pcmu), pcma: Buffer.from(music.sound.pcma) }
    this.#process.tell({ kind: 'music', music: copy })
  }

  /** All ports and packets went with the process, and its certificate: a new one follows, with a certificate of its own. */
  #broke(why: string): void {
    this.#fingerprint = undefined
    this.#music = undefined
    this.#countsBefore = sum(this.#countsBefore, this.#counts)
    this.#counts = noCounts
    const broken = [...this.#gateways.values()]
    this.#losses.processEnded += broken.length
    this.#restarts += 1
    this.options.log.warn(`the process of browser media ended under ${broken.length} legs, a new one follows: ${why}`, {
      event: 'media.processEnded',
    })
    for (const gateway of broken) gateway.lost()
  }

  /** RFC 8839 §5.4: at least 24 and 128 bits. */
  #credentials(): Credentials {
    return { ufrag: this.#text(6), password: this.#text(18) }
  }

  /** Base64's characters are those of ICE. Of a multiple of three bytes. */
  #text(size: number): string {
    return Buffer.from(this.options.random(size)).toString('base64')
  }

  /** 32 bits. */
  #number(): number {
    return Buffer.from(this.options.random(4)).readUInt32BE()
  }
}

const sum = (a: Counts, b: Counts): Counts => ({
  packetsSent: a.packetsSent + b.packetsSent,
  packetsReceived: a.packetsReceived + b.packetsReceived,
  packetsDropped: a.packetsDropped + b.packetsDropped,
  packetsRefused: a.packetsRefused + b.packetsRefused,
  lateTicks: a.lateTicks + b.lateTicks,
})

/** For counting. */
export const noLosses = (): Record<LossReason, number> => ({
  noCheck: 0,
  noHandshake: 0,
  handshakeFailed: 0,
  silent: 0,
  wasteful: 0,
  fault: 0,
  processEnded: 0,
})
