import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { SipMessage } from '../../../src/sip/message/message.js'
import { serialize } from '../../../src/sip/message/serialize.js'
import type { TransportName } from '../../../src/sip/transport/transport.js'
import { readCommand, type Command } from './commands.js'
import { framed, Unframer } from './frames.js'

/** Where a message came from, or from where it was sent. */
export interface Way {
  /** `application`: the server sent it, by itself or for an application. */
  readonly source: 'network' | 'application'
  readonly transport: TransportName
  readonly host: string
  readonly port: number
}

/** One connection with an application. */
export class Application {
  readonly #unframer = new Unframer()
  #authenticated = false
  #gone = false
  #tags: readonly string[] = []

  constructor(
    private readonly socket: Socket,
    private readonly listener: {
      command(application: Application, command: Command): void
      closed(application: Application): void
    },
  ) {
    socket.on('error', () => this.close())
    socket.on('close', () => {
      this.#gone = true
      listener.closed(this)
    })
    socket.on('data', chunk => this.#received(chunk))
  }

  get isAuthenticated(): boolean {
    return this.#authenticated && !this.#gone
  }

  /** Nothing reaches it any more. The same program with a new connection is another application. */
  get isGone(): boolean {
    return this.#gone
  }

  authenticate(tags: readonly string[]): void {
    this.#authenticated = true
    this.#tags = tags
  }

  hasTag(tag: string): boolean {
    return this.#tags.includes(tag)
  }

  /** Answers a command that is no SIP message. */
  reply(id: string, word: 'OK' | 'NO', ...more: readonly string[]): void {
    this.#send(['response', id, word, ...more].join('|'))
  }

  /** A command to send a message was carried out. `more` stands between the transaction id and the last token. */
  sent(id: string, message: SipMessage, way: Way, transactionId: string, ...more: readonly string[]): void {
    const bytes = serialize(message)
    const line = ['response', id, 'OK', ...wayTokens(way, bytes.length), transactionId, ...more, 'Msg sent:', '']
    this.#send(`${line.join('|')}\r\n${bytes.toString('latin1')}`)
  }

  /** A command to send a message was not carried out. */
  refused(id: string, reason: string): void {
    this.#send(['response', id, 'NOK', reason].join('|'))
  }

  /** Passes on a SIP message. `receivedOn`: the address at which a request outside dialogs came in. */
  pass(message: SipMessage, way: Way, transactionId: string, dialogId: string, receivedOn: readonly string[] = []): void {
    const bytes = serialize(message)
    const line = ['sip', ...wayTokens(way, bytes.length), transactionId, dialogId, ...receivedOn, '']
    this.#send(`${line.join('|')}\r\n${bytes.toString('latin1')}`)
  }

  /** Closes after everything written is out. */
  end(): void {
    this.socket.end()
  }

  /** Closes at once. */
  close(): void {
    this.socket.destroy()
  }

  #send(text: string): void {
    if (!this.#gone && this.socket.writable) this.socket.write(framed(`${randomUUID()}|${text}`))
  }

  #received(chunk: Buffer): void {
    const messages = this.#unframer.push(chunk)
    if (!messages) return this.close()
    for (const message of messages) if (!this.#gone) this.listener.command(this, readCommand(message))
  }
}

const wayTokens = ({ source, transport, host, port }: Way, bytes: number): readonly string[] => [
  source,
  String(bytes),
  transport,
  host,
  String(port),
  new Date().toISOString().slice(11, 23) + '000',
]
