import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { PbxCall, PbxDialect } from '../../fakes/pbx-documents.js'

export interface FakePbxOptions {
  /** The format of its presence. Default: it accepts no subscriptions. */
  readonly dialect?: PbxDialect
  /** How long, in ms, an extension's phone rings before it answers or declines. */
  readonly ringsFor?: number
  /** The final status of a phone. Default 200. A 603 goes out as 503, as with Asterisk. */
  readonly phoneSays?: number
}

interface Watcher {
  readonly entity: string
  readonly event: 'presence' | 'dialog'
  readonly headers: readonly string[]
  version: number
  cseq: number
}

type Documents = 'application/pidf+xml' | 'application/dialog-info+xml'
const types: Readonly<Record<Watcher['event'], Documents>> = {
  presence: 'application/pidf+xml',
  dialog: 'application/dialog-info+xml',
}
const token = (): string => randomBytes(6).toString('hex')
const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n'

/**
 * A PBX over UDP at the level of messages, with the habits of real ones: it calls Carillon, rings the phones of its extensions and
 * publishes their presence. It answers every request in its dialogs, and OPTIONS, until it is killed. After a restart it knows no dialog.
 */
export class FakePbx {
  /** The requests that it received, oldest first, without retransmissions. */
  readonly requests: { readonly method: string; readonly text: string; readonly at: number }[] = []
  /** The final responses to its own calls, by Call-ID. */
  readonly answers = new Map<string, number>()
  readonly #seen = new Set<string>()
  /** The Call-IDs of its dialogs. */
  readonly #dialogs = new Set<string>()
  /** The To values of the dialogs that it began. */
  readonly #remotes = new Map<string, string>()
  readonly #calls = new Map<string, { readonly entity: string; phase: PbxCall['phase'] }>()
  readonly #watchers: Watcher[] = []
  #socket: Socket | undefined
  #asleep = false
  /** The number of messages that came while it slept. */
  missed = 0
  #to = 0

  private constructor(
    readonly port: number,
    private readonly options: FakePbxOptions,
  ) {}

