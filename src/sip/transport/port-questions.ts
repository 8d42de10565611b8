import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { Hop } from './transport.js'
import { noLookup } from './udp.js'

/** Keeps an address translation open where it is read as SIP at all (RFC 3261 §7.5), and asks nothing of whoever reads it. */
const question = Buffer.from('\r\n\r\n')
/** An ICMP message comes within a round trip. */
const patience = seconds(2)
/** Each holds a descriptor. Past this many, silence alone tells. */
const mostOpen = 32

/**
 * Asks UDP ports whether anybody listens there. The kernel tells "port unreachable" (ICMP) only to a socket that is connected to that port, and
 * one that shares our listen port would take messages from it (decision 037): so it is asked from another port, by a socket of its own.
 */
export class PortQuestions {
  readonly #open = new Map<string, Question>()
  readonly #timers: TimerSet<string>

  constructor(clock: Clock) {
    this.#timers = new TimerSet(clock)
  }

  /** `closed` is told at most once, and later. */
  ask({ host, port }: Hop, closed: () => void): void {
    const key = `${host} ${port}`
    const same = this.#open.get(key)
    if (same) return void same.waiting.push(closed)
    if (this.#open.size >= mostOpen) return
    const asked = { waiting: [closed], close: askPort(host, port, isClosed => this.#answered(key, isClosed)) }
    this.#open.set(key, asked)
    this.#timers.start(key, patience, () => this.#answered(key, false))
  }

  stop(): void {
    for (const key of [...this.#open.keys()]) this.#answered(key, false)
  }

  #answered(key: string, isClosed: boolean): void {
    const asked = this.#open.get(key)
    if (!asked) return
    this.#open.delete(key)
    this.#timers.stop(key)
    asked.close()
    if (isClosed) for (const closed of asked.waiting) closed()
  }
}

interface Question {
  readonly waiting: (() => void)[]
  readonly close: () => void
}

/** `answered` is told never before this returns. Gives how to stop asking. */
function askPort(host: string, port: number, answered: (isClosed: boolean) => void): () => void {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: noLookup })
  socket.on('error', error => answered('code' in error && error.code === 'ECONNREFUSED'))
  let isOver = false
  socket.connect(port, host, () => {
    // Node connects a socket that was closed meanwhile.
    if (!isOver) socket.send(question)
  })
  return () => {
    isOver = true
    socket.close()
  }
}
