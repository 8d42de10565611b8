import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { systemClock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import type { InboundCall } from '../../../src/legs/answering.js'
import type { CallerLimits } from '../../../src/signaling/caller-shares.js'
import { EmbeddedSignaling } from '../../../src/signaling/embedded.js'
import { digestOf, nonceIn } from '../../fakes/digest.js'
import { accounts, password } from '../sip/registrar/asking.js'
import { requestText } from '../sip/transaction/messages.js'
import { seededBytes } from '../sip/transaction/pair.js'

describe('a server with its maximum number of calls', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    await Promise.all(closing.splice(0).map(close => close()))
  })

  it('answers a trusted peer’s next INVITE with 503 and Retry-After, and accepts calls again when it has room', async () => {
    let full: 'maxCalls' | 'memory' | undefined = 'maxCalls'
    const signaling = new EmbeddedSignaling({
      sip: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }], trustedPeers: ['127.0.0.1'] },
      ...{ clock: systemClock, log: silentLog, random: seededBytes(1) },
      calls: { refused: () => full },
    })
    let calls = 0
    signaling.onInvite(call => {
      calls += 1
      call.reject(486)
    })
    const [address = ''] = await signaling.start()
    closing.push(() => signaling.stop())
    const socket = createSocket('udp4')
    closing.push(() => socket.close())
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const answerTo = async (callId: string): Promise<string> => {
      const final = new Promise<string>(resolve => {
        socket.on('message', bytes => {
          const text = bytes.toString()
          if (text.includes(`Call-ID: ${callId}\r\n`) && !text.startsWith('SIP/2.0 100')) resolve(text)
        })
      })
      const via = `SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK${callId}`
      socket.send(requestText({ method: 'INVITE', via, callId }), Number(/:(\d+)$/.exec(address)?.[1]), '127.0.0.1')
      return final
    }
    assert.match(await answerTo('a'), /^SIP\/2\.0 503 [^]*Retry-After: 30/)
    full = 'memory'
    assert.match(await answerTo('b'), /^SIP\/2\.0 503 [^]*Retry-After: 30/)
    full = undefined
    assert.match(await answerTo('c'), /^SIP\/2\.0 486 /)
    assert.equal(calls, 1)
    assert.deepEqual(
      ['maxCalls', 'memory'].map(why => signaling.statistics().rejected.get(why)),
      [1, 1],
    )
  })
})

