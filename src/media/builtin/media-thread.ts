import { stackOf } from '../../foundation/errors.js'
import type { Clock, Timer } from '../../foundation/clock.js'
import { assertNever } from '../../foundation/never.js'
import { millis } from '../../foundation/time.js'
import type { Digit } from '../port.js'
import { BoundPairs } from '../worker/bound-pairs.js'
import { Counters } from '../worker/counters.js'
import { FirstSeconds } from '../rtp/first-seconds.js'
import type { Endpoint } from '../sdp.js'
import type { FromThread, Route, Setup, StreamId, ToThread } from './messages.js'
import type { PortPair } from '../worker/port-pair.js'
import { tickMs } from '../rtp/outgoing.js'
import { Room } from '../mixing/room.js'
import { Tapes } from '../recording/tapes.js'
import { Joint } from './joint.js'
import { isRtcp } from '../rtp/rtp.js'
import { RtpStream } from './rtp-stream.js'

interface Open {
  readonly id: StreamId
  readonly stream: RtpStream
  readonly ports: PortPair
  readonly port: number
  /** Present while its packets go to the other side of a call. */
  joint?: Joint | undefined
  /** Present while a supervisor hears the talk. */
  room?: Room | undefined
}

/** Each stream is checked on every hundredth tick: once per second. */
const checkEvery = 100

/** Numbers the ticks of 10 ms since the start. Each tick has a fixed time, so a late tick does not delay the next one. */
class Ticks {
  readonly #began: number
  #latest = 0
  #timer: Timer | undefined

  constructor(
    private readonly clock: Clock,
    private readonly serve: (tick: number, before: number) => void,
  ) {
    this.#began = clock.monotonic()
  }

  /** In ms since the start. */
  now(): number {
    return this.clock.monotonic() - this.#began
  }

  /** The number of the last tick that was served. */
  get latest(): number {
    return this.#latest
  }

  wait(): void {
    const next = (this.#latest + 1) * tickMs
    this.#timer = this.clock.after(millis(Math.max(0, Math.ceil(next - this.now()))), () => {
      this.#look()
      this.wait()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #look(): void {
    const tick = Math.floor(this.now() / tickMs)
    const before = this.#latest
    if (tick <= before) return
    this.#latest = tick
    this.serve(tick, before)
  }
}

/** All streams and their sockets, inside the worker. One loop with ticks of 10 ms serves them all. */
export class MediaThread {
  readonly #counters: Counters
  readonly #pairs: BoundPairs
  readonly #open = new Map<StreamId, Open>()
  readonly #ticks: Ticks
  readonly #firstSeconds = new FirstSeconds()
  /** Undefined: no call is recorded. */
  readonly #tapes: Tapes | undefined

  constructor(
    private readonly setup: Setup,
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly tell: (message: FromThread) => void,
  ) {
    this.#counters = new Counters(setup.counts)
    this.#pairs = new BoundPairs(setup, tell, () => this.#counters.add('packetsDropped'))
    this.#tapes = setup.tapes && new Tapes(setup.tapes)
    this.#ticks = new Ticks(clock, (tick, before) => this.#serve(tick, before))
    this.#ticks.wait()
  }

