import { BroadcastChannel } from 'node:worker_threads'
import type { RecordedPart } from '../port.js'
import type { RtpPacket } from '../rtp/rtp.js'
import { Backlog } from './backlog.js'
import type { Channel, TapeMessage, TapeSound } from './messages.js'
import { Tape } from './tape.js'

/** Where one side of a call is recorded. */
export interface TapeSide {
  hear(packet: RtpPacket, bytes: Uint8Array, now: number): void
}

export interface TapesSetup {
  /** The name of the channel to the recording thread. */
  readonly channel: string
  readonly backlog: SharedArrayBuffer
}

/** How many ticks of 10 ms lie between two looks at a tape. */
const lookEvery = 50

/** The recordings of all calls, in the media thread. It collects sound and sends it to the recording thread, about once a second. */
export class Tapes {
  readonly #tapes = new Map<string, { readonly tape: Tape; readonly turn: number }>()
  readonly #channel: BroadcastChannel
  readonly #backlog: Backlog
  #turns = 0

  constructor({ channel, backlog }: TapesSetup) {
    this.#channel = new BroadcastChannel(channel)
    this.#channel.unref()
    this.#backlog = new Backlog(backlog)
  }

  begin(part: RecordedPart, now: number): void {
    this.#end(part.call, now)
    this.#turns += 1
    this.#tapes.set(part.call, { tape: new Tape(now), turn: this.#turns })
    this.#tell({ kind: 'part', part })
  }

  /** `isLast`: the call has ended. */
  end(call: string, isLast: boolean, now: number): void {
    this.#end(call, now)
    this.#tell({ kind: 'over', call, isLast })
  }

  side(call: string, channel: Channel): TapeSide {
    const leave = (piece: Omit<TapeSound, 'kind' | 'call'>): void => this.#send(call, piece)
    return { hear: (packet, bytes, now) => this.#tapes.get(call)?.tape.hear(channel, packet, bytes, now, leave) }
  }

  /** Call it at each tick. The tapes take turns, so that no tick serves them all. */
  serve(tick: number, now: number): void {
    if (this.#tapes.size === 0) return
    for (const [call, { tape, turn }] of this.#tapes) {
      if ((tick + turn) % lookEvery !== 0) continue
      const due = tape.due(now)
      if (due) this.#send(call, due)
    }
  }

  stop(now: number): void {
    for (const call of [...this.#tapes.keys()]) this.end(call, true, now)
    this.#channel.close()
  }

  #end(call: string, now: number): void {
    const rest = this.#tapes.get(call)?.tape.rest(now)
    if (rest) this.#send(call, rest)
    this.#tapes.delete(call)
  }

  #send(call: string, piece: Omit<TapeSound, 'kind' | 'call'>): void {
    if (this.#backlog.takes(piece.bytes.length)) this.#tell({ kind: 'sound', call, ...piece })
  }

  #tell(message: TapeMessage): void {
    this.#channel.postMessage(message)
  }
}
