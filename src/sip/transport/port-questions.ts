import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { Hop } from './transport.js'
import { noLookup } from './udp.js'

/** Line breaks, which SIP allows before a message (RFC 3261 §7.5): a receiver ignores them. */
const question = Buffer.from('\r\n\r\n')
/** An ICMP message arrives within a round trip. */
const patience = seconds(2)
/** Each question needs a descriptor. Beyond this number, only silence shows that a port is closed. */
const mostOpen = 32

/**
 * Asks whether anybody listens on a UDP port. The kernel reports "port unreachable" (ICMP) only to a socket that is connected to
 * that port. Such a socket on our listen port would take messages away from it (decision 037), so each question uses a socket on
 * another port.
 */
export class PortQuestions {
  readonly #open = new Map<string, Question>()
  readonly #timers: TimerSet<string>

  constructor(clock: Clock) {
    this.#timers = new TimerSet(clock)
  }

  /** `closed` is called at most once, and never before this returns. */
  ask({ host, port }: Hop, closed: () => void): void {
    // Node throws for port 0, where nobody can listen.
    if (port === 0) return
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

/** `answered` is never called before this returns. Returns a function that stops the question. */
function askPort(host: string, port: number, answered: (isClosed: boolean) => void): () => void {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: noLookup })
  socket.on('error', error => answered('code' in error && error.code === 'ECONNREFUSED'))
  let isOver = false
  socket.connect(port, host, () => {
    // Node also connects a socket that was closed meanwhile.
    if (!isOver) socket.send(question)
  })
  return () => {
    isOver = true
    socket.close()
  }
}
