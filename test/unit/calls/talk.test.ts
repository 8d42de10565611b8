import assert from 'node:assert/strict'
import { FakeSignaling, sdp, type FakeLeg, type FakePhone, type ReferAnswer } from '../../fakes/signaling.js'
import { WorldBuilder } from '../routing/build.js'
import { callSettings, Shell } from './shell.js'

const routing = new WorldBuilder().group('support', 'serial', ['alice', 'bob']).queue('support', ['support']).settings()
const held = { ...sdp('alice'), text: sdp('alice').text + 'a=sendonly\r\n' }

/** carol talks to alice. REFERs go through a proxy. */
function talking(anonymous = false) {
  const transfers = { byCallers: true, allow: [{ kind: 'host' as const, host: 'example.com' }] }
  const shell = new Shell(routing, callSettings(routing, { outboundProxy: 'sip:pbx.example.com', transfers }, anonymous))
  const caller = shell.dial('support')
  const agent = shell.phone('alice').answer(sdp('alice'))
  caller.leg?.confirm()
  const { leg } = caller
  assert.ok(leg && agent)
  return { shell, caller: leg, agent }
}

/** The phone of the transfer target. */
const target = (signaling: FakeSignaling): FakePhone => {
  const phone = signaling.phones.at(-1)
  assert.ok(phone?.state === 'calling')
  return phone
}

const accept = (leg: FakeLeg, owner: string): void =>
  leg.renegotiations[0]?.outcome({ kind: 'accepted', body: sdp(owner), acknowledge: () => undefined })

const refer = (leg: FakeLeg, to: string): ReferAnswer => leg.refer({ to })

