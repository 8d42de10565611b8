import assert from 'node:assert/strict'
import { silentLog } from '../../../../src/foundation/log.js'
import { millis } from '../../../../src/foundation/time.js'
import { SipEndpoint } from '../../../../src/sip/endpoint.js'
import type { Leg } from '../../../../src/legs/leg.js'
import type { EndpointOptions } from '../../../../src/sip/endpoint-options.js'
import type { InviteParts } from '../../../../src/sip/invite-parts.js'
import { topVia } from '../../../../src/sip/message/fields.js'
import type { SipMessage, SipRequest, SipResponse } from '../../../../src/sip/message/message.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'
import { viaAsReceived } from '../../../../src/sip/transport/received.js'
import type { Hop, LocalAddress, Location, MessageReceiver } from '../../../../src/sip/transport/transport.js'
import { FakeClock } from '../transaction/fake-clock.js'
import { seededBytes } from '../transaction/pair.js'

/** The fate of one message: the delays of its copies in ms. Empty when it is lost. */
export type Fate = (text: string) => readonly number[]

/** Hosts by address. A datagram takes one millisecond unless `fate` says otherwise. */
export class Wire {
  readonly clock = new FakeClock()
  fate: Fate = () => [1]
  /** Further addresses of every target, used when the first one fails. */
  readonly alternatives: string[] = []
  /** Hosts that report their SIP port as closed. */
  readonly closed = new Set<string>()
  readonly #hosts = new Map<string, (bytes: Buffer, source: Hop) => void>()

  attach(host: string, receive: (bytes: Buffer, source: Hop) => void): void {
    this.#hosts.set(host, receive)
  }

  carry(bytes: Buffer, from: string, to: string): void {
    const source: Hop = { transport: 'udp', host: from, port: 5060 }
    for (const delay of this.fate(bytes.toString('latin1')))
      this.clock.after(millis(delay), () => this.#hosts.get(to)?.(bytes, source))
  }

  /** An endpoint at that address. */
  site(host: string, options: Partial<EndpointOptions> = {}): SipEndpoint {
    const endpoint = new SipEndpoint({
      place: { listen: [] },
      trustedPeers: ['192.0.2.0/24'],
      clock: this.clock,
      log: silentLog,
      random: seededBytes(host.length * 7_919 + Number(host.split('.').at(-1))),
      ...options,
      network: { transport: this.#transportOf(host), ...options.network },
    })
    void endpoint.start()
    return endpoint
  }

  #transportOf(host: string): NonNullable<NonNullable<EndpointOptions['network']>['transport']> {
    const local = (): LocalAddress => ({ transport: 'udp', host, port: 5060 })
    return {
      start: receiver => {
        this.attach(host, (bytes, source) => deliver(bytes, source, receiver))
        return Promise.resolve([`udp://${host}:5060`])
      },
      stop: () => {
        this.#hosts.delete(host)
        return Promise.resolve()
      },
      local,
      localTowards: local,
      locate: (target, found) => found(locationOf(target, this.alternatives)),
      send: (bytes, hop) => this.carry(bytes, host, hop.host),
      streamTo: () => undefined,
      avoid: () => undefined,
      ask: ({ host }, closed) => {
        if (this.closed.has(host)) this.clock.after(millis(1), closed)
      },
    }
  }
}

const locationOf = (target: string, alternatives: readonly string[]): Location => ({
  hops: [/^sip:(?:[^@]*@)?([\d.]+)/.exec(target)?.[1] ?? '', ...alternatives].map(host => ({
    transport: 'udp',
    host,
    port: 5060,
  })),
  anyTransport: false,
})

function read(bytes: Buffer): SipMessage {
  const parsed = parseMessage(bytes, 'datagram')
  if (parsed.kind !== 'message') throw new Error(`${parsed.what}: ${bytes.toString('latin1')}`)
  return parsed.message
}

function deliver(bytes: Buffer, source: Hop, receiver: MessageReceiver): void {
  const message = read(bytes)
  const via = topVia(message.headers)
  if (!via) throw new Error('no Via')
  if (message.kind === 'response') receiver.onResponse(message, via, source)
  else receiver.onRequest(message, viaAsReceived(message, via, source), source, bytes.length)
}

export interface Words {
  readonly cseq?: number
  readonly headers?: readonly string[]
  readonly body?: string
  /** Default: application/sdp. */
  readonly type?: string
}

/** A phone or PBX that does what the test says, with its own text. */
export class Phone {
  readonly got: SipMessage[] = []
  #sent = 0
  #heard = 0

  constructor(
    private readonly wire: Wire,
    readonly host: string,
  ) {
    wire.attach(host, bytes => void this.got.push(read(bytes)))
  }

  /** Lets time pass, in milliseconds. */
  passes(time: number): void {
    this.wire.clock.pass(time)
  }

  /** The messages since the last call, as method, or as status and CSeq method. */
  heard(): string[] {
    const since = this.#heard
    this.#heard = this.got.length
    return this.got.slice(since).map(lineOf)
  }

