import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { systemClock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { SipEndpoint } from '../../../src/sip/index.js'

/** A live endpoint over TCP. Responses come back on the connection, whatever the Via says. INVITEs that pass get 486. */
class Site {
  readonly invited: string[] = []
  readonly endpoint: SipEndpoint
  address = ''
  #socket: Socket | undefined
  #text = ''
  readonly #waiting: (() => void)[] = []

  constructor(trustedPeers: readonly string[] = ['127.0.0.1']) {
    this.endpoint = new SipEndpoint({
      place: { listen: [{ transport: 'tcp', host: '127.0.0.1', port: 0 }] },
      trustedPeers,
      clock: systemClock,
      log: silentLog,
      random: randomBytes,
    })
    this.endpoint.onInvite(invite => {
      this.invited.push(invite.invite.requestUri)
      invite.reject(486)
    })
  }

  async start(): Promise<void> {
    const [address = ''] = await this.endpoint.start()
    this.address = address.replace('tcp://', '')
    const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1')
    socket.on('data', data => {
      this.#text += data.toString('latin1')
      for (const wake of this.#waiting.splice(0)) wake()
    })
    socket.on('error', () => undefined) // The endpoint closes the connection when it can't frame a message.
    this.#socket = socket
    await new Promise<void>(resolve => socket.once('connect', resolve))
  }

  send(text: string): void {
    this.#socket?.write(text, 'latin1')
  }

  /** The next final response. */
  async final(): Promise<string> {
    for (;;) {
      const [, message, rest] = /^([\s\S]*?\r\n\r\n)([\s\S]*)$/.exec(this.#text) ?? []
      if (message === undefined) await new Promise<void>(resolve => this.#waiting.push(resolve))
      else {
        this.#text = rest ?? ''
        if (!message.startsWith('SIP/2.0 1')) return message
      }
    }
  }

  async stop(): Promise<void> {
    this.#socket?.destroy()
    await this.endpoint.stop()
  }
}

let count = 0
const request = (method: string, uri: string, ...more: string[]): string => {
  count += 1
  const head = [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKtest${count}`,
    `From: <sip:a@example.com>;tag=f${count}`,
    `Call-ID: c${count}`,
    `CSeq: 1 ${method}`,
    'Contact: <sip:a@127.0.0.1:9>',
  ]
  const to = more.some(line => line.startsWith('To:')) ? [] : ['To: <sip:b@example.com>']
  return [...head, ...to, 'Content-Length: 0', ...more, '', ''].join('\r\n')
}
const torture = (name: string): string => {
  const text = readFileSync(new URL(`../../data/rfc4475/${name}.dat`, import.meta.url), 'latin1')
  // A stream needs Content-Length, which a datagram may leave out.
  const [head = '', ...body] = text.split('\r\n\r\n')
  return /^(content-length|l)\s*:/im.test(head)
    ? text
    : `${head}\r\nContent-Length: ${body.join('\r\n\r\n').length}\r\n\r\n${body.join('\r\n\r\n')}`
}

describe('the endpoint', () => {
  let site: Site
  beforeEach(async () => {
    site = new Site()
    await site.start()
  })
  afterEach(() => site.stop())

  const expects = async (text: string, status: number, header?: RegExp): Promise<void> => {
    site.send(text)
    const response = await site.final()
    assert.ok(response.startsWith(`SIP/2.0 ${status} `), response)
    if (header) assert.match(response, header)
  }

  for (const [what, text, status, header] of [
    [
      'an INVITE without a Contact by 400 (§8.1.1.8)',
      request('INVITE', 'sip:b@example.com').replace(/Contact: .*\r\n/, ''),
      400,
      /^CSeq: 1 INVITE\r$/m,
    ],
    ['a NOTIFY of no subscription by 481 (RFC 6665 §4.1.3)', request('NOTIFY', 'sip:b@example.com'), 481, /^CSeq: 1 NOTIFY\r$/m],
    [
      'OPTIONS by what is allowed',
      request('OPTIONS', 'sip:b@example.com'),
      200,
      /^Allow: INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, UPDATE, PRACK, REFER\r$/m,
    ],
    ['a known method that is not built by 405 with Allow', request('REGISTER', 'sip:example.com'), 405, /^Allow: /m],
    ['an unknown method by 501', request('FROBNICATE', 'sip:b@example.com'), 501, undefined],
    ['an unknown scheme by 416', request('OPTIONS', 'http://example.com'), 416, undefined],
    [
      'a Require that it can’t fulfil by 420 with Unsupported',
      request('INVITE', 'sip:b@example.com', 'Require: 100rel, x'),
      420,
      /^Unsupported: x\r$/m,
    ],
    ['Max-Forwards 0 by 483', request('INVITE', 'sip:b@example.com', 'Max-Forwards: 0'), 483, undefined],
    [
      'a body that is no SDP by 415 with Accept',
      request('INVITE', 'sip:b@example.com', 'Content-Type: text/plain').replace('Content-Length: 0', 'Content-Length: 2') + 'hi',
      415,
      /^Accept: application\/sdp, multipart\/mixed\r$/m,
    ],
    [
      'an encoded body by 415 with Accept-Encoding',
      request('INVITE', 'sip:b@example.com', 'Content-Type: application/sdp', 'Content-Encoding: gzip').replace(
        'Content-Length: 0',
        'Content-Length: 2',
      ) + 'hi',
      415,
      /^Accept-Encoding: identity\r$/m,
    ],
    [
      'a request of a dialog that it does not have by 481',
      request('BYE', 'sip:b@example.com', 'To: <sip:b@example.com>;tag=gone'),
      481,
      undefined,
    ],
    ['a BYE of no dialog at all by 481', request('BYE', 'sip:b@example.com'), 481, undefined],
    ['a REFER outside a dialog by 403', request('REFER', 'sip:b@example.com', 'Refer-To: <sip:c@example.com>'), 403, undefined],
    [
      'a session interval that is too short by 422 with ours (RFC 4028 §9)',
      request('INVITE', 'sip:b@example.com', 'Supported: timer', 'x: 89'),
      422,
      /^Min-SE: 90\r$/m,
    ],
    ['the same by one who knows no 422 as if there were none', request('INVITE', 'sip:b@example.com', 'x: 89'), 486, undefined],
    [
      'a Replaces where it may not stand by 400 (RFC 3891 §3)',
      request('OPTIONS', 'sip:b@example.com', 'Replaces: x;to-tag=a;from-tag=b'),
      400,
      undefined,
    ],
    ['a CANCEL of nothing by 481', request('CANCEL', 'sip:b@example.com'), 481, undefined],
  ] as const) {
    it(`answers ${what}`, () => expects(text, status, header))
  }

  it('treats its own request that returns like any call: Max-Forwards limits a spiral (RFC 3261 §16.3)', async () => {
    const refused = new Promise<number>(resolve => {
      site.endpoint.invite(
        { uri: `sip:b@${site.address};transport=tcp`, from: '<sip:a@example.com>', to: '<sip:b@example.com>', headers: [] },
        { answered: () => undefined, refused: ({ status }) => resolve(status) },
      )
    })
    assert.equal(await refused, 486)
    assert.deepEqual(site.invited, [`sip:b@${site.address};transport=tcp`])
  })

  it('answers OPTIONS with 503 when it accepts no new calls (§11.2)', async () => {
    site.endpoint.leave([['Retry-After', '30']])
    await expects(request('OPTIONS', 'sip:b@example.com'), 503, /^Retry-After: 30\r$/m)
  })

  // The part of RFC 4475 for applications. The parser's responses are tested with the parser.
  for (const [
    name,
    status,
  ] of [
    ['wsinv', 481], ['intmeth', 501], ['esc01', 486], ['escnull', 405], ['esc02', 501], ['lwsdisp', 200], ['longreq', 486], ['dblreq', 405],
    ['semiuri', 200], ['transports', 200], ['unkscm', 416], ['novelsc', 416], ['unksm2', 405], ['bext01', 420], ['invut', 415], ['regaut01', 405],
    ['zeromf', 200], ['cparam01', 405], ['cparam02', 405], ['regescrt', 405], ['sdp01', 406], ['inv2543', 486], ['insuf', 400], ['badvers', 505], ['multi01', 400],
  ] as const /* prettier-ignore */) {
    it(`answers ${name} of RFC 4475 with ${status}`, () => expects(torture(name), status))
  }
})

describe('an endpoint and strangers', () => {
  it('answers 403 for any number, ten times at once, and then nothing; OPTIONS is limited in the same way', async () => {
    const site = new Site(['10.0.0.1'])
    await site.start()
    for (let turn = 0; turn < 9; turn += 1) {
      site.send(request(turn % 2 === 0 ? 'INVITE' : 'REGISTER', `sip:number${turn}@example.com`))
      const [head = ''] = (await site.final()).split('\r\n')
      assert.equal(head, 'SIP/2.0 403 Forbidden')
    }
    site.send(request('OPTIONS', 'sip:example.com'))
    assert.match(await site.final(), /^SIP\/2\.0 200 /)
    site.send(request('INVITE', 'sip:one-more@example.com'))
    site.send(request('INVITE', 'sip:and-one-more@example.com'))
    const { rejected } = site.endpoint.counters
    assert.equal(rejected.get('untrusted'), 9)
    assert.deepEqual(site.invited, [])
    await site.stop()
  })

  it('answers 400 to malformed requests under the same limit, and always to trusted peers', async () => {
    const answersTo = async (site: Site): Promise<number | undefined> => {
      await site.start()
      for (let turn = 0; turn < 15; turn += 1)
        site.send(request('OPTIONS', 'sip:b@example.com').replace(/CSeq: .*/, 'CSeq: none'))
      const { counters } = site.endpoint
      for (let turn = 0; counters.rejected.get('malformed') !== 15; turn += 1) {
        assert.ok(turn < 20_000, 'the messages did not arrive')
        await new Promise(resolve => setImmediate(resolve))
      }
      await site.stop()
      const refusals = counters.responses.find(({ labels }) => labels.class === '4xx')?.value
      assert.equal(counters.rejected.get('rateLimited') ?? 0, 15 - (refusals ?? 0))
      return refusals
    }
    assert.equal(await answersTo(new Site(['10.0.0.1'])), 10)
    assert.equal(await answersTo(new Site()), 15)
  })
})