describe('a blind transfer by the agent', () => {
  it('calls the target on behalf of the caller, brings the caller to it, and frees the agent', () => {
    const { shell, caller, agent } = talking()
    const news = refer(agent, 'sip:dave@example.com')
    const phone = target(shell.signaling)
    assert.deepEqual(phone.target, { uri: 'sip:dave@example.com', route: 'sip:pbx.example.com' })
    assert.deepEqual(phone.options.body, sdp('caller'))
    assert.equal(phone.options.limits?.heardWithin, 5_000)
    assert.deepEqual(
      phone.options.headers.find(([name]) => name === 'Referred-By'),
      ['Referred-By', '<sip:alice@example.com>'],
    )
    phone.ring()
    const dave = phone.answer(sdp('dave'))
    assert.match(caller.renegotiations[0]?.body?.text ?? '', /^s=dave calling\r$/m)
    accept(caller, 'caller')
    assert.deepEqual(news.news, ['100 Trying', '180 Ringing', '200 OK'])
    assert.ok(agent.ended)
    assert.deepEqual(
      shell.facts('callTransferred').map(({ by, agent: who }) => [by, who]),
      [['agent', 'sip:alice@example.com']],
    )
    assert.equal(shell.world.agents.get('sip:alice@example.com' as never)?.calls.length, 0)
    // Both talk: a hold is carried, and either BYE ends the call.
    dave?.reinvite(held)
    assert.match(caller.renegotiations[0]?.body?.text ?? '', /sendonly/)
    dave?.end({ kind: 'hungUp' })
    assert.ok(caller.ended)
    assert.deepEqual(
      shell.facts('callFinished').map(({ why, cause }) => [why, cause]),
      [['answered', 'forwardHungUp']],
    )
    assert.equal(shell.signaling.openLegs(), 0)
  })

  it('has a leg that belongs to the call, so that its SIP messages are found by the call’s id', () => {
    const { shell, agent } = talking()
    refer(agent, 'sip:dave@example.com')
    const [call] = shell.world.calls.keys()
    assert.deepEqual([...shell.signaling.calls.values()], [call])
    assert.deepEqual(
      shell.signaling.phones.map(({ options }) => options.call),
      [call, call],
    )
  })

  it('continues when the agent hangs up right after the 202', () => {
    const { shell, caller, agent } = talking()
    refer(agent, 'sip:dave@example.com')
    agent.end({ kind: 'hungUp' })
    assert.equal(caller.ended, undefined)
    assert.equal(shell.facts('callTransferred').length, 1)
    const dave = target(shell.signaling).answer(sdp('dave'))
    accept(caller, 'caller')
    assert.equal(shell.facts('callTransferred').length, 1)
    caller.end({ kind: 'hungUp' })
    assert.ok(dave?.ended)
    assert.equal(shell.facts('callFinished')[0]?.cause, 'callerHungUp')
  })

  it('changes nothing for caller and agent when the target does not answer', () => {
    const { shell, caller, agent } = talking()
    const news = refer(agent, 'sip:dave@example.com')
    target(shell.signaling).refuse(486)
    assert.match(news.news.at(-1) ?? '', /^486 /)
    assert.ok(!caller.ended && !agent.ended)
    agent.reinvite(held)
    assert.equal(caller.renegotiations.length, 1)
  })

  it('ends the call when the target does not answer and the agent has hung up', () => {
    const { shell, caller, agent } = talking()
    refer(agent, 'sip:dave@example.com')
    agent.end({ kind: 'hungUp' })
    target(shell.signaling).refuse(404)
    assert.ok(caller.ended)
    assert.equal(shell.facts('callFinished').length, 1)
    assert.equal(shell.world.calls.size, 0)
  })

  it('is cancelled when the caller hangs up', () => {
    const { shell, caller, agent } = talking()
    refer(agent, 'sip:dave@example.com')
    const phone = target(shell.signaling)
    caller.end({ kind: 'hungUp' })
    assert.equal(phone.state, 'cancelled')
    assert.ok(agent.ended)
    assert.equal(shell.facts('callFinished')[0]?.cause, 'callerHungUp')
  })

  it('hangs the target up when the caller’s phone refuses its media', () => {
    const { shell, caller, agent } = talking()
    const news = refer(agent, 'sip:dave@example.com')
    const dave = target(shell.signaling).answer(sdp('dave'))
    caller.renegotiations[0]?.outcome({ kind: 'rejected', status: 488, headers: [] })
    assert.ok(dave?.ended && !caller.ended && !agent.ended)
    assert.match(news.news.at(-1) ?? '', /^488 /)
  })

  it('fails with 488 when the target answers without SDP, and the caller gets no re-INVITE', () => {
    const { shell, caller, agent } = talking()
    const news = refer(agent, 'sip:dave@example.com')
    const dave = target(shell.signaling).answer('none')
    assert.match(news.news.at(-1) ?? '', /^488 /)
    assert.ok(dave?.ended && !caller.ended && !agent.ended)
    assert.equal(caller.renegotiations.length, 0)
  })

  it('offers the caller’s media to the target without the hold that the agent had set', () => {
    const { shell, caller, agent } = talking()
    agent.reinvite(held)
    const onHold = { ...sdp('caller'), text: `${sdp('caller').text}a=recvonly\r\n` }
    caller.renegotiations[0]?.outcome({ kind: 'accepted', body: onHold, acknowledge: () => undefined })
    refer(agent, 'sip:dave@example.com')
    assert.match(target(shell.signaling).options.body?.text ?? '', /a=sendrecv/)
  })

  it('sends the target a re-INVITE when the caller’s answer differs from the offer', () => {
    const { shell, caller, agent } = talking()
    refer(agent, 'sip:dave@example.com')
    const dave = target(shell.signaling).answer(sdp('dave'))
    const holds = { ...sdp('caller'), text: `${sdp('caller').text}a=sendonly\r\n` }
    caller.renegotiations[0]?.outcome({ kind: 'accepted', body: holds, acknowledge: () => undefined })
    assert.match(dave?.renegotiations[0]?.body?.text ?? '', /a=sendonly/)
  })

  it('returns the caller to the agent when the target hangs up before the caller is connected', () => {
    const { shell, caller, agent } = talking()
    const news = refer(agent, 'sip:dave@example.com')
    target(shell.signaling).answer(sdp('dave'))?.end({ kind: 'hungUp' })
    accept(caller, 'caller')
    assert.match(news.news.at(-1) ?? '', /^480 /)
    assert.match(caller.renegotiations[0]?.body?.text ?? '', /^s=alice calling\r$/m)
    assert.ok(!caller.ended && !agent.ended)
    assert.equal(shell.facts('callTransferred').length, 0)
  })

  it('ends the call when the target hangs up before the caller is connected and the agent is gone', () => {
    const { shell, caller, agent } = talking()
    refer(agent, 'sip:dave@example.com')
    agent.end({ kind: 'hungUp' })
    target(shell.signaling).answer(sdp('dave'))?.end({ kind: 'hungUp' })
    accept(caller, 'caller')
    assert.ok(caller.ended)
    assert.equal(shell.signaling.openLegs(), 0)
  })

  it('glare-is-defined: answers the caller’s re-INVITE with 491 during the transfer, and repeats ours that crossed it', () => {
    const { shell, caller, agent } = talking()
    const news = refer(agent, 'sip:dave@example.com')
    agent.end({ kind: 'hungUp' })
    assert.equal(caller.reinvite(held).rejected, 491)
    const dave = target(shell.signaling).answer(sdp('dave'))
    caller.renegotiations[0]?.outcome({ kind: 'rejected', status: 491, headers: [] })
    assert.ok(!caller.ended && !dave?.ended)
    shell.clock.pass(2_010)
    accept(caller, 'caller')
    assert.match(news.news.at(-1) ?? '', /^200 /)
    assert.ok(!caller.ended && !dave?.ended)
  })

  it('glare-is-defined: is over when the caller hangs up before our re-INVITE is repeated', () => {
    const { shell, caller, agent } = talking()
    refer(agent, 'sip:dave@example.com')
    const dave = target(shell.signaling).answer(sdp('dave'))
    caller.renegotiations[0]?.outcome({ kind: 'rejected', status: 491, headers: [] })
    caller.end({ kind: 'hungUp' })
    shell.clock.pass(4_000)
    assert.ok(dave?.ended && agent.ended)
    assert.equal(caller.renegotiations.length, 0)
  })

  it('is refused while another transfer is pending', () => {
    const { agent } = talking()
    refer(agent, 'sip:dave@example.com')
    assert.equal(refer(agent, 'sip:erin@example.com').rejected, 500)
  })

  it('reaches only agents when there is no proxy with rules for who may call what', () => {
    const shell = new Shell(routing)
    const caller = shell.dial('support')
    const agent = shell.phone('alice').answer(sdp('alice'))
    caller.leg?.confirm()
    assert.ok(agent)
    assert.equal(refer(agent, 'sip:+19005550100@example.com').rejected, 403)
    assert.equal(refer(agent, 'sip:bob@example.com').accepted, true)
  })

  it('carries Replaces when it is attended', () => {
    const { shell, agent } = talking()
    agent.refer({ to: 'sip:dave@example.com', replaces: { callId: 'c1', toTag: 't', fromTag: 'f', earlyOnly: false } })
    assert.deepEqual(
      target(shell.signaling).options.headers.find(([name]) => name === 'Replaces'),
      ['Replaces', 'c1;to-tag=t;from-tag=f'],
    )
  })
})