describe('the limits of untrusted callers', () => {
  const closing: (() => unknown)[] = []
  let signaling: EmbeddedSignaling
  let port: number
  let calls: InboundCall[]
  let limits: CallerLimits
  beforeEach(async () => {
    limits = { perAccount: 2, perAddress: 100, together: 100 }
    await begin()
  })
  async function begin(): Promise<void> {
    calls = []
    signaling = new EmbeddedSignaling({
      sip: { listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }], trustedPeers: ['127.0.0.1'] },
      ...{ clock: systemClock, log: silentLog, random: seededBytes(1) },
      phones: { registration: accounts(['alice', 'carol']) },
      calls: { limits: () => limits },
    })
    signaling.onInvite(call => {
      calls.push(call)
      call.listen({ cancelled: () => undefined })
      call.progress(180)
    })
    const [address = ''] = await signaling.start()
    port = Number(/:(\d+)$/.exec(address)?.[1])
    const begun = signaling
    closing.push(() => begun.stop())
  }
  afterEach(async () => {
    for (const call of calls) call.reject(480)
    await Promise.all(closing.splice(0).map(close => close()))
  })

  interface Phone {
    /** Sends the password when challenged. Resolves with the first response that rings or is final. */
    readonly call: (user: string, callId: string) => Promise<string>
  }

  async function phoneAt(host: string): Promise<Phone> {
    const socket = createSocket('udp4')
    closing.push(() => socket.close())
    socket.bind(0, host)
    await once(socket, 'listening')
    const { port: own } = socket.address()
    const uri = 'sip:support@example.com'
    const ask = (user: string, callId: string, cseq: number, extra: readonly string[]): Promise<string> => {
      const answer = new Promise<string>(resolve => {
        socket.on('message', bytes => {
          const text = bytes.toString()
          if (text.includes(`Call-ID: ${callId}\r\nCSeq: ${cseq} `) && !text.startsWith('SIP/2.0 100')) resolve(text)
        })
      })
      const via = `SIP/2.0/UDP ${host}:${own};branch=z9hG4bK${callId}${cseq}`
      const text = requestText({ method: 'INVITE', uri, via, callId, cseq, extra })
      socket.send(text.replace('<sip:alice@192.0.2.1>;tag', `<sip:${user}@example.com>;tag`), port, '127.0.0.1')
      return answer
    }
    return {
      call: async (user, callId) => {
        const first = await ask(user, callId, 1, [`User-Agent: ${'x'.repeat(600)}`])
        if (!first.startsWith('SIP/2.0 401')) return first
        const words = { user, password, nonce: nonceIn(first), method: 'INVITE', uri }
        return ask(user, callId, 2, [`Authorization: ${digestOf(words)}`])
      },
    }
  }

  const counted = (why: string): number | undefined => signaling.statistics().rejected.get(why)

  it('allow an account a number of calls, refuse more with 486, and allow another one when one is over', async () => {
    const phone = await phoneAt('127.0.0.2')
    for (const id of ['a', 'b']) assert.match(await phone.call('alice', id), /^SIP\/2\.0 180 /)
    assert.match(await phone.call('alice', 'c'), /^SIP\/2\.0 486 [^]*Retry-After: 30/)
    assert.match(
      await (await phoneAt('127.0.0.3')).call('alice', 'd'),
      /^SIP\/2\.0 486 /,
      'the limit is the same from any address',
    )
    assert.match(await phone.call('carol', 'e'), /^SIP\/2\.0 180 /, 'another account has its own limit')
    assert.equal(counted('callsOfAccount'), 2)
    calls[0]?.reject(480)
    assert.match(await phone.call('alice', 'f'), /^SIP\/2\.0 180 /)
  })

  it('count a call until its dialog is over', async () => {
    limits = { ...limits, perAccount: 1 }
    const phone = await phoneAt('127.0.0.2')
    await phone.call('alice', 'a')
    const leg = calls[0]?.answer(undefined)
    assert.match(await phone.call('alice', 'b'), /^SIP\/2\.0 486 /)
    leg?.letGo()
    assert.match(await phone.call('alice', 'c'), /^SIP\/2\.0 180 /)
  })

  it('count calls from before a restart, answered or not', async () => {
    limits = { ...limits, perAccount: 3 }
    const phone = await phoneAt('127.0.0.2')
    for (const id of ['a', 'b', 'c']) await phone.call('alice', id)
    const answered = calls[0]?.answer(undefined)
    const leg = answered?.state()
    const [, ...early] = calls.map(call => call.state())
    answered?.letGo()
    for (const call of calls) call.letGo()
    await begin()
    const restored = leg && signaling.restoreLeg(JSON.parse(JSON.stringify(leg)) as object)
    for (const state of early)
      if (state) signaling.restoreCall(JSON.parse(JSON.stringify(state)) as object, call => calls.push(call))
    assert.ok(restored)
    assert.equal(calls.length, 2)
    const other = await phoneAt('127.0.0.3')
    assert.match(await other.call('alice', 'd'), /^SIP\/2\.0 486 /)
    restored.letGo()
    assert.match(await other.call('alice', 'e'), /^SIP\/2\.0 180 /)
    assert.match(await other.call('alice', 'f'), /^SIP\/2\.0 486 /)
    calls[0]?.reject(480)
    assert.match(await other.call('alice', 'g'), /^SIP\/2\.0 180 /)
  })

  it('apply to an address, for all accounts that call from there', async () => {
    limits = { ...limits, perAddress: 1 }
    const phone = await phoneAt('127.0.0.2')
    assert.match(await phone.call('alice', 'a'), /^SIP\/2\.0 180 /)
    assert.match(await phone.call('carol', 'b'), /^SIP\/2\.0 486 [^]*Retry-After: 30/)
    assert.match(await (await phoneAt('127.0.0.3')).call('carol', 'c'), /^SIP\/2\.0 180 /)
    assert.equal(counted('callsFromAddress'), 1)
  })

  it('keep the rest for trusted peers, who have no such limit', async () => {
    limits = { ...limits, together: 1 }
    const phone = await phoneAt('127.0.0.2')
    assert.match(await phone.call('alice', 'a'), /^SIP\/2\.0 180 /)
    assert.match(await phone.call('carol', 'b'), /^SIP\/2\.0 503 [^]*Retry-After: 30/)
    const pbx = await phoneAt('127.0.0.1')
    for (const id of ['c', 'd', 'e']) assert.match(await pbx.call('alice', id), /^SIP\/2\.0 180 /)
    assert.equal(counted('keptForPeers'), 1)
  })
})
