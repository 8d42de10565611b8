import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { InboundRefer, Leg, LegListener } from '../../src/legs/leg.js'
import { behindDrachtio } from '../fakes/behind-drachtio.js'
import { FakeSignaling, sdp, type FakeLeg } from '../fakes/signaling.js'
import { embedded, type UnderTest } from './peers.js'

/** A caller who sends REFER, on each engine. */
interface Referrer {
  /** The caller's call, answered and confirmed. */
  begin(): Promise<Leg>
  /** The status of our response. */
  refer(to: string, referredBy?: string): Promise<number>
  hangUp(): Promise<void>
  /** Resolves with the status line of each NOTIFY, once there are this many. */
  news(count: number): Promise<readonly string[]>
  stop(): Promise<void>
}

class FakeReferrer implements Referrer {
  readonly #signaling = new FakeSignaling()
  #leg: FakeLeg | undefined
  #news: readonly string[] = []

  begin(): Promise<Leg> {
    this.#signaling.onInvite(() => undefined)
    this.#leg = this.#signaling.call('sip:support@example.com').answer(sdp('us'))
    this.#leg.confirm()
    return Promise.resolve(this.#leg)
  }

  refer(to: string, referredBy?: string): Promise<number> {
    const answer = this.#leg?.refer({ to, ...(referredBy !== undefined && { referredBy }) })
    this.#news = answer?.news ?? []
    return Promise.resolve(answer?.rejected ?? (answer?.accepted ? 202 : 0))
  }

  hangUp(): Promise<void> {
    this.#leg?.end({ kind: 'hungUp' })
    return Promise.resolve()
  }

  news = (): Promise<readonly string[]> => Promise.resolve(this.#news)
  stop = (): Promise<void> => Promise.resolve()
}

/** A phone over UDP that writes its own messages. */
class PhoneReferrer implements Referrer {
  readonly #socket: Socket = createSocket('udp4')
  readonly #news: string[] = []
  readonly #finals: string[] = []
  #port = 0
  readonly #callId = randomUUID()
  #to = '<sip:support@example.com>'
  #cseq = 0
  #ours: UnderTest | undefined

  constructor(private readonly make: () => UnderTest | Promise<UnderTest>) {}

  async begin(): Promise<Leg> {
    this.#ours = await this.make()
    const { signaling } = this.#ours
    const [address = ''] = await signaling.start()
    this.#port = Number(address.split(':').at(-1))
    this.#socket.bind(0, '127.0.0.1')
    await once(this.#socket, 'listening')
    this.#socket.on('message', bytes => this.#heard(bytes.toString('latin1')))
    const leg = new Promise<Leg>(resolve => signaling.onInvite(call => resolve(call.answer(sdp('us')))))
    const answer = await this.#ask('INVITE', ['Content-Type: application/sdp'], sdp('carol').text)
    this.#to = /^To: (.*)\r$/m.exec(answer)?.[1] ?? assert.fail(answer)
    this.#send('ACK', [], '')
    return leg
  }

  async refer(to: string, referredBy?: string): Promise<number> {
    const headers = [`Refer-To: <${to}>`, ...(referredBy === undefined ? [] : [`Referred-By: ${referredBy}`])]
    return Number((await this.#ask('REFER', headers, '')).split(' ')[1])
  }

  async hangUp(): Promise<void> {
    await this.#ask('BYE', [], '')
  }

  async news(count: number): Promise<readonly string[]> {
    while (this.#news.length < count) await once(this.#socket, 'message')
    return this.#news
  }

  async stop(): Promise<void> {
    await this.#ours?.stop()
    this.#socket.close()
  }

  #heard(text: string): void {
    if (/^SIP\/2\.0 [2-6]/.test(text)) this.#finals.push(text)
    if (!text.startsWith('NOTIFY')) return
    const line = /\r\n\r\nSIP\/2\.0 (.*)\r\n/.exec(text)?.[1]
    if (line !== undefined && line !== this.#news.at(-1)) this.#news.push(line)
    const copied = text.split('\r\n').filter(each => /^(?:Via|From|To|Call-ID|CSeq):/.test(each))
    this.#socket.send(['SIP/2.0 200 OK', ...copied, 'Content-Length: 0', '', ''].join('\r\n'), this.#port, '127.0.0.1')
  }

  async #ask(method: string, headers: readonly string[], body: string): Promise<string> {
    this.#send(method, headers, body)
    for (;;) {
      const at = this.#finals.findIndex(text => text.includes(`CSeq: ${this.#cseq} ${method}\r`))
      const [found] = at < 0 ? [] : this.#finals.splice(at, 1)
      if (found !== undefined) return found
      await once(this.#socket, 'message')
    }
  }

  #send(method: string, headers: readonly string[], body: string): void {
    if (method !== 'ACK') this.#cseq += 1
    const { port } = this.#socket.address()
    const lines = [
      `${method} sip:support@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${this.#callId}${method}${this.#cseq}`,
      'From: <sip:carol@example.com>;tag=carol',
      `To: ${this.#to}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${this.#cseq} ${method}`,
      `Contact: <sip:carol@127.0.0.1:${port}>`,
      ...headers,
      `Content-Length: ${body.length}`,
    ]
    this.#socket.send([...lines, '', body].join('\r\n'), this.#port, '127.0.0.1')
  }
}

for (const [engine, make] of [
  ['fake', () => new FakeReferrer()],
  ['embedded', () => new PhoneReferrer(embedded)],
  ['drachtio', () => new PhoneReferrer(behindDrachtio)],
] as const) {
  describe(`a REFER from the peer: ${engine}`, () => {
    let peer: Referrer
    let leg: Leg
    beforeEach(async () => {
      peer = make()
      leg = await peer.begin()
    })
    afterEach(() => peer.stop())

    const listen = (refer?: LegListener['refer']) => leg.listen({ ...(refer && { refer }), ended: () => undefined })

    it('reports the target', async () => {
      let came: InboundRefer | undefined
      listen(request => {
        came = request
        request.reject(404)
      })
      assert.equal(await peer.refer('sip:bob@example.com', '<sip:carol@example.com>'), 404)
      assert.deepEqual([came?.to, came?.replaces], ['sip:bob@example.com', undefined])
    })

    it('sends the progress of the transfer to the peer, up to its end', async () => {
      listen(request => {
        const progress = request.accept()
        void peer.news(1).then(() => progress.ringing())
        void peer.news(2).then(() => {
          progress.done(200, 'OK')
          progress.done(486)
        })
      })
      assert.equal(await peer.refer('sip:bob@example.com'), 202)
      assert.deepEqual((await peer.news(3)).slice(0, 3), ['100 Trying', '180 Ringing', '200 OK'])
    })

    // A drachtio-server forgets the dialog with its BYE (docs/operations/drachtio.md).
    if (engine !== 'drachtio')
      it('sends it even when the leg is over', async () => {
        let end: (() => void) | undefined
        listen(request => {
          const progress = request.accept()
          end = () => progress.done(603, 'Decline')
        })
        await peer.refer('sip:bob@example.com')
        await peer.hangUp()
        end?.()
        assert.deepEqual(await peer.news(2), ['100 Trying', '603 Decline'])
      })

    it('is declined when its owner does not handle it', async () => {
      listen()
      assert.equal(await peer.refer('sip:bob@example.com'), 603)
    })
  })
}
