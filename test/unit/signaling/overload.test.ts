import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { systemClock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { EmbeddedSignaling } from '../../../src/signaling/embedded.js'
import { Overload } from '../../../src/sip/index.js'
import { OverloadControl, usualLimits } from '../../../src/sip/overload/control.js'
import { FakeClock } from '../../fakes/clock.js'
import { messagesOf, spiedLog } from '../../fakes/spies.js'
import { requestText, type RequestText } from '../sip/transaction/messages.js'
import { seededBytes } from '../sip/transaction/pair.js'

/** A server with phones on loopback. The delay of its messages is what the test says. */
class Setting {
  readonly clock = new FakeClock()
  readonly log = spiedLog()
  readonly control = new OverloadControl({ ...usualLimits, leastRate: 0 })
  readonly told: string[] = []
  refuses = true
  readonly #closing: (() => unknown)[] = []
  overload: Overload | undefined
  #signaling: EmbeddedSignaling | undefined
  #port = 0

  async start(trustedPeers: readonly string[] = ['127.0.0.1']): Promise<this> {
    const overload = (this.overload = new Overload({
      ...{ clock: this.clock, log: this.log, secret: 7, control: this.control },
      ...{ refuses: () => this.refuses, rested: () => 0 },
    }))
    const signaling = new EmbeddedSignaling({
      sip: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }], trustedPeers, captureBytes: 1_000_000 },
      ...{ clock: systemClock, log: silentLog, random: seededBytes(1) },
      calls: { overload },
    })
    signaling.onInvite(call => {
      const { requestUri } = call.invite
      this.told.push(`call ${requestUri}`)
      call.listen({
        cancelled: () => {
          this.told.push('cancelled')
          call.reject(487)
        },
      })
      if (requestUri.includes('ring')) return call.progress(180)
      if (!requestUri.includes('talk')) return call.reject(480)
      const leg = call.answer({ type: 'application/sdp', text: 'v=0\r\n' })
      leg.listen({
        renegotiation: request => {
          this.told.push('re-INVITE')
          request.reject(488)
        },
        ended: () => void this.told.push('ended'),
      })
    })
    const [address = ''] = await signaling.start()
    this.#port = Number(/:(\d+)$/.exec(address)?.[1])
    this.#signaling = signaling
    this.#closing.push(() => signaling.stop())
    return this
  }

  /** Messages wait for so many ms, for as long as it takes to refuse calls. */
  overloaded(delay = 500): void {
    for (let looks = 0; looks < 12; looks += 1) {
      this.control.look(this.clock.monotonic() + looks * 50, { late: 0, delay })
    }
  }

  counted(why: string): number {
    return this.#signaling?.statistics().rejected.get(why) ?? 0
  }

  async phone() {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    this.#closing.push(() => socket.close())
    const { port } = socket.address()
    const send = (options: RequestText): void => {
      const via = `SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${options.callId ?? ''}${options.cseq ?? 1}`
      socket.send(requestText({ via, ...options }), this.#port, '127.0.0.1')
    }
    const next = (callId: string, is = /^SIP\/2\.0 (?!100)/): Promise<string> =>
      new Promise(resolve => {
        const heard = (bytes: Buffer): void => {
          const text = bytes.toString()
          if (!text.includes(`Call-ID: ${callId}\r\n`) || !is.test(text)) return
          socket.off('message', heard)
          resolve(text)
        }
        socket.on('message', heard)
      })
    return {
      send,
      next,
      ask: (options: RequestText & { readonly callId: string }, is?: RegExp): Promise<string> => {
        const answer = next(options.callId, is)
        send(options)
        return answer
      },
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#closing.splice(0).map(close => close()))
  }
}

const withOffer = { extra: ['Content-Type: application/sdp'], body: 'v=0\r\n' }

const tagIn = (response: string): string => /^To:.*;tag=(\S+)/im.exec(response)?.[1] ?? ''

describe('a server whose messages wait for too long', () => {
  let setting: Setting
  beforeEach(() => {
    setting = new Setting()
  })
  afterEach(() => setting.close())

  it('refuses a new call with 503 and Retry-After, counts it, and tells the log once a second', async () => {
    await setting.start()
    const phone = await setting.phone()
    setting.overloaded()
    const refusal = await phone.ask({ method: 'INVITE', callId: 'new' })
    assert.match(refusal, /^SIP\/2\.0 503 [^]*Retry-After: [1-4]\r\n/)
    await phone.ask({ method: 'INVITE', callId: 'other' })
    assert.deepEqual([setting.counted('overload'), setting.told], [2, []])
    setting.clock.pass(1_000)
    setting.clock.pass(1_000)
    const [line = '', ...more] = messagesOf(setting.log.warn)
    assert.match(line, /^overload: .* 2 new calls got 503: 2 of trusted peers, 0 of known phones, 0 of strangers/)
    assert.equal(more.length, 0)
  })

  it('lets everything pass that belongs to a call: re-INVITE, BYE, CANCEL, and the INVITE of a call that it serves', async () => {
    await setting.start()
    const phone = await setting.phone()
    const answered = await phone.ask({ method: 'INVITE', callId: 'talk', uri: 'sip:talk@192.0.2.9', ...withOffer })
    assert.match(answered, /^SIP\/2\.0 200 /)
    phone.send({ method: 'ACK', callId: 'talk', toTag: tagIn(answered) })
    await phone.ask({ method: 'INVITE', callId: 'rings', uri: 'sip:ring@192.0.2.9' })
    setting.overloaded()
    assert.match(await phone.ask({ method: 'INVITE', callId: 'rings', uri: 'sip:ring@192.0.2.9' }), /^SIP\/2\.0 180 /)
    const cancelled = phone.next('rings', /^SIP\/2\.0 487/)
    assert.match(await phone.ask({ method: 'CANCEL', callId: 'rings', uri: 'sip:ring@192.0.2.9' }, /CANCEL/), /^SIP\/2\.0 200 /)
    await cancelled
    const toTag = tagIn(answered)
    assert.match(await phone.ask({ method: 'INVITE', callId: 'talk', cseq: 2, toTag, ...withOffer }), /^SIP\/2\.0 488 /)
    phone.send({ method: 'ACK', callId: 'talk', cseq: 2, toTag })
    assert.match(await phone.ask({ method: 'BYE', callId: 'talk', cseq: 3, toTag }), /^SIP\/2\.0 200 /)
    assert.match(await phone.ask({ method: 'OPTIONS', callId: 'ping' }), /^SIP\/2\.0 200 /)
    assert.equal(setting.counted('overload'), 0)
    assert.deepEqual(setting.told.slice(2), ['cancelled', 're-INVITE', 'ended'])
  })

  it('refuses a retransmission of a refused call too, although calls are admitted again', async () => {
    await setting.start()
    const phone = await setting.phone()
    setting.overloaded()
    await phone.ask({ method: 'INVITE', callId: 'refused' })
    for (let looks = 0; looks < 300; looks += 1)
      setting.control.look(setting.clock.monotonic() + 2_000 + looks * 50, { late: 0, delay: 0 })
    assert.equal(setting.control.level, 'none')
    assert.match(await phone.ask({ method: 'INVITE', callId: 'refused' }), /^SIP\/2\.0 503 /)
    assert.match(await phone.ask({ method: 'INVITE', callId: 'next' }), /^SIP\/2\.0 480 /)
  })

  it('refuses an INVITE in an unusual form like any other', async () => {
    await setting.start()
    const phone = await setting.phone()
    setting.overloaded()
    const extra = ['X-Long: a', ...Array.from({ length: 60 }, () => `X-Long: ${'x'.repeat(80)}`)]
    assert.match(await phone.ask({ method: 'INVITE', callId: 'long', extra }), /^SIP\/2\.0 503 [^]*Retry-After: [1-4]\r\n/)
    assert.equal(setting.counted('overload'), 1)
  })

  it('answers strangers only as often as usual, and counts them apart', async () => {
    await setting.start([])
    const phone = await setting.phone()
    setting.overloaded()
    assert.match(await phone.ask({ method: 'INVITE', callId: 's0' }), /^SIP\/2\.0 503 /)
    for (let call = 1; call < 30; call += 1) phone.send({ method: 'INVITE', callId: `s${call}` })
    // Its answer comes after the others were read, because the socket keeps their order.
    await phone.ask({ method: 'OPTIONS', callId: 'after' })
    assert.deepEqual([setting.counted('overloadStranger'), setting.counted('overload')], [30, 0])
  })

  it('admits all calls with sip.overload.refuse: false', async () => {
    await setting.start()
    const phone = await setting.phone()
    setting.overloaded()
    assert.equal(setting.overload?.state.refuses, true)
    setting.refuses = false
    assert.equal(setting.overload.state.refuses, false)
    assert.match(await phone.ask({ method: 'INVITE', callId: 'new' }), /^SIP\/2\.0 480 /)
  })

  it('tells a peer that announces overload control which share of its calls to keep (RFC 7339)', async () => {
    await setting.start()
    const phone = await setting.phone()
    const via = (name: string): string => `SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bK${name};rport;oc;oc-algo="loss,rate"`
    const calm = await phone.ask({ method: 'OPTIONS', callId: 'calm', via: via('calm') })
    assert.match(calm, /^Via: [^\r]*;oc=0;oc-algo="loss";oc-validity=0;oc-seq=\d+\.\d{3}/im)
    setting.overloaded()
    for (let call = 0; call < 20; call += 1) {
      setting.clock.pass(50)
      await phone.ask({ method: 'INVITE', callId: `c${call}`, via: via(`c${call}`) })
    }
    const busy = await phone.ask({ method: 'INVITE', callId: 'busy', via: via('busy') })
    assert.match(busy, /^SIP\/2\.0 503 /)
    const loss = Number(/;oc=(\d+);oc-algo="loss";oc-validity=500;/.exec(busy)?.[1])
    assert.ok(loss > 50 && loss <= 95, `${loss} %`)
    const other = await phone.ask({ method: 'OPTIONS', callId: 'other', via: via('other').replace('loss,rate', 'rate') })
    assert.match(other, /;oc;oc-algo="rate"/)
  })

  it('tells nothing about its load to strangers', async () => {
    await setting.start([])
    const phone = await setting.phone()
    const via = 'SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKs;rport;oc;oc-algo="loss"'
    assert.match(await phone.ask({ method: 'OPTIONS', callId: 's', via }), /;oc;oc-algo="loss"/)
  })
})