  do(message: ToThread): void {
    switch (message.kind) {
      case 'bind':
        return void this.#pairs.bind(message.port)
      case 'open':
        return this.#openStream(message)
      case 'close':
        return this.#close(message.id)
      case 'stop':
        return this.#stop()
      case 'relay':
        return this.#spare(message.id, open => {
          open.joint = message.route && this.#jointOf(message.route)
        })
      case 'supervise':
        return this.#supervise(message)
      case 'record':
        return this.#tapes?.begin(message.part, this.#ticks.now())
      case 'recorded':
        return this.#tapes?.end(message.call, message.isLast, this.#ticks.now())
      default:
        this.#spare(message.id, ({ stream }) => this.#direct(stream, message))
    }
  }

  #jointOf(route: Route): Joint {
    const { tape } = route
    return new Joint(route, tape && this.#tapes?.side(tape.call, tape.channel))
  }

  #direct(stream: RtpStream, message: Extract<ToThread, { kind: 'agree' | 'play' | 'loop' | 'silence' }>): void {
    switch (message.kind) {
      case 'agree':
        return stream.agree(message.peer, this.#ticks.now(), message.vouched)
      case 'play':
        return stream.play(message.sound, message.turn)
      case 'loop':
        return stream.loop(message.music, message.sound)
      case 'silence':
        return stream.silence()
      default:
        return assertNever(message)
    }
  }

  #openStream({ id, port, beginning }: Extract<ToThread, { kind: 'open' }>): void {
    const ports = this.#pairs.take(port)
    if (!ports) return
    const listener = {
      finished: (turn: number) => this.tell({ kind: 'finished', id, turn }),
      digit: (digit: Digit) => this.tell({ kind: 'digit', id, digit }),
      lost: (heard: boolean) => this.tell({ kind: 'lost', id, heard }),
      muted: () => this.tell({ kind: 'muted', id }),
      hearing: (hearing: boolean) => this.tell({ kind: 'hearing', id, hearing }),
    }
    // Streams with 20 ms frames alternate. Otherwise every second tick would carry all of them.
    const terms = { lostAfterMs: this.setup.lostAfterMs, firstSeconds: this.#firstSeconds }
    const stream = new RtpStream(beginning, this.#ticks.latest + 1 + (id % 2), listener, this.random, terms)
    this.#open.set(id, { id, stream, ports, port })
    ports.listen({
      lower: (bytes, source) => {
        this.#counters.add('packetsReceived')
        this.#spare(id, open => {
          if (open.joint && !isRtcp(bytes)) this.#relay(open, open.joint, bytes, source)
          else this.#hear(open, bytes, source)
        })
      },
      upper: (bytes, source) => {
        this.#spare(id, () => stream.rtcp(bytes, source, this.#ticks.now()))
      },
    })
  }

  /** A packet for us. Those who are in a room with its sender hear its sound. */
  #hear({ id, stream, room }: Open, bytes: Buffer, source: Endpoint): void {
    const now = this.#ticks.now()
    const sound = stream.rtp(bytes, source, now)
    if (sound) room?.hear(id, sound, bytes, now)
  }

  #supervise({ caller, partner, supervisors }: Extract<ToThread, { kind: 'supervise' }>): void {
    const before = this.#open.get(caller)?.room
    for (const id of before?.members ?? []) this.#enter(id, undefined)
    if (supervisors.length === 0) return
    const room = before?.isOf(caller, partner) === true ? before : new Room(caller, partner)
    room.admit(supervisors)
    for (const id of room.members) this.#enter(id, room)
  }

  #enter(id: StreamId, room: Room | undefined): void {
    const open = this.#open.get(id)
    if (!open) return
    open.room = room
    open.stream.mix(room?.sourceFor(id))
  }

  #relay({ id, stream: from, room }: Open, joint: Joint, bytes: Buffer, source: Endpoint): void {
    const other = this.#open.get(joint.route.to)
    const place = room && { talk: room, from: id, isPartners: room.isPartner(id) }
    const packet = other && joint.pass(bytes, source, this.#ticks.now(), { from, to: other.stream }, place)
    const target = packet && other.stream.rtpTarget
    if (!target) return this.#counters.add('packetsNotRelayed')
    const isSent = other.ports.sendLower(packet, target)
    this.#counters.add(isSent ? 'packetsSent' : 'packetsDropped')
    this.#counters.add(isSent ? 'packetsRelayed' : 'packetsNotRelayed')
  }

  /** If one stream's packets or messages trigger a bug, only that stream ends. */
  #spare(id: StreamId, run: (open: Open) => void): void {
    const open = this.#open.get(id)
    if (!open) return
    try {
      run(open)
    } catch (error) {
      this.#fail(id, open, error)
    }
  }

  #fail(id: StreamId, { port, ports }: Open, error: unknown): void {
    this.#open.delete(id)
    this.#pairs.free(port, ports)
    this.tell({ kind: 'broken', id, why: stackOf(error) })
  }

  #close(id: StreamId): void {
    const open = this.#open.get(id)
    if (!open) return
    this.#open.delete(id)
    const { stream, ports, port } = open
    const target = stream.rtcpTarget
    if (target) ports.sendUpper(stream.report(this.#ticks.now(), this.clock.now(), true), target)
    this.#pairs.free(port, ports)
  }

  #stop(): void {
    this.#ticks.stop()
    for (const id of this.#open.keys()) this.#close(id)
    this.#tapes?.stop(this.#ticks.now())
    this.#pairs.stop()
  }

  /** `before`: the tick that was served last. */
  #serve(tick: number, before: number): void {
    this.#counters.add('lateTicks', tick - before - 1)
    this.#tapes?.serve(tick, this.#ticks.now())
    for (const [id, open] of this.#open)
      try {
        this.#send(open, tick)
        if (Math.floor((tick + id) / checkEvery) > Math.floor((before + id) / checkEvery)) this.#check(open)
      } catch (error) {
        this.#fail(id, open, error)
      }
  }

  #send({ stream, ports }: Open, tick: number): void {
    const packet = stream.packet(tick)
    const target = packet && stream.rtpTarget
    if (target) this.#counters.add(ports.sendLower(packet, target) ? 'packetsSent' : 'packetsDropped')
  }

  #check({ stream, ports }: Open): void {
    const report = stream.check(this.#ticks.now(), this.clock.now())
    const target = report && stream.rtcpTarget
    if (target) ports.sendUpper(report, target)
  }
}