  /** The last request with that method. */
  request(method: string): SipRequest {
    const found = this.got.findLast(message => message.kind === 'request' && message.method === method)
    return found?.kind === 'request' ? found : assert.fail(`no ${method} among ${this.got.map(lineOf).join(', ')}`)
  }

  /** The last response with that status. */
  response(status: number, method?: string): SipResponse {
    const found = this.got.findLast(
      message => message.kind === 'response' && message.status === status && (!method || lineOf(message).endsWith(method)),
    )
    return found?.kind === 'response' ? found : assert.fail(`no ${status} among ${this.got.map(lineOf).join(', ')}`)
  }

  send(lines: readonly string[], body: string, to: string): void {
    const text = [...lines, `Content-Length: ${body.length}`, '', body].join('\r\n')
    this.wire.carry(Buffer.from(text, 'latin1'), this.host, to)
    this.wire.clock.pass(3)
  }

  /** A response to a request that it received. `tag` distinguishes forks. */
  answer(
    request: SipRequest,
    status: number,
    tag: string,
    { headers = [], body = '', type = 'application/sdp' }: Words = {},
  ): void {
    const copied = ['Via', 'From', 'Call-ID', 'CSeq'].flatMap(name =>
      request.headers.lines(name).map(value => `${name}: ${value}`),
    )
    const to = request.headers.first('To') ?? ''
    const contact = headers.some(line => line.startsWith('Contact')) ? [] : [`Contact: <sip:phone-${tag}@${this.host}>`]
    const lines = [`SIP/2.0 ${status} Whatever`, ...copied, `To: ${to}${to.includes(';tag=') ? '' : `;tag=${tag}`}`]
    const more = body === '' ? [] : [`Content-Type: ${type}`]
    this.send([...lines, ...contact, ...headers, ...more], body, topVia(request.headers)?.host ?? '')
  }

  /** A request of its own to a host, with these From, To and Call-ID. */
  ask(method: string, to: string, between: Dialogue, words: Words = {}): void {
    this.#sent += 1
    const { cseq = 1, headers = [], body = '', type = 'application/sdp' } = words
    const via = between.branch ?? `z9hG4bK-${this.host}-${this.#sent}`
    const lines = [
      `${method} ${between.uri ?? `sip:support@${to}`} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.host}:5060;branch=${via}`,
      `From: ${between.from}`,
      `To: ${between.to}`,
      `Call-ID: ${between.callId}`,
      `CSeq: ${cseq} ${method}`,
      ...(headers.some(line => line.startsWith('Contact')) ? [] : [`Contact: <sip:carol@${this.host}>`]),
      ...headers,
      ...(body === '' ? [] : [`Content-Type: ${type}`]),
    ]
    this.send(lines, body, to)
  }
}

/** From, To and Call-ID of a request of the phone. */
export interface Dialogue {
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly uri?: string
  /** Branch of the Via. Default: a new one. */
  readonly branch?: string
}

/** The same dialog as in our request, from the phone's side. */
export const reverse = ({ headers }: SipRequest, tag?: string): Dialogue => ({
  from: `${headers.first('To') ?? ''}${tag === undefined ? '' : `;tag=${tag}`}`,
  to: headers.first('From') ?? '',
  callId: headers.first('Call-ID') ?? '',
})

export const tagOf = (value: string | undefined): string => /;tag=([^;]+)/.exec(value ?? '')?.[1] ?? ''

export function lineOf(message: SipMessage): string {
  if (message.kind === 'request') return message.method
  return `${message.status} ${message.headers.first('CSeq')?.split(' ')[1] ?? ''}`
}

export const sdpText = (name: string, media = 'm=audio 4000 RTP/AVP 0\r\n'): string =>
  `v=0\r\no=${name} 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n${media}`

export const sdp = (name: string): { type: string; text: string } => ({ type: 'application/sdp', text: sdpText(name) })

export const toPhone = (host = '192.0.2.2'): InviteParts => ({
  uri: `sip:bob@${host}`,
  from: '<sip:carol@192.0.2.1>',
  to: `<sip:bob@${host}>`,
  headers: [],
})

/** We call the phone and it answers. Returns the dialog from the phone's side. `account`: the phone's. */
export function talkTo(
  endpoint: SipEndpoint,
  phone: Phone,
  { account, answered }: { readonly account?: string | undefined; readonly answered: (leg: Leg) => void },
): Dialogue {
  endpoint.invite(
    { ...toPhone(phone.host), ...(account !== undefined && { way: { account } }), body: sdp('us') },
    {
      answered: leg => {
        answered(leg)
        leg.acknowledge()
      },
      refused: ({ status }) => assert.fail(`refused ${status}`),
    },
  )
  phone.passes(3)
  const invite = phone.request('INVITE')
  phone.answer(invite, 200, 'a', { body: sdpText('bob') })
  phone.passes(3)
  phone.heard()
  return reverse(invite, 'a')
}
