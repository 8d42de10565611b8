import assert from 'node:assert/strict'
import { onWire } from './harness/wire.js'
import { answers, answersAndHangsUp } from './phones/agents.js'
import { asksOptions, isRefused, talks, waitsForHangUp } from './phones/callers.js'

const support = { groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] } as const
const everywhere = ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', 'udp://[::1]:0', 'tcp://[::1]:0']

describe('Transports and peers', () => {
  for (const [callerBy, agentBy] of [
    ['tcp', 'tcp'],
    ['tcp', 'udp'],
    ['udp', 'tcp'],
  ] as const)
    it(`a caller over ${callerBy.toUpperCase()} and an agent over ${agentBy.toUpperCase()} talk`, () =>
      onWire(async wire => {
        const alice = await wire.phone('alice', answers(20, 'alice'), { transport: agentBy })
        await wire.serve({ ...support, listen: everywhere })
        const caller = await wire.call('caller', 'support', talks(), { transport: callerBy, calls: 3 })
        await caller.done()
        assert.match((await alice.received('INVITE')).header('Via')[0] ?? '', new RegExp(`^SIP/2.0/${agentBy} `, 'i'))
        assert.match((await caller.received(200)).body, /^o=alice /m)
      }))

  it('an agent over TCP hangs up a caller over TCP', () =>
    onWire(async wire => {
      await wire.phone('alice', answersAndHangsUp(20, 50), { transport: 'tcp' })
      await wire.serve({ ...support, listen: everywhere })
      await (await wire.call('caller', 'support', waitsForHangUp(), { transport: 'tcp' })).done()
    }))

  for (const transport of ['udp', 'tcp'] as const)
    it(`caller and agent over IPv6 and ${transport.toUpperCase()} talk`, () =>
      onWire(async wire => {
        const alice = await wire.phone('alice', answers(20, 'alice'), { host: '::1', transport })
        await wire.serve({ ...support, listen: everywhere })
        await (await wire.call('caller', 'support', talks(), { host: '::1', transport })).done()
        assert.match((await alice.received('INVITE')).header('Contact')[0] ?? '', /\[::1\]/)
      }))

  it('a caller over IPv6 and an agent over IPv4 talk', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({ ...support, listen: everywhere })
      await (await wire.call('caller', 'support', talks(), { host: '::1' })).done()
    }))

  it('an untrusted peer gets 403, whether the number exists or not, and is counted', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve({ ...support, listen: ['udp://0.0.0.0:0'] })
      const to = `127.0.0.1:${wire.server.sip().split(':')[1] ?? ''}`
      const known = await wire.call('known', 'support', isRefused(403), { host: '127.0.0.2', to })
      const unknown = await wire.call('unknown', 'no-such-number', isRefused(403), { host: '127.0.0.2', to })
      await Promise.all([known.done(), unknown.done()])
      const [first, second] = [await known.received(403), await unknown.received(403)]
      assert.equal(first.startLine, second.startLine)
      assert.equal(first.body, second.body)
      assert.deepEqual(await wire.rung(), [])
      assert.equal(await wire.server.metric('carillon_sip_rejected_total', { reason: 'untrusted' }), 2)
    }))

  it('a number of no workflow gets 404', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve(support)
      await (await wire.call('caller', 'no-such-number', isRefused(404))).done()
    }))

  it('OPTIONS is answered with the allowed methods', () =>
    onWire(async wire => {
      await wire.phone('alice', answers())
      await wire.serve(support)
      const peer = await wire.call('peer', 'support', asksOptions())
      await peer.done()
      const answer = await peer.received(200)
      for (const method of ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS'])
        assert.match(answer.header('Allow').join(), new RegExp(`\\b${method}\\b`))
    }))
})
