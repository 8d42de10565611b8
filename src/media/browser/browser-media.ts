import type { Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import type { Result } from '../../foundation/result.js'
import type { Body } from '../../signaling/port.js'
import { Counters, type Counts } from '../builtin/counters.js'
import type { Music } from '../builtin/player.js'
import { PortThread } from '../builtin/port-thread.js'
import type { Gateway, GatewayListener, Gateways } from '../port.js'
import type { Credentials, Fingerprint } from '../sdp.js'
import type { FromThread, GatewayId, Setup, ToThread } from './messages.js'
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
}

/** Gateways between browsers and plain RTP: negotiation here, all packets in a worker. */
export class BrowserMedia implements Gateways {
  readonly #gateways = new Map<GatewayId, GatewayListener>()
  readonly #counters = new Counters()
  readonly #thread: PortThread<ToThread, FromThread>
  #fingerprint: Fingerprint | undefined
  #lastId = 0

  constructor(private readonly options: BrowserMediaOptions) {
    const { address, family, ports, clock, log } = options
    const setup: Setup = { address, family, counts: this.#counters.shared }
    this.#thread = new PortThread<ToThread, FromThread>({
      ...{ entry: new URL('./worker', import.meta.url), setup, ports, name: 'browser media', clock, log },
      hear: message => this.#hear(message),
      broke: () => this.#broke(),
    })
  }

  /** Resolves when gateways can be opened; rejects when no port can be bound. */
  async start(): Promise<void> {
    const failure = await this.#thread.start()
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
    const port = this.#thread.take()
    if (port === undefined) return undefined
    if (!fingerprint) {
      this.#thread.putBack(port)
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
    this.#thread.tell({ kind: 'open', id, port, beginning })
    return this.#face(id, negotiation)
  }

  statistics(): BrowserMediaStatistics {
    return { ...this.#counters.read(), gateways: this.#gateways.size, portsReady: this.#thread.ready }
  }

  stop(): Promise<void> {
    return this.#thread.stop(() => this.#gateways.clear())
  }

  #face(id: GatewayId, negotiation: GatewayNegotiation): Gateway {
    const usable = (described: Result<Body>): Body | undefined => {
      if (described.ok) return described.value
      this.options.log.debug?.(`a browser's leg: ${described.fault}`, { event: 'media.unsupported' })
      return undefined
    }
    const agreed = (answer: Result<Body>): Body | undefined => {
      const { agreed: agreement } = negotiation
      const music = agreement?.hold && this.options.music()
      if (answer.ok && agreement && this.#gateways.has(id)) this.#thread.tell({ kind: 'agree', id, agreement, music })
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
    if (this.#gateways.delete(id)) this.#thread.tell({ kind: 'close', id })
  }

  #hear(message: FromThread): void {
    if (message.kind === 'ready') {
      this.#fingerprint = message.fingerprint
      return
    }
    const gateway = this.#gateways.get(message.id)
    if (!gateway) return
    this.options.log.debug?.(`a browser's leg is lost: ${message.why}`, { event: 'media.lost' })
    gateway.lost()
  }

  /** All ports and packets went with the thread, and its certificate: a new one follows, with a certificate of its own. */
  #broke(): void {
    this.#fingerprint = undefined
    const broken = [...this.#gateways.values()]
    this.options.log.warn(`the browser media thread ended under ${broken.length} legs; a new one follows`)
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
