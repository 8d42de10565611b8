import type { Clock, Timer } from '../../foundation/clock.js'
import { assertNever } from '../../foundation/never.js'
import { millis } from '../../foundation/time.js'
import type { Digit } from '../port.js'
import { Counters } from './counters.js'
import type { FromThread, Setup, StreamId, ToThread } from './messages.js'
import { PortPair } from './port-pair.js'
import { RtpStream, tickMs } from './rtp-stream.js'

interface Open {
  readonly stream: RtpStream
  readonly ports: PortPair
  readonly port: number
}

/** A stream is looked after in each hundredth tick. */
const checkEvery = 100

/** All streams and their sockets: what runs in the worker. One loop of 10 ms serves them all. */
export class MediaThread {
  readonly #counters: Counters
  readonly #idle = new Map<number, PortPair>()
  readonly #open = new Map<StreamId, Open>()
  readonly #began: number
  #tick = 0
  #timer: Timer | undefined
  #stopped = false

  constructor(
    private readonly setup: Setup,
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly tell: (message: FromThread) => void,
  ) {
    this.#counters = new Counters(setup.counts)
    this.#began = clock.monotonic()
    this.#wait()
  }

  do(message: ToThread): void {
    switch (message.kind) {
      case 'bind':
        return void this.#bind(message.port)
      case 'open':
        return this.#openStream(message)
      case 'close':
        return this.#close(message.id)
      case 'stop':
        return this.#stop()
      default:
        this.#direct(this.#open.get(message.id)?.stream, message)
    }
  }

  #direct(stream: RtpStream | undefined, message: Extract<ToThread, { kind: 'agree' | 'play' | 'loop' | 'silence' }>): void {
    switch (message.kind) {
      case 'agree':
        return stream?.agree(message.peer, this.#now())
      case 'play':
        return stream?.play(message.sound, message.turn)
      case 'loop':
        return stream?.loop(message.music, message.sound)
      case 'silence':
        return stream?.silence()
      default:
        return assertNever(message)
    }
  }

  async #bind(port: number): Promise<void> {
    const { address, family } = this.setup
    try {
      const pair = await PortPair.bind(address, family, port, () => this.#counters.add('packetsDropped'))
      if (this.#stopped) pair.close(() => undefined)
      else this.#idle.set(port, pair)
      this.tell({ kind: 'bound', port })
    } catch (error) {
      this.tell({ kind: 'refused', port, because: error instanceof Error ? error.message : String(error) })
    }
  }

  #openStream({ id, port, beginning }: Extract<ToThread, { kind: 'open' }>): void {
    const ports = this.#idle.get(port)
    if (!ports) return
    this.#idle.delete(port)
    const listener = {
      finished: (turn: number) => this.tell({ kind: 'finished', id, turn }),
      digit: (digit: Digit) => this.tell({ kind: 'digit', id, digit }),
      lost: () => this.tell({ kind: 'lost', id }),
    }
    // Streams of 20 ms take turns, or every second tick would carry all of them.
    const stream = new RtpStream(beginning, this.#tick + 1 + (id % 2), listener, this.random)
    this.#open.set(id, { stream, ports, port })
    ports.listen({
      rtp: (bytes, source) => {
        this.#counters.add('packetsReceived')
        stream.rtp(bytes, source, this.#now())
      },
      rtcp: (bytes, source) => {
        stream.rtcp(bytes, source, this.#now())
      },
    })
  }

  #close(id: StreamId): void {
    const open = this.#open.get(id)
    if (!open) return
    this.#open.delete(id)
    const { stream, ports, port } = open
    const target = stream.rtcpTarget
    if (target) ports.sendRtcp(stream.report(this.#now(), this.clock.now(), true), target)
    ports.close(() => this.tell({ kind: 'freed', port }))
  }

  #stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    for (const id of this.#open.keys()) this.#close(id)
    for (const pair of this.#idle.values()) pair.close(() => undefined)
    this.#idle.clear()
  }

  #now(): number {
    return this.clock.monotonic() - this.#began
  }

  /** Each tick has its fixed moment, so that what one comes late the next makes good. */
  #wait(): void {
    const next = (this.#tick + 1) * tickMs
    this.#timer = this.clock.after(millis(Math.max(0, Math.ceil(next - this.#now()))), () => {
      this.#serve()
      this.#wait()
    })
  }

  #serve(): void {
    const now = this.#now()
    const tick = Math.floor(now / tickMs)
    if (tick <= this.#tick) return
    this.#counters.add('lateTicks', tick - this.#tick - 1)
    const before = this.#tick
    this.#tick = tick
    for (const [id, open] of this.#open) {
      this.#send(open, tick)
      if (Math.floor((tick + id) / checkEvery) > Math.floor((before + id) / checkEvery)) this.#check(open)
    }
  }

  #send({ stream, ports }: Open, tick: number): void {
    const packet = stream.packet(tick)
    const target = packet && stream.rtpTarget
    if (target) this.#counters.add(ports.sendRtp(packet, target) ? 'packetsSent' : 'packetsDropped')
  }

  #check({ stream, ports }: Open): void {
    const report = stream.check(this.#now(), this.clock.now())
    const target = report && stream.rtcpTarget
    if (target) ports.sendRtcp(report, target)
  }
}
