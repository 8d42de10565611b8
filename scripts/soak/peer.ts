import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { SipText, tagOf, written } from './message.js'

/** Receives the requests of one Call-ID, including ACKs. */
export interface Party {
  asked(request: SipText): void
}

export interface Asking {
  readonly provisional?: (response: SipText) => void
  /** The ACK for a final response to an INVITE. */
  readonly acknowledge?: (response: SipText) => string
}

export interface Reply {
  readonly fields?: readonly string[]
  readonly body?: string
  /** The To tag. Default: the request's, or one of this peer. */
  readonly tag?: string
}

interface Asked {
  readonly asking: Asking
  readonly resolve: (response: SipText | undefined) => void
  timer: NodeJS.Timeout | undefined
  proceeding: boolean
  /** The ACK, sent again for each repetition of the final response. */
  ack?: string
}

/** RFC 3261 §17.1.1.1. */
const t1 = 500
const t2 = 4_000
const patience = 64 * t1
const socketBuffer = 4 * 1024 * 1024

export const token = (): string => randomBytes(6).toString('hex')

/**
 * SIP over UDP with any number of dialogs on one port, independent of the server's own stack. It retransmits unanswered requests, which a
 * server needs that is killed and comes back at the same address.
 */
export class Peer {
  readonly parties = new Map<string, Party>()
  /** Called for requests outside all dialogs. */
  fresh: (request: SipText) => void = request => this.reply(request, 481)
  /** The server's SIP port on loopback. */
  server = 0
  /** Requests without a response within 32 s, by method. */
  readonly unanswered = new Map<string, number>()
  readonly #asked = new Map<string, Asked>()
  /** The last response to each request of the latest 40 s. Undefined: none yet. */
  readonly #answers = new Map<string, string | undefined>()
  /** Final responses to INVITEs that wait for their ACK. */
  readonly #repeating = new Map<string, NodeJS.Timeout>()
  readonly port: number
  #closed = false

  private constructor(private readonly socket: Socket) {
    this.port = socket.address().port
    socket.on('message', (bytes, { port }) => {
      // The server may send requests before it says that it is ready.
      this.server = port
      this.#came(new SipText(bytes.toString('latin1')))
    })
    // The server is down: the kernel reports that nobody listens.
    socket.on('error', () => undefined)
  }

  /** Default: a port that the kernel chooses. */
  static async open(port = 0): Promise<Peer> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: socketBuffer })
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return new Peer(socket)
  }

  close(): void {
    this.#closed = true
    for (const { timer } of this.#asked.values()) clearTimeout(timer)
    for (const timer of this.#repeating.values()) clearTimeout(timer)
    this.socket.close()
  }

  send(text: string): void {
    if (!this.#closed) this.socket.send(text, this.server, '127.0.0.1')
  }

  /** The final response, or undefined if none came within 32 s (for an INVITE: no response at all). */
  ask(text: string, asking: Asking = {}): Promise<SipText | undefined> {
    const request = new SipText(text)
    const key = keyOf(request)
    return new Promise(resolve => {
      const asked: Asked = { asking, resolve, timer: undefined, proceeding: false }
      this.#asked.set(key, asked)
      this.#repeat(key, asked, request, t1, patience)
    })
  }

  /** Stops waiting for responses. Pending `ask` calls resolve with undefined. */
  giveUp(invite: SipText): void {
    const asked = this.#asked.get(keyOf(invite))
    clearTimeout(asked?.timer)
    this.#asked.delete(keyOf(invite))
    asked?.resolve(undefined)
  }

  reply(request: SipText, status: number, { fields = [], body = '', tag }: Reply = {}): void {
    if (this.#closed) return
    const to = request.field('To')
    const lines = [
      `SIP/2.0 ${status} ${status < 300 ? 'OK' : 'No'}`,
      ...request.all('Via').map(via => `Via: ${via}`),
      `From: ${request.field('From')}`,
      `To: ${request.isWithin || status === 100 ? to : `${to};tag=${tag ?? token()}`}`,
      `Call-ID: ${request.callId}`,
      `CSeq: ${request.field('CSeq')}`,
      this.contact,
      'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, REFER, NOTIFY, INFO',
      'Supported: replaces',
      ...fields,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
    ]
    const text = written(lines, body)
    if (this.#answers.has(keyOf(request))) this.#answers.set(keyOf(request), text)
    this.send(text)
    if (request.method === 'INVITE' && status >= 200) this.#untilAcknowledged(ackKey(request), text, t1, patience)
  }

  get contact(): string {
    return `Contact: <sip:peer@127.0.0.1:${this.port}>`
  }

  via(branch: string): string {
    return `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=${branch};rport`
  }

  #repeat(key: string, asked: Asked, request: SipText, next: number, left: number): void {
    if (this.#closed) return
    if (left <= 0) {
      this.#asked.delete(key)
      this.unanswered.set(request.method, (this.unanswered.get(request.method) ?? 0) + 1)
      return asked.resolve(undefined)
    }
    this.send(request.text)
    asked.timer = setTimeout(() => {
      if (asked.proceeding && request.method === 'INVITE') return
      const later = request.method === 'INVITE' ? next * 2 : Math.min(next * 2, t2)
      this.#repeat(key, asked, request, later, left - next)
    }, next)
  }

  #untilAcknowledged(key: string, text: string, next: number, left: number): void {
    clearTimeout(this.#repeating.get(key))
    if (left <= 0 || this.#closed) return void this.#repeating.delete(key)
    const again = (): void => {
      this.send(text)
      this.#untilAcknowledged(key, text, Math.min(next * 2, t2), left - next)
    }
    this.#repeating.set(key, setTimeout(again, next))
  }

  #came(message: SipText): void {
    if (message.status > 0) this.#answered(message)
    else if (message.method === 'ACK') this.#acknowledged(message)
    else this.#requested(message)
  }

  #answered(response: SipText): void {
    const asked = this.#asked.get(keyOf(response))
    if (!asked) return
    if (asked.ack !== undefined) return this.send(asked.ack)
    if (response.status < 200) {
      asked.proceeding = true
      asked.asking.provisional?.(response)
      return
    }
    clearTimeout(asked.timer)
    if (response.method === 'INVITE' && asked.asking.acknowledge) {
      asked.ack = asked.asking.acknowledge(response)
      this.send(asked.ack)
      setTimeout(() => this.#asked.delete(keyOf(response)), patience).unref()
    } else this.#asked.delete(keyOf(response))
    asked.resolve(response)
  }

  #acknowledged(ack: SipText): void {
    clearTimeout(this.#repeating.get(ackKey(ack)))
    this.#repeating.delete(ackKey(ack))
    this.parties.get(ack.callId)?.asked(ack)
  }

  #requested(request: SipText): void {
    const key = keyOf(request)
    if (this.#answers.has(key)) {
      const answer = this.#answers.get(key)
      if (answer !== undefined) this.send(answer)
      return
    }
    this.#answers.set(key, undefined)
    setTimeout(() => this.#answers.delete(key), patience + 8_000).unref()
    const party = this.parties.get(request.callId)
    if (party) party.asked(request)
    else if (request.isWithin || request.method === 'CANCEL') this.reply(request, 481)
    else this.fresh(request)
  }
}

const keyOf = (message: SipText): string => `${message.branch} ${message.method}`
const ackKey = (message: SipText): string => `${message.callId} ${message.sequence} ${tagOf(message.field('From'))}`