describe('a transfer by the caller', () => {
  it('brings the agent to the target, who sees the workflow and not the name of a hidden agent', () => {
    const { shell, caller, agent } = talking(true)
    refer(caller, 'sip:dave@example.com')
    const phone = target(shell.signaling)
    assert.equal(phone.options.from.uri, 'sip:support@example.com')
    assert.doesNotMatch(phone.options.body?.text ?? 'alice', /alice/)
    phone.answer(sdp('dave'))
    accept(agent, 'alice')
    assert.ok(caller.ended)
    assert.equal(shell.facts('callTransferred')[0]?.by, 'caller')
    assert.equal(shell.world.agents.get('sip:alice@example.com' as never)?.calls.length, 1, 'alice talks on')
    agent.end({ kind: 'hungUp' })
    assert.deepEqual(
      shell.facts('callFinished').map(({ why, agent: who }) => [why, who]),
      [['answered', 'sip:alice@example.com']],
    )
    assert.equal(shell.signaling.openLegs(), 0)
  })
})

describe('a call that replaces a leg (RFC 3891)', () => {
  it('takes the caller’s place, and the agent keeps talking', () => {
    const { shell, caller, agent } = talking()
    const boss = shell.signaling.call('sip:support@example.com', { body: sdp('boss'), replaces: caller })
    assert.deepEqual(agent.renegotiations[0]?.body?.text.match(/^s=.*$/m)?.[0], 's=boss calling')
    accept(agent, 'alice')
    assert.match(boss.answeredWith?.text ?? '', /^s=alice calling\r$/m)
    assert.ok(caller.ended && !agent.ended)
    assert.equal(shell.facts('callTransferred')[0]?.by, 'caller')
    boss.leg?.end({ kind: 'hungUp' })
    assert.ok(agent.ended)
    assert.equal(shell.facts('callFinished').length, 1)
  })

  it('gets the status with which the remaining side refuses, and nothing changes', () => {
    const { shell, caller, agent } = talking()
    const boss = shell.signaling.call('sip:support@example.com', { body: sdp('boss'), replaces: caller })
    agent.renegotiations[0]?.outcome({ kind: 'rejected', status: 488, headers: [] })
    assert.equal(boss.rejected, 488)
    assert.ok(!caller.ended && !agent.ended)
  })

  it('restores the agent’s media when it is cancelled during the replacement', () => {
    const { shell, caller, agent } = talking()
    const boss = shell.signaling.call('sip:support@example.com', { body: sdp('boss'), replaces: caller })
    boss.cancel()
    accept(agent, 'alice')
    assert.match(agent.renegotiations[0]?.body?.text ?? '', /^s=caller calling\r$/m)
    assert.ok(!caller.ended)
  })

  it('never shows a hidden agent to the caller, even when it has no SDP and is cancelled during the replacement', () => {
    const { shell, caller, agent } = talking(true)
    const boss = shell.signaling.call('sip:support@example.com', { replaces: agent })
    const [request] = caller.renegotiations
    assert.ok(request && request.body === undefined)
    boss.cancel()
    let acknowledged = ''
    request.outcome({ kind: 'accepted', body: sdp('caller'), acknowledge: answer => (acknowledged = answer?.text ?? '') })
    assert.match(acknowledged, /^m=audio /m)
    assert.doesNotMatch(acknowledged, /alice/)
    assert.ok(!caller.ended && !agent.ended)
  })
})

describe('INFO from a hidden agent', () => {
  it('passes keys to the caller, and nothing else', () => {
    const { caller, agent } = talking(true)
    const statuses: number[] = []
    const tell = (type: string, text: string): void =>
      agent.listener?.info?.({
        body: { type, text },
        headers: [['Info-Package', 'alice']],
        respond: status => statuses.push(status),
      })
    tell('text/plain', 'I am alice')
    tell('application/dtmf-relay', 'Signal=5')
    assert.deepEqual(statuses, [415])
    assert.deepEqual(
      caller.infos.map(({ body }) => body?.text),
      ['Signal=5'],
    )
  })
})
