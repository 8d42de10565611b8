import assert from 'node:assert/strict'
import { onWire } from './harness/wire.js'
import { answers, answersInARace, declines, refuses, ringsOn } from './phones/agents.js'
import { cancelsWhileWaiting, talks } from './phones/callers.js'

const serial = (...agents: string[]) => ({
  groups: [{ name: 'support', method: 'serial', agents, agentAlertTime: '10s' }] as const,
})

describe('Outcomes of an offer', () => {
  it('answered: the caller gets the agent’s SDP, and the agent the caller’s', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers(50, 'alice'))
      await wire.serve(serial('alice'))
      const caller = await wire.call('caller', 'support', talks())
      await caller.done()

      const offer = await alice.received('INVITE')
      assert.match(offer.body, /^o=caller /m)
      assert.match((await caller.received(200)).body, /^o=alice /m)
      assert.ok((await caller.received(180)).at >= offer.at)
      assert.match(offer.header('From')[0] ?? '', /^"support: Ann Caller" <sip:\+15550100/)
      assert.match(offer.header('History-Info').join(), /sip:support@example\.com/)
      assert.match(offer.header('Diversion').join(), /sip:support@example\.com/)
      assert.match(offer.header('Call-Info').join(), /^<https:\/\/rgs\.example\.com\/calls\/[\w-]+>;purpose=info$/)
      assert.match(offer.header('Reject-Contact').join(), /automata/)
      assert.notEqual(offer.callId, (await caller.received(200)).callId)
    }))

  for (const [status, phrase] of [
    [486, 'Busy Here'],
    [603, 'Decline'],
    [404, 'Not Found'],
    [408, 'Request Timeout'],
    [480, 'Temporarily Unavailable'],
    [500, 'Server Internal Error'],
    [503, 'Service Unavailable'],
    [302, 'Moved Temporarily'],
  ] as const)
    it(`${status} ${phrase}: the next agent rings, and the caller hears nothing of it`, () =>
      onWire(async wire => {
        await wire.phone('alice', refuses(status, phrase))
        await wire.phone('bob', answers())
        await wire.serve(serial('alice', 'bob'))
        const caller = await wire.call('caller', 'support', talks())
        await caller.done()
        assert.deepEqual(await wire.rung(), ['alice', 'bob'])
        const failures = (await caller.messages()).filter(message => (message.status ?? 0) >= 300)
        assert.deepEqual(failures, [])
      }))

  it('no answer: the phone stops ringing after the alert time and the next agent rings', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', ringsOn())
      const bob = await wire.phone('bob', answers())
      await wire.serve(serial('alice', 'bob'))
      const caller = await wire.call('caller', 'support', talks())
      const first = await alice.received('INVITE')
      const second = await bob.received('INVITE', 15_000)
      await caller.done()
      const rang = second.at - first.at
      assert.ok(rang >= 9_900 && rang < 11_000, `alice rang ${rang} ms`)
    }))

  it('declined: the agent is not offered that call again soon, but gets the next one', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', declines(50))
      await wire.serve(serial('alice'))
      const first = await wire.call('first', 'support', cancelsWhileWaiting(2000))
      await alice.received('ACK')
      const second = await wire.call('second', 'support', cancelsWhileWaiting(300))
      await alice.receivedNth('INVITE', 2)
      await Promise.all([first.done(), second.done()])
      assert.equal((await wire.rung()).length, 2)
    }))

  it('two agents answer at the same moment: one gets the caller, the other gets an ACK and a BYE at once', () =>
    onWire(async wire => {
      // SIPp gives up a call when CANCEL comes between its decision to answer and its 200. A real phone sends the 200.
      const goesOn = { extra: ['-default_behaviors', 'all,-abortunexp'] }
      const phones = [
        await wire.phone('alice', answersInARace(200, 'alice'), goesOn),
        await wire.phone('bob', answersInARace(200, 'bob'), goesOn),
      ]
      await wire.serve({ groups: [{ name: 'support', method: 'parallel', agents: ['alice', 'bob'] }] })
      const caller = await wire.call('caller', 'support', talks(400))
      await caller.done()
      const winner = /o=(\w+)/.exec((await caller.received(200)).body)?.[1]
      const hungUp = await caller.sent('BYE')
      for (const phone of phones) {
        if (phone.name === winner) {
          // Two SIPp processes take these times, each in its own loop.
          assert.ok((await phone.received('BYE')).at >= hungUp.at - 100, `${phone.name} was hung up before the caller left`)
          continue
        }
        const byes = (await phone.messages()).filter(message => message.method === 'BYE')
        assert.ok(
          byes.every(message => message.at < hungUp.at),
          `${phone.name} lost and was not hung up at once`,
        )
      }
    }))
})
