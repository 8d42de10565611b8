import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { buildRequest, buildResponse, type RequestParts, type ResponseParts } from '../../src/sip/message/build.js'
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.js'
import { parseMessage } from '../../src/sip/message/parse.js'
import { serialize } from '../../src/sip/message/serialize.js'

/** An address on the network. */
export interface Place {
  readonly host: string
  readonly port: number
}

interface Waiting {
  readonly wanted: (message: SipMessage) => boolean
  readonly found: (message: SipMessage) => void
}

let made = 0
/** A text that is unique in this process. */
export const unique = (word: string): string => `${word}${process.pid}x${(made += 1)}`

/**
 * A phone on a UDP socket of its own that does nothing by itself: no retransmission, no ACK, no response. A test sees each
 * datagram that arrives, in order, and sends anything.
 */
export class FarPhone {
  readonly #socket: Socket = createSocket('udp4')
  readonly #come: SipMessage[] = []
  #waiting: Waiting[] = []
  #place: Place = { host: '127.0.0.1', port: 0 }
  /** All messages that arrived, including those that nobody waited for. */
  readonly received: SipMessage[] = []

  async start(): Promise<void> {
    this.#socket.on('message', (bytes, source) => this.#receive(bytes, source))
    this.#socket.on('error', error => {
      throw error
    })
    this.#socket.bind(0, this.#place.host)
    await once(this.#socket, 'listening')
    this.#place = { host: this.#place.host, port: this.#socket.address().port }
  }

  stop(): void {
    this.#socket.close()
  }

  uri(user = 'phone'): string {
    return `sip:${user}@${this.#place.host}:${this.#place.port}`
  }

  get contact(): string {
    return `<${this.uri()}>`
  }

  /** A request with a Via of this phone. */
  request(parts: Partial<RequestParts> & Pick<RequestParts, 'method' | 'uri'>, branch = unique('z9hG4bK')): SipRequest {
    const request = buildRequest({
      ...{ from: `<${this.uri()}>;tag=${unique('f')}`, to: `<${parts.uri}>`, callId: unique('call'), cseq: 1 },
      ...{ contact: this.contact, ...parts },
    })
    request.headers.prepend('Via', `SIP/2.0/UDP ${this.#place.host}:${this.#place.port};branch=${branch}`)
    return request
  }

  /** The next request in the dialog that the phone's INVITE and this response began. */
  inDialog(
    method: string,
    invite: SipRequest,
    response: SipResponse,
    more: Partial<RequestParts> = {},
    branch?: string,
  ): SipRequest {
    const { headers } = invite
    const target = /<([^>]+)>/.exec(response.headers.first('Contact') ?? '')?.[1] ?? invite.uri
    const number = Number(/^\d+/.exec(headers.first('CSeq') ?? '')?.[0])
    return this.request(
      {
        ...{ method, uri: target, from: headers.first('From') ?? '', to: response.headers.first('To') ?? '' },
        ...{ callId: headers.first('Call-ID') ?? '', cseq: method === 'ACK' ? number : number + 1, ...more },
      },
      branch,
    )
  }

  /** A request of the called phone in the dialog that an INVITE and the phone's response began. */
  backwards(method: string, invite: SipRequest, answer: SipResponse, more: Partial<RequestParts> = {}): SipRequest {
    const target = /<([^>]+)>/.exec(invite.headers.first('Contact') ?? '')?.[1] ?? ''
    return this.request({
      ...{ method, uri: target, from: answer.headers.first('To') ?? '', to: invite.headers.first('From') ?? '' },
      ...{ callId: invite.headers.first('Call-ID') ?? '', cseq: 1, ...more },
    })
  }

  answer(request: SipRequest, status: number, { headers = [], ...parts }: ResponseParts = {}): SipResponse {
    const hasOwn = [...headers].some(([name]) => name === 'Contact')
    const mayHaveContact = !hasOwn && request.method !== 'BYE' && status > 100 && status < 300
    const contact = mayHaveContact ? ([['Contact', this.contact]] as const) : []
    return buildResponse(request, status, { toTag: 'phone', headers: [...contact, ...headers], ...parts })
  }

  send(message: SipMessage, { host, port }: Place): void {
    this.#socket.send(serialize(message), port, host)
  }

  /** Responds to the address in the request's Via. */
  respond(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
    const response = this.answer(request, status, parts)
    const [, host = '', port = ''] = /SIP\/2\.0\/\w+ ([^:;]+):(\d+)/.exec(request.headers.first('Via') ?? '') ?? []
    this.send(response, { host, port: Number(port) })
    return response
  }

  /** The next request with this method. */
  async nextRequest(method: string): Promise<SipRequest> {
    const message = await this.#next(candidate => candidate.kind === 'request' && candidate.method === method)
    if (message.kind !== 'request') throw new Error('no request')
    return message
  }

  /** The next response with this status to this method. */
  async nextResponse(status: number, method?: string): Promise<SipResponse> {
    const message = await this.#next(
      candidate =>
        candidate.kind === 'response' &&
        candidate.status === status &&
        (method === undefined || (candidate.headers.first('CSeq') ?? '').endsWith(method)),
    )
    if (message.kind !== 'response') throw new Error('no response')
    return message
  }

  /** The number of these messages so far. */
  count(wanted: (message: SipMessage) => boolean): number {
    return this.received.filter(wanted).length
  }

  #next(wanted: (message: SipMessage) => boolean): Promise<SipMessage> {
    const index = this.#come.findIndex(wanted)
    if (index >= 0) return Promise.resolve(this.#come.splice(index, 1)[0] as SipMessage)
    return new Promise(found => this.#waiting.push({ wanted, found }))
  }

  #receive(bytes: Buffer, _source: RemoteInfo): void {
    const parsed = parseMessage(bytes, 'datagram')
    if (parsed.kind !== 'message') return
    this.received.push(parsed.message)
    const waiting = this.#waiting.find(({ wanted }) => wanted(parsed.message))
    if (!waiting) this.#come.push(parsed.message)
    else {
      this.#waiting = this.#waiting.filter(other => other !== waiting)
      waiting.found(parsed.message)
    }
  }
}
