import { stackOf } from '../../foundation/errors.js'
import type { Clock, Timer } from '../../foundation/clock.js'
import { assertNever } from '../../foundation/never.js'
import { millis } from '../../foundation/time.js'
import { BoundPairs } from '../worker/bound-pairs.js'
import { Counters } from '../worker/counters.js'
import { FirstSeconds } from '../rtp/first-seconds.js'
import type { Music } from '../rtp/player.js'
import type { PortPair } from '../worker/port-pair.js'
import type { PortMessage } from '../worker/port-helper.js'
import type { LossReason } from '../port.js'
import type { Endpoint } from '../sdp.js'
import type { Certificate } from './dtls/certificate.js'
import type { FromProcess, GatewayId, MusicCopy, Setup, ToProcess } from './messages.js'
import { Relay } from './relay.js'

interface Open {
  readonly relay: Relay
  readonly ports: PortPair
  readonly port: number
}

const lookEvery = millis(1000)

/** All gateways and their sockets, inside the media process. Each packet is forwarded when it arrives. There is no regular tick. */
export class GatewayHost {
  readonly #counters = new Counters()
  readonly #pairs: BoundPairs
  readonly #open = new Map<GatewayId, Open>()
  readonly #began: number
  readonly #firstSeconds = new FirstSeconds()
  #music: Music | undefined
  #timer: Timer | undefined

  constructor(
    setup: Setup,
    private readonly certificate: Certificate,
    private readonly clock: Clock,
    private readonly tell: (message: FromProcess | PortMessage) => void,
  ) {
    this.#pairs = new BoundPairs(setup, tell, () => this.#counters.add('packetsDropped'))
    this.#began = clock.monotonic()
    this.#wait()
  }

  do(message: ToProcess): void {
    switch (message.kind) {
      case 'bind':
        return void this.#pairs.bind(message.port)
      case 'open':
        return this.#openGateway(message)
      case 'agree':
        return this.#agree(message)
      case 'close':
        return this.#close(message.id)
      case 'music':
        this.#music = message.music && shared(message.music)
        return
      case 'stop':
        return this.#stop()
      case 'setup':
        return
      default:
        return assertNever(message)
    }
  }

  #openGateway({ id, port, beginning }: Extract<ToProcess, { kind: 'open' }>): void {
    const ports = this.#pairs.take(port)
    if (!ports) return
    const count = (isSent: boolean): void => this.#counters.add(isSent ? 'packetsSent' : 'packetsDropped')
    const listener = {
      toBrowser: (bytes: Buffer, target: Endpoint) => count(ports.sendUpper(bytes, target)),
      toPlain: (bytes: Buffer, target: Endpoint) => count(ports.sendLower(bytes, target)),
      lost: (reason: LossReason, why: string) => this.tell({ kind: 'lost', id, reason, why }),
      muted: (place: Endpoint) => this.tell({ kind: 'muted', id, place }),
      refused: () => this.#counters.add('packetsRefused'),
    }
    const relay = new Relay(beginning, this.certificate, listener, this.#firstSeconds)
    this.#open.set(id, { relay, ports, port })
    const heard = (take: (bytes: Buffer, source: Endpoint, now: number) => void) => (bytes: Buffer, source: Endpoint) => {
      this.#counters.add('packetsReceived')
      this.#spare(relay, () => take(bytes, source, this.#now()))
    }
    ports.listen({
      lower: heard((bytes, source, now) => relay.fromPlain(bytes, source, now)),
      upper: heard((bytes, source, now) => relay.fromBrowser(bytes, source, now)),
    })
  }

  #agree({ id, agreement }: Extract<ToProcess, { kind: 'agree' }>): void {
    const relay = this.#open.get(id)?.relay
    if (relay) this.#spare(relay, () => relay.agree(agreement, agreement.hold && this.#music, this.#now()))
  }

  /** If one leg's packets trigger a bug, only that leg ends. */
  #spare(relay: Relay, run: () => void): void {
    try {
      run()
    } catch (error) {
      relay.fail(stackOf(error))
    }
  }

  #close(id: GatewayId): void {
    const open = this.#open.get(id)
    if (!open) return
    this.#open.delete(id)
    open.relay.close(this.#now(), this.clock.now())
    this.#pairs.free(open.port, open.ports)
  }

  #stop(): void {
    this.#timer?.cancel()
    for (const id of [...this.#open.keys()]) this.#close(id)
    this.#pairs.stop()
  }

  #now(): number {
    return this.clock.monotonic() - this.#began
  }

  #wait(): void {
    this.#timer = this.clock.after(lookEvery, () => {
      for (const { relay } of this.#open.values()) this.#spare(relay, () => relay.look(this.#now(), this.clock.now()))
      this.tell({ kind: 'counts', counts: this.#counters.read() })
      this.#wait()
    })
  }
}

function shared({ id, pcmu, pcma }: MusicCopy): Music {
  const copy = (bytes: Uint8Array): Uint8Array<SharedArrayBuffer> => {
    const memory = new Uint8Array(new SharedArrayBuffer(bytes.length))
    memory.set(bytes)
    return memory
  }
  return { id, sound: { pcmu: copy(pcmu), pcma: copy(pcma) } }
}