  static async open(options: FakePbxOptions = {}): Promise<FakePbx> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const pbx = new FakePbx(socket.address().port, options)
    pbx.#listen(socket)
    return pbx
  }

  /** Ends it at once, without a message. All its calls are forgotten. */
  kill(): void {
    this.#socket?.close()
    this.#socket = undefined
    for (const known of [this.#dialogs, this.#calls]) known.clear()
  }

  /** Ignores all messages until `wake`, and keeps its calls, like a PBX during a failover. */
  sleep(): void {
    this.#asleep = true
  }

  wake(): void {
    this.#asleep = false
  }

  async restart(): Promise<void> {
    const socket = createSocket('udp4')
    socket.bind(this.port, '127.0.0.1')
    await once(socket, 'listening')
    this.#listen(socket)
  }

  /** A caller of the PBX dials that user at `host:port`. Returns the Call-ID. */
  dial(user: string, to: string): string {
    this.#to = Number(to.slice(to.lastIndexOf(':') + 1))
    const callId = token()
    this.#dialogs.add(callId)
    this.#send([
      `INVITE sip:${user}@example.com SIP/2.0`,
      ...this.#ours(callId, 1, 'INVITE'),
      `To: <sip:${user}@example.com>`,
      'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE',
      'Content-Type: application/sdp',
    ], sdp) // prettier-ignore
    return callId
  }

  /** The caller of that call hangs up. The call must be answered. */
  hangUp(callId: string): void {
    const to = `To: ${this.#remotes.get(callId) ?? ''}`
    this.#send([`BYE sip:x@127.0.0.1:${this.#to} SIP/2.0`, ...this.#ours(callId, 2, 'BYE'), to])
    this.#dialogs.delete(callId)
  }

  /** The INVITEs that rang one of its phones. */
  get invites(): number {
    return this.requests.filter(({ method, text }) => method === 'INVITE' && !fieldOf(text, 'To').includes(';tag=')).length
  }

  #listen(socket: Socket): void {
    this.#socket = socket
    socket.on('message', (bytes, { port }) => {
      this.#to = port
      if (this.#asleep) this.missed += 1
      else this.#came(bytes.toString('latin1'))
    })
  }

  #came(text: string): void {
    const callId = fieldOf(text, 'Call-ID')
    const [, status] = /^SIP\/2\.0 (\d+)/.exec(text) ?? []
    if (status !== undefined) return this.#answered(text, callId, Number(status))
    const method = text.slice(0, text.indexOf(' '))
    const isNew = !this.#seen.has(`${fieldOf(text, 'Via')} ${method}`)
    this.#seen.add(`${fieldOf(text, 'Via')} ${method}`)
    if (isNew) this.requests.push({ method, text, at: performance.now() })
    this.#asked(method, text, callId, isNew)
  }

  #answered(text: string, callId: string, status: number): void {
    if (status < 200 || !fieldOf(text, 'CSeq').endsWith('INVITE')) return
    this.answers.set(callId, status)
    this.#remotes.set(callId, fieldOf(text, 'To'))
    this.#send([`ACK sip:x@127.0.0.1:${this.#to} SIP/2.0`, ...this.#ours(callId, 1, 'ACK'), `To: ${fieldOf(text, 'To')}`])
    if (status >= 300) this.#dialogs.delete(callId)
  }

  #asked(method: string, text: string, callId: string, isNew: boolean): void {
    const isWithin = fieldOf(text, 'To').includes(';tag=')
    if (method === 'ACK') return
    if (method !== 'CANCEL' && isWithin && !this.#dialogs.has(callId)) return this.#say(text, 481)
    if (method === 'SUBSCRIBE') return this.#watched(text, isNew)
    if (method === 'INVITE') return isWithin ? this.#say(text, 200, sdp) : void this.#rings(text, callId, isNew)
    this.#say(text, 200)
    if (method === 'CANCEL') this.#cancelled(callId)
    if (method === 'BYE' || method === 'CANCEL') this.#over(callId)
  }

  async #rings(text: string, callId: string, isNew: boolean): Promise<void> {
    if (!isNew) return
    const [, user = ''] = /^INVITE sip:([^@]+)@/.exec(text) ?? []
    const { ringsFor = 0, phoneSays = 200 } = this.options
    this.#dialogs.add(callId)
    this.#calls.set(callId, { entity: `sip:${user}@example.com`, phase: 'rings' })
    this.#tell()
    this.#say(text, 180)
    await pause(ringsFor)
    const call = this.#calls.get(callId)
    if (!call) return
    if (phoneSays >= 300) {
      this.#say(text, phoneSays === 603 ? 503 : phoneSays)
      this.#over(callId)
      return
    }
    call.phase = 'talks'
    this.#say(text, 200, sdp)
    this.#tell()
  }

  #cancelled(callId: string): void {
    const invite = this.requests.find(({ method, text }) => method === 'INVITE' && fieldOf(text, 'Call-ID') === callId)
    if (invite) this.#say(invite.text, 487)
  }

  #over(callId: string): void {
    this.#dialogs.delete(callId)
    if (this.#calls.delete(callId)) this.#tell()
  }

  // ---- presence

  #watched(text: string, isNew: boolean): void {
    if (!this.options.dialect) return this.#say(text, 489)
    this.#say(text, 200, '', [`Expires: ${fieldOf(text, 'Expires')}`])
    if (!isNew || fieldOf(text, 'To').includes(';tag=')) return
    const [, entity = ''] = /^SUBSCRIBE (\S+)/.exec(text) ?? []
    this.#dialogs.add(fieldOf(text, 'Call-ID'))
    const headers = [
      `From: ${fieldOf(text, 'To')};tag=pbx`,
      `To: ${fieldOf(text, 'From')}`,
      `Call-ID: ${fieldOf(text, 'Call-ID')}`,
    ]
    const event = fieldOf(text, 'Event') === 'dialog' ? 'dialog' : 'presence'
    this.#watchers.push({ entity, event, headers, version: 0, cseq: 1 })
    this.#tell()
  }

  #tell(): void {
    for (const watcher of this.#watchers) {
      const { entity, event, headers } = watcher
      const calls = [...this.#calls].flatMap(([id, call]) => (call.entity === entity ? [{ id, phase: call.phase }] : []))
      const told = { entity, version: watcher.version, calls, ended: [], registered: true }
      const document = this.options.dialect?.documents(told)[event]
      if (document === undefined) continue
      watcher.version += 1
      watcher.cseq += 1
      const cseq = `CSeq: ${watcher.cseq} NOTIFY`
      const start = `NOTIFY sip:carillon@127.0.0.1:${this.#to} SIP/2.0`
      const state = [`Event: ${event}`, 'Subscription-State: active;expires=600', `Content-Type: ${types[event]}`]
      this.#send([start, this.#via(), this.#contact, ...headers, cseq, 'Max-Forwards: 70', ...state], document)
    }
  }

  // ---- messages

  get #contact(): string {
    return `Contact: <sip:pbx@127.0.0.1:${this.port}>`
  }

  #via(): string {
    return `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${token()};rport`
  }

  #ours(callId: string, cseq: number, method: string): string[] {
    return [
      this.#via(),
      `From: <sip:caller@127.0.0.1:${this.port}>;tag=${callId}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      'Max-Forwards: 70',
      this.#contact,
    ]
  }

  #say(request: string, status: number, body = '', headers: readonly string[] = []): void {
    const to = fieldOf(request, 'To')
    const via = [...request.matchAll(/^Via: (.*?)\r?$/gim)].map(([line]) => line.trim())
    this.#send([
      `SIP/2.0 ${status} Said`,
      ...via,
      `From: ${fieldOf(request, 'From')}`,
      `To: ${to.includes(';tag=') ? to : `${to};tag=pbx`}`,
      `Call-ID: ${fieldOf(request, 'Call-ID')}`,
      `CSeq: ${fieldOf(request, 'CSeq')}`,
      'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE',
      this.#contact,
      ...headers,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
    ], body) // prettier-ignore
  }

  #send(lines: readonly string[], body = ''): void {
    const text = [...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
    this.#socket?.send(text, this.#to, '127.0.0.1')
  }
}

const fieldOf = (text: string, name: string): string => new RegExp(`^${name}: (.*?)\\r?$`, 'im').exec(text)?.[1] ?? ''
