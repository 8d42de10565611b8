import assert from 'node:assert/strict'
import { agentUri } from './harness/config.js'
import { eventually } from './harness/eventually.js'
import { onWire, type Wire } from './harness/wire.js'
import { accept, ackComes, answerLast, answers, hungUpOn, rings } from './phones/agents.js'
import { ack, answered, bye, callerRequest, invite, ok } from './phones/callers.js'
import { label, noBody, pause, receive, scenario, sdp } from './phones/steps.js'
import { isTransferred, refers } from './phones/transfers.js'

const twoAgents = { groups: [{ name: 'support', method: 'serial' as const, agents: ['alice', 'dave'] }] }
async function oneAgent(wire: Wire, phone: string): Promise<void> {
  await wire.phone('alice', phone)
  await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] })
}

describe('REFER', () => {
  it('blind, by the agent: the target rings with the caller’s name, the caller gets there, the agent is free, and NOTIFYs report it', () =>
    onWire(async wire => {
      const alice = await wire.phone(
        'alice',
        refers(`Refer-To: <${agentUri('dave')}>`, 'Referred-By: <sip:somebody@example.org>'),
      )
      const dave = await wire.phone('dave', answers(20, 'dave'))
      await wire.serve(twoAgents)
      await (await wire.call('caller', 'support', isTransferred(), { timeout: 15 })).done()
      const news = (await alice.messages()).filter(({ method, direction }) => method === 'NOTIFY' && direction === 'received')
      assert.deepEqual(
        news.map(message => /^SIP\/2\.0 (\d+)/m.exec(message.body)?.[1]),
        ['100', '180', '200'],
      )
      const [offer] = (await dave.messages()).filter(({ method }) => method === 'INVITE')
      assert.deepEqual(offer?.header('Referred-By'), ['<sip:alice@example.com>'])
      assert.match(offer?.header('From')[0] ?? '', /Ann Caller/)
      assert.equal(await wire.server.metric('carillon_calls_total', { result: 'answered' }), 1)
    }))

  it('attended: the target gets a Replaces that names its dialog with the agent', () =>
    onWire(async wire => {
      await wire.phone('alice', refers(`Refer-To: <${agentUri('dave')}?Replaces=consult%40desk%3Bto-tag%3Dt1%3Bfrom-tag%3Df1>`))
      const dave = await wire.phone('dave', answers(20, 'dave'))
      await wire.serve(twoAgents)
      await (await wire.call('caller', 'support', isTransferred(), { timeout: 15 })).done()
      const [offer] = (await dave.messages()).filter(({ method }) => method === 'INVITE')
      assert.deepEqual(offer?.header('Replaces'), ['consult@desk;to-tag=t1;from-tag=f1'])
    }))
})

describe('INVITE with Replaces', () => {
  it('takes the caller’s place: the agent gets the new caller’s media and keeps talking', () =>
    onWire(async wire => {
      const agent = [
        ...[...rings(20), accept('alice'), ackComes, receive('INVITE', { keepRoute: true })],
        ...[answerLast(200, 'OK', sdp('alice', 'sendrecv', 2), { retransmit: 500 }), ackComes, ...hungUpOn, label('over')],
      ]
      const alice = await wire.phone('alice', scenario('is taken over', agent))
      await wire.serve({ groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] })
      const first = await wire.call(
        'first',
        'support',
        scenario('is replaced', [invite(), ...answered(), ack(), receive('BYE'), ok]),
      )
      await eventually('they talk', async () => (await wire.server.calls())[0]?.state === 'connected')
      const answer = (await first.messages()).find(({ startLine }) => startLine.startsWith('SIP/2.0 200'))
      assert.ok(answer)
      const tagOf = (name: string): string => /;tag=([^;\s]+)/.exec(answer.header(name)[0] ?? '')?.[1] ?? ''
      const [callId] = answer.header('Call-ID')
      const replaces = `Replaces: ${callId};to-tag=${tagOf('To')};from-tag=${tagOf('From')}`
      const takes = [invite([replaces, ...sdp('boss')]), ...answered(), ack(), pause(200), bye(), receive(200)]
      await (await wire.call('boss', 'support', scenario('takes over', takes))).done()
      const [, again] = (await alice.messages()).filter(
        ({ method, direction }) => method === 'INVITE' && direction === 'received',
      )
      assert.match(again?.body ?? '', /^o=caller .*\r?$/m)
      assert.equal(await wire.server.metric('carillon_calls_total', { result: 'answered' }), 1)
    }))
})

describe('UPDATE', () => {
  it('from the caller causes a re-INVITE to the agent, whose answer comes back (RFC 3311)', () =>
    onWire(async wire => {
      const agent = [
        ...[...rings(20), accept('alice'), ackComes, receive('INVITE', { keepRoute: true })],
        ...[answerLast(200, 'OK', sdp('alice', 'recvonly', 2), { retransmit: 500 }), ackComes, ...hungUpOn, label('over')],
      ]
      await oneAgent(wire, scenario('is held', agent))
      const holds = [
        ...[invite(), ...answered(), ack(), callerRequest('UPDATE', 2, sdp('caller', 'sendonly', 2), { retransmit: 500 })],
        ...[receive(200), pause(100), bye(3), receive(200)],
      ]
      const caller = await wire.call('caller', 'support', scenario('updates', holds))
      await caller.done()
      const update = (await caller.messages()).find(
        message => message.direction === 'received' && /UPDATE/.test(message.header('CSeq')[0] ?? ''),
      )
      assert.match(update?.body ?? '', /a=recvonly/)
    }))
})

describe('PRACK', () => {
  it('acknowledges the 180 of a caller who requires reliable progress (RFC 3262)', () =>
    onWire(async wire => {
      await oneAgent(wire, answers(300))
      const prack = callerRequest('PRACK', 2, ['RAck:[$rseq] 1 INVITE', ...noBody], { retransmit: 500 })
      const caller = await wire.call(
        'caller',
        'support',
        scenario('requires 100rel', [
          invite(['Require: 100rel', ...sdp('caller')]),
          receive(100, { optional: true }),
          receive(180, { keepRoute: true, remember: [{ header: 'RSeq', variable: 'rseq' }] }),
          prack,
          receive(200),
          receive(200, { keepRoute: true }),
          ack(),
          pause(50),
          bye(3),
          receive(200),
        ]),
      )
      await caller.done()
      const ringing = (await caller.messages()).find(({ startLine }) => startLine.startsWith('SIP/2.0 180'))
      assert.ok(ringing?.header('RSeq')[0])
    }))
})

describe('Session timers', () => {
  it('busy-means-dialog: a caller whose BYE was lost is found by the missing refresh, and the agent is free (RFC 4028)', () =>
    onWire(async wire => {
      await oneAgent(wire, answers())
      const vanishes = [invite(['Supported: timer', 'Session-Expires: 90;refresher=uac', ...sdp('caller')]), ...answered(), ack()]
      await (await wire.call('caller', 'support', scenario('vanishes', vanishes))).done()
      await eventually('the agent is free', async () => (await wire.server.calls()).length === 0, 100_000)
      assert.equal(await wire.server.metric('carillon_calls_total', { result: 'answered' }), 1)
    }, 115_000)).timeout(120_000)
})
