import assert from 'node:assert/strict'
import type { PromptId } from '../../../src/routing/index.js'
import { FakeSignaling, sdp } from '../../fakes/signaling.js'
import { agentOf, WorldBuilder } from '../routing/build.js'
import type { CallSettings } from '../../../src/config/call-settings.js'
import { callSettings, Shell } from './shell.js'
import { FakeClock } from '../../fakes/clock.js'
import { Warnings } from '../../fakes/warnings.js'

const one = new WorldBuilder().group('support', 'serial', ['alice', 'bob']).queue('support', ['support']).settings()
const all = new WorldBuilder().group('support', 'parallel', ['alice', 'bob']).queue('support', ['support']).settings()
const hold = sdp('caller on hold')

/** A caller and alice, joined. */
function joined(shell = new Shell(one)) {
  const caller = shell.dial('support')
  const phone = shell.phone('alice')
  phone.ring()
  const agent = phone.answer(sdp('alice'))
  caller.leg?.confirm()
  const leg = caller.leg
  assert.ok(agent && leg)
  return { shell, caller, leg, agent, phone }
}

/** alice answered and the caller got her SDP, but she vanished before the join. Then bob answered. */
function vanishedWinner(ack?: 'the ACK is late') {
  const shell = new Shell(one)
  const caller = shell.dial('support')
  shell.phone('alice').answer(sdp('alice'))?.end({ kind: 'hungUp' })
  assert.ok(!caller.over)
  if (!ack) caller.leg?.confirm()
  const second = shell.phone('bob').answer(sdp('bob'))
  assert.ok(second)
  return { shell, caller, second }
}

/** A caller who was answered and hears music. */
function heardMusic() {
  const musicOnHold = 'music' as PromptId
  const settings = new WorldBuilder()
    .group('support', 'serial', ['alice'])
    .queue('support', ['support'])
    .workflow('support', 'support', { musicOnHold })
  const routing = settings.settings()
  const shell = new Shell(routing, callSettings(routing, {}, false, 'atOnce'))
  // The only agent's phone rings for another caller.
  const first = shell.dial('support')
  return { shell, first, caller: shell.dial('support') }
}

describe('a call', () => {
  it('rings an agent with the caller’s SDP, passes 180 on, and joins both with the agent’s answer', () => {
    const { caller, agent, phone, shell } = joined()
    assert.deepEqual(phone.options.body, { ...sdp('caller'), source: caller.origin.source })
    assert.equal(phone.options.limits?.heardWithin, 5_000, 'a silent phone delays the call by 5 s at most')
    assert.deepEqual(
      caller.progressed.map(({ status }) => status),
      [180],
    )
    assert.deepEqual(caller.answeredWith, sdp('alice'))
    assert.deepEqual(agent.acknowledged, { answer: undefined })
    assert.equal(shell.facts('callConnected').length, 1)
  })

  it('hangs up the agent’s phone before it rings for the next call, when a caller leaves during the join', () => {
    const { shell, first } = heardMusic()
    first.leg?.confirm()
    const agent = shell.phone('alice').answer(sdp('alice'))
    const atInvite: boolean[] = []
    const { signaling } = shell
    const invite = signaling.invite.bind(signaling)
    signaling.invite = (...asked) => {
      atInvite.push(agent?.hangsUp === true)
      return invite(...asked)
    }
    first.leg?.end({ kind: 'hungUp' })
    assert.deepEqual(atInvite, [true])
    assert.deepEqual(shell.rings(), ['alice'])
  })

  it('passes an agent’s 183 on as 180, because its early media is not for the caller', () => {
    const shell = new Shell(one)
    const caller = shell.dial('support')
    shell.phone('alice').ring(183)
    assert.deepEqual(
      caller.progressed.map(({ status }) => status),
      [180],
    )
  })

  it('gets 404 when no workflow has the number', () => {
    assert.equal(new Shell(one).dial('sales').rejected, 404)
  })

  it('logs a warning, at most once a minute, for a number that no workflow has, and says why', () => {
    const warnings = new Warnings()
    const around = { clock: new FakeClock(), signaling: new FakeSignaling(), log: warnings.log }
    const shell = new Shell(one, callSettings(one), around)
    for (const uri of ['sip:sales@example.com', 'sip:sales@example.com', 'sip:support@10.9.9.9', 'sip:alice@example.com'])
      assert.equal(around.signaling.call(uri).rejected, 404)
    assert.equal(shell.calls.size, 0)
    const [unknown, host, agent, ...more] = warnings.messages
    assert.match(unknown ?? '', /dialled sip:sales@example\.com: 404, no workflow has this uri or number$/)
    assert.match(host ?? '', /'10\.9\.9\.9' is not a name of this server, so this is not support: add it as sip\.advertise/)
    assert.match(agent ?? '', /this is an agent/)
    assert.deepEqual(more, [])
  })

  it('logs a warning for a caller whose codecs we do not speak, unless the config has no media', () => {
    const warnings = new Warnings()
    const around = { clock: new FakeClock(), signaling: new FakeSignaling(), log: warnings.log }
    const shell = new Shell(one, callSettings(one, {}, false, 'atOnce'), around)
    shell.dial('support', { body: { ...sdp('caller'), text: 'm=audio 4 RTP/SAVP 0' } })
    assert.match(
      warnings.messages[0] ?? '',
      /hears no prompts and no music of support, only ringback: SRTP\. Carillon speaks G\.711/,
    )
    assert.equal(warnings.lines.length, 1)
  })

  it('tries the next agent after each failure of a phone, and the caller hears nothing of it', () => {
    for (const status of [302, 404, 408, 480, 486, 500, 503, 600, 603]) {
      const shell = new Shell(one)
      const caller = shell.dial('support')
      shell.phone('alice').refuse(status)
      assert.deepEqual(shell.rings(), ['bob'], `after ${status}`)
      assert.ok(!caller.over)
    }
  })

  it('stops a phone that rang past its alert time and rings the next one', () => {
    const shell = new Shell(one)
    shell.dial('support')
    const phone = shell.phone('alice')
    shell.clock.pass(20_000)
    assert.equal(phone.state, 'cancelled')
    assert.deepEqual(shell.rings(), ['bob'])
  })

  it('cancels the losers with a Reason that prevents a missed-call notice (RFC 3326)', () => {
    const shell = new Shell(all)
    shell.dial('support')
    const bob = shell.phone('bob')
    shell.phone('alice').answer()
    assert.deepEqual(bob.cancelledWith, { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' })
  })

  it('hangs up the second of two agents whose answers cross', () => {
    const shell = new Shell(all)
    shell.dial('support')
    // Both 200s arrive before the losers are cancelled.
    const [alice, bob] = [shell.phone('alice'), shell.phone('bob')]
    const winner = alice.answer()
    bob.answer()
    assert.equal(winner?.ended, undefined)
    assert.equal(bob.state === 'cancelled' ? bob.lateAnswers : 0, 1)
  })

  it('hangs up every leg when the caller cancels, at any moment', () => {
    for (const before of ['at once', 'after 180', 'after the agent declined'] as const) {
      const shell = new Shell(one)
      const caller = shell.dial('support')
      if (before === 'after 180') shell.phone('alice').ring()
      if (before === 'after the agent declined') shell.phone('alice').refuse(603)
      caller.cancel()
      assert.deepEqual(shell.rings(), [], before)
      assert.equal(shell.signaling.openLegs(), 0)
      assert.equal(shell.calls.size, 0)
    }
  })

  it('lets either side hang up, and hangs up the other side', () => {
    const byAgent = joined()
    byAgent.agent.end({ kind: 'hungUp' })
    assert.deepEqual(byAgent.leg.ended, { kind: 'hungUpByUs' })
    const byCaller = joined()
    byCaller.leg.end({ kind: 'hungUp' })
    assert.deepEqual(byCaller.agent.ended, { kind: 'hungUpByUs' })
    for (const { shell } of [byAgent, byCaller]) assert.equal(shell.calls.size, 0)
    assert.equal(byAgent.shell.facts('callFinished')[0]?.cause, 'agentHungUp')
    assert.equal(byCaller.shell.facts('callFinished')[0]?.cause, 'callerHungUp')
  })

  it('asks the agent for an offer when the caller’s INVITE has none, and sends the caller’s answer with the ACK', () => {
    const shell = new Shell(one)
    const caller = shell.dial('support', {})
    assert.equal(shell.phone('alice').options.body, undefined)
    const agent = shell.phone('alice').answer(sdp('alice'))
    assert.deepEqual(caller.answeredWith, sdp('alice'))
    assert.equal(agent?.acknowledged, undefined)
    caller.leg?.confirm(sdp('caller'))
    assert.deepEqual(agent?.acknowledged, { answer: sdp('caller') })
  })

  it('is offered again, in its old place, when the agent vanishes before the join', () => {
    const { shell, caller, second } = vanishedWinner()
    // The caller was answered with alice's SDP. bob is offered the caller's SDP, and a re-INVITE brings bob's SDP to the caller.
    const [reinvite] = caller.leg?.renegotiations ?? []
    assert.deepEqual(shell.signaling.phones.at(-1)?.options.body, { ...sdp('caller'), source: caller.origin.source })
    assert.match(reinvite?.body?.text ?? '', /^s=bob calling\r$/m)
    assert.deepEqual(second.acknowledged, { answer: undefined })
    assert.equal(shell.facts('callConnected').length, 0)
    reinvite?.outcome({ kind: 'accepted', body: sdp('caller'), acknowledge: () => undefined })
    assert.equal(shell.facts('callConnected').length, 1)
    assert.equal(second.ended, undefined)
  })

  it('keeps the caller’s first o= line with the next version when the partner changes (RFC 3264 §8)', () => {
    const { caller } = vanishedWinner()
    assert.match(caller.leg?.renegotiations[0]?.body?.text ?? '', /^o=alice 1 2 IN IP4 192\.0\.2\.9\r$/m)
  })

  it('waits for the caller’s ACK before the re-INVITE to the next agent', () => {
    const { shell, caller, second } = vanishedWinner('the ACK is late')
    assert.equal(caller.leg?.renegotiations.length, 0)
    assert.equal(second.ended, undefined)
    caller.leg?.confirm()
    caller.leg?.renegotiations[0]?.outcome({ kind: 'accepted', body: sdp('caller'), acknowledge: () => undefined })
    assert.equal(shell.facts('callConnected').length, 1)
  })

  it('glare-is-defined: repeats a re-INVITE that crossed the caller’s within 2 s (RFC 3261 §14.1)', () => {
    const { shell, caller, second } = vanishedWinner()
    caller.leg?.renegotiations[0]?.outcome({ kind: 'rejected', status: 491, headers: [] })
    shell.clock.pass(2_000)
    caller.leg?.renegotiations[0]?.outcome({ kind: 'accepted', body: sdp('caller'), acknowledge: () => undefined })
    assert.equal(shell.facts('callConnected').length, 1)
    assert.equal(second.ended, undefined)
  })

  it('is offered again when the caller refuses this agent’s SDP, and ends when the caller’s dialog is gone', () => {
    const other = vanishedWinner()
    other.caller.leg?.renegotiations[0]?.outcome({ kind: 'rejected', status: 488, headers: [] })
    assert.ok(other.second.ended && !other.caller.over)
    assert.equal(other.shell.world.calls.size, 1)
    const none = vanishedWinner()
    none.caller.leg?.renegotiations[0]?.outcome({ kind: 'rejected', status: 481, headers: [] })
    assert.ok(none.second.ended && none.caller.over)
    assert.equal(none.shell.facts('callFinished')[0]?.why, 'failed')
  })

  it('does not count as answered when the caller hangs up before the second agent is joined', () => {
    const { shell, caller, second } = vanishedWinner()
    caller.leg?.end({ kind: 'hungUp' })
    assert.deepEqual(second.ended, { kind: 'hungUpByUs' })
    assert.equal(shell.facts('callFinished')[0]?.why, 'abandoned')
  })

  it('agent-fault-spares-caller: tries the next agent after a 200 without SDP', () => {
    const shell = new Shell(one)
    const caller = shell.dial('support')
    const agent = shell.phone('alice').answer('none')
    assert.deepEqual(agent?.ended, { kind: 'hungUpByUs' })
    assert.deepEqual(shell.rings(), ['bob'])
    assert.equal(caller.leg, undefined)
  })

  it('tries the next agent when an INVITE fails before it is sent', () => {
    const shell = new Shell(one)
    shell.signaling.unreachable.set('sip:alice@example.com', 503)
    shell.dial('support')
    assert.deepEqual(shell.rings(), ['bob'])
  })

  it('sends ringback after 4 s when no phone has answered with anything', () => {
    const shell = new Shell(one)
    const caller = shell.dial('support')
    shell.clock.pass(3_900)
    assert.equal(caller.progressed.length, 0)
    shell.clock.pass(200)
    assert.deepEqual(
      caller.progressed.map(({ status }) => status),
      [180],
    )
  })

  it('sends the caller a provisional response at least every 60 s while they wait, with the queue’s state', () => {
    const routing = new WorldBuilder()
      .group('support', 'serial', ['alice'], { participationPolicy: 'formal' })
      .queue('support', ['support'])
      .settings()
    const shell = new Shell(routing)
    shell.dial('support')
    const caller = shell.dial('support')
    assert.deepEqual(caller.progressed, [{ status: 180, phrase: undefined }])
    for (let minute = 1; minute <= 30; minute += 1) {
      const before = caller.progressed.length
      shell.clock.pass(60_000)
      assert.ok(caller.progressed.length > before, `in minute ${minute}`)
    }
    assert.deepEqual(caller.progressed.at(-1), { status: 182, phrase: 'Queued; position 2 of 2' })
  })

  it('calls a forward target on a leg of its own, and ends with 480 when the target fails', () => {
    const timeout = { after: 10_000, action: { kind: 'forward', as: 'voicemail', to: 'sip:vm@example.com' } } as never
    const routing = new WorldBuilder()
      .group('support', 'serial', ['alice'], { participationPolicy: 'formal' })
      .queue('support', ['support'], { timeout })
      .settings()
    const settings = callSettings(routing, { outboundProxy: 'sip:pbx.example.com' })
    const shell = new Shell(routing, settings)
    const [first, second] = [shell.dial('support'), shell.dial('support')]
    shell.clock.pass(10_000)
    const [voicemail, other] = shell.signaling.ringing()
    assert.deepEqual(voicemail?.target, { uri: 'sip:vm@example.com', route: 'sip:pbx.example.com' })
    assert.equal(voicemail?.options.limits?.heardWithin, undefined, 'nothing else is left to try')
    assert.deepEqual(
      voicemail?.options.headers.find(([name]) => name === 'Diversion'),
      ['Diversion', '<sip:support@example.com>;reason=no-answer;counter=1'],
    )
    voicemail?.answer(sdp('voicemail'))
    first.leg?.confirm()
    assert.deepEqual(first.answeredWith, sdp('voicemail'))
    other?.refuse(404)
    assert.equal(second.rejected, 480)
    const third = shell.dial('support')
    shell.clock.pass(10_000)
    shell.signaling.ringing()[0]?.refuse(486)
    assert.equal(third.rejected, 486, 'the caller is told that the target is busy')
  })

  it('treats an agent without a phone as unreachable, and a phone that answers 480 as declined', () => {
    const shell = new Shell(one)
    shell.dial('support')
    shell.phone('alice').refuse(480, true)
    shell.phone('bob').refuse(480)
    assert.deepEqual(
      shell.facts('offerEnded').map(({ why, code }) => [why, code]),
      [
        ['unreachable', 410],
        ['declined', 480],
      ],
    )
  })

  it('does not count what one caller causes against the agent: 500, 403 and 407 concern that call', () => {
    for (const code of [500, 403, 407]) {
      const shell = new Shell(one)
      shell.dial('support')
      shell.phone('alice').refuse(code)
      shell.dial('support')
      assert.deepEqual(shell.rings(), ['bob', 'alice'], `after ${code} the agent gets the next call`)
    }
  })

  it('refuses new calls while it drains, and is drained after the last call', async () => {
    const { shell, leg } = joined()
    let over = false
    const drained = shell.calls.drain().then(() => (over = true))
    const late = shell.dial('support')
    assert.deepEqual([late.rejected, late.rejectedWith], [503, [['Retry-After', '30']]])
    await Promise.resolve()
    assert.equal(over, false)
    leg.end({ kind: 'hungUp' })
    await drained
    await shell.calls.drain()
  })

  it('stops waiting after a minute for unanswered callers who are silent while it drains', async () => {
    const shell = new Shell(one)
    for (const name of ['alice', 'bob']) {
      const presence = { state: 'offline', since: shell.clock.now(), because: 'test' } as const
      shell.calls.engine.post({ kind: 'presenceChanged', agent: agentOf(name), presence })
    }
    const [dead, alive] = [
      shell.dial('support', { peer: 'udp 192.0.2.7:5060' }),
      shell.dial('support', { peer: 'udp 192.0.2.8:5060' }),
    ]
    let over = false
    void shell.calls.drain().then(() => (over = true))
    const pass = async (ms: number): Promise<void> => {
      for (let n = 0; n < ms; n += 500) {
        shell.clock.pass(499)
        for (const told of alive.asked.splice(0)) told('answered')
        shell.clock.pass(1)
      }
      await Promise.resolve()
    }
    await pass(300_000)
    assert.equal(over, false, 'one of them answers')
    alive.cancel()
    await pass(500)
    assert.deepEqual([over, dead.over], [true, false])
    shell.calls.stop()
    assert.equal(dead.rejected, 503)
    assert.equal(shell.clock.size, 0, 'no timer is left')
  })

  it('counts the remaining calls at a stop: unanswered ones get 503, so that another server may serve them, answered ones BYE', () => {
    const { shell, leg, agent } = joined()
    const waiting = shell.dial('support')
    shell.calls.stop()
    assert.deepEqual(
      [waiting.rejected, waiting.rejectedWith],
      [
        503,
        [
          ['Retry-After', '30'],
          ['Reason', 'SIP;cause=503;text="The server is shutting down"'],
        ],
      ],
    )
    assert.ok(leg.ended && agent.ended)
    assert.deepEqual(
      shell.facts('callFinished').map(({ why, cause }) => [why, cause]),
      [
        ['answered', 'failed'],
        ['failed', 'failed'],
      ],
    )
    assert.equal(shell.clock.size, 0, 'no timer is left')
  })
})

describe('a joined call', () => {
  it('carries hold and resume both ways', () => {
    const { leg, agent } = joined()
    for (const [from, to] of [
      [leg, agent],
      [agent, leg],
    ] as const) {
      const answer = from.reinvite(hold)
      assert.deepEqual(to.renegotiations[0]?.body, hold)
      to.renegotiations[0]?.outcome({ kind: 'accepted', body: sdp('held'), acknowledge: () => undefined })
      assert.deepEqual(answer.accepted, sdp('held'))
    }
  })

  it('carries a hold of the agent that came before the caller’s ACK', () => {
    const shell = new Shell(one)
    const caller = shell.dial('support')
    const answer = shell.phone('alice').answer(sdp('alice'))?.reinvite(hold)
    assert.equal(answer?.rejected, undefined)
    caller.leg?.confirm()
    assert.deepEqual(caller.leg?.renegotiations[0]?.body, hold)
  })

  it('carries a re-INVITE without an offer: the other side’s offer comes back, and its answer travels in the ACK', () => {
    const { leg, agent } = joined()
    const answer = leg.reinvite(undefined)
    let acknowledgedWith: unknown
    agent.renegotiations[0]?.outcome({ kind: 'accepted', body: sdp('alice'), acknowledge: given => (acknowledgedWith = given) })
    assert.deepEqual(answer.accepted, sdp('alice'))
    assert.equal(acknowledgedWith, undefined)
    answer.confirm?.(sdp('caller'))
    assert.deepEqual(acknowledgedWith, sdp('caller'))
  })

  it('glare-is-defined: passes a 491 back to the side that sent the re-INVITE', () => {
    const { leg, agent } = joined()
    const answer = leg.reinvite(hold)
    agent.renegotiations[0]?.outcome({ kind: 'rejected', status: 491, headers: [] })
    assert.equal(answer.rejected, 491)
  })

  it('passes the Reason of a BYE to the other side (RFC 3326)', () => {
    const reason = { protocol: 'Q.850', cause: 16, text: 'Normal call clearing' }
    const byAgent = joined()
    byAgent.agent.end({ kind: 'hungUp', reason })
    assert.deepEqual(byAgent.leg.hungUpWith, reason)
    const byCaller = joined()
    byCaller.leg.end({ kind: 'hungUp', reason })
    assert.deepEqual(byCaller.agent.hungUpWith, reason)
  })

  it('glare-is-defined: ends once when both sides hang up at the same time', () => {
    const { shell, leg, agent } = joined()
    leg.end({ kind: 'hungUp' })
    agent.end({ kind: 'hungUp' })
    assert.equal(shell.facts('callFinished').length, 1)
    assert.equal(shell.signaling.openLegs(), 0)
  })

  it('ends as noMedia, and not as abandoned, when the caller sends no sound', () => {
    const { shell, caller } = heardMusic()
    caller.leg?.confirm()
    shell.media.last.lose()
    assert.deepEqual(
      shell.facts('callFinished').map(({ why }) => why),
      ['noMedia'],
    )
    assert.deepEqual(caller.leg?.hungUpWith, { protocol: 'Q.850', cause: 41, text: 'no media from the caller' })
  })

  it('ends as failed when our own media fail', () => {
    const { shell, caller } = heardMusic()
    caller.leg?.confirm()
    shell.media.last.breaks()
    assert.deepEqual(
      shell.facts('callFinished').map(({ why }) => why),
      ['failed'],
    )
    assert.equal(caller.leg?.hungUpWith?.cause, 500)
  })

  it('ends as failed when either leg is lost', () => {
    for (const side of ['leg', 'agent'] as const) {
      const all = joined()
      all[side].end({ kind: 'lost', why: 'noDialog' })
      assert.equal(all.shell.facts('callFinished')[0]?.cause, 'failed')
      assert.equal(all.shell.signaling.openLegs(), 0)
    }
  })

  it('counts as answered when the caller’s BYE overtakes the ACK, because the caller heard the agent', () => {
    const shell = new Shell(one)
    const caller = shell.dial('support')
    shell.phone('alice').answer(sdp('alice'))
    caller.leg?.end({ kind: 'hungUp' })
    assert.equal(shell.facts('callFinished')[0]?.why, 'answered')
  })

  it('carries INFO and returns its answer', () => {
    const { leg, agent } = joined()
    const body = { type: 'application/dtmf-relay', text: 'Signal=5' }
    let answered = 0
    leg.listener?.info?.({ body, headers: [], respond: status => (answered = status) })
    assert.deepEqual(agent.infos[0]?.body, body)
    agent.infos[0]?.outcome(200)
    assert.equal(answered, 200)
  })

  it('returns the header fields of a refused INFO, such as Recv-Info', () => {
    const { leg, agent } = joined()
    const answers: unknown[] = []
    const respond = (...answer: unknown[]): void => void answers.push(answer)
    leg.listener?.info?.({ headers: [['Info-Package', 'x']], respond })
    agent.infos[0]?.outcome(469, undefined, [['Recv-Info', 'dtmf']])
    assert.deepEqual(answers, [[469, undefined, [['Recv-Info', 'dtmf']]]])
  })
})

describe('what a call shows of its parties', () => {
  for (const [user, shown] of [
    ['J%c3%bcrgen%20Klein', 'Jürgen Klein'],
    ['a%0d%0ab', 'a%0D%0Ab'],
    ['%ff', '%ff'],
  ] as const)
    it(`a caller ${user} without a display name is shown as ${shown}`, () => {
      const shell = new Shell(one)
      shell.dial('support', { body: sdp('caller'), from: { uri: `sip:${user}@example.com` } })
      assert.equal(shell.phone('alice').options.from.displayName, `The support line: ${shown}`)
    })

  it('shows agents the caller’s address with the workflow’s name, and how the call came', () => {
    const shell = new Shell(one)
    shell.dial('support')
    const { from, to, headers } = shell.phone('alice').options
    assert.deepEqual(from, { uri: 'sip:+14255550123@pbx.example.com', displayName: 'The support line: Carol' })
    assert.equal(to?.uri, 'sip:alice@example.com')
    const open = headers.filter(([name]) => name !== 'Carillon-Passed')
    assert.deepEqual(open, [
      ['History-Info', '<sip:support@example.com>;index=1'],
      ['History-Info', '<sip:alice@example.com>;index=1.1;mp=1'],
      ['Diversion', '<sip:support@example.com>;reason=unconditional;counter=1'],
      ['Reject-Contact', '*;automata'],
    ])
  })

  it('forbids forking when the agent has a contact of their own, and extends the history that came', () => {
    const settings = callSettings(one, {
      agents: [{ uri: one.agents[0]?.uri ?? ('' as never), contact: 'sip:alice@10.1.2.3:5070' }],
    })
    const shell = new Shell(one, settings)
    shell.dial('support', {
      body: sdp('caller'),
      headers: { 'History-Info': ['<sip:main@example.com>;index=1'], 'Max-Forwards': ['20'] },
    })
    const phone = shell.signaling.ringing()[0]
    assert.equal(phone?.target.uri, 'sip:alice@10.1.2.3:5070')
    assert.equal(phone.options.limits?.maxForwards, 19)
    assert.ok(phone.options.headers.some(([name, value]) => name === 'Request-Disposition' && value === 'no-fork'))
    assert.ok(phone.options.headers.some(([, value]) => value === '<sip:support@example.com>;index=1.1'))
  })

  it('hides a caller who asks for privacy (RFC 3323)', () => {
    const shell = new Shell(one)
    const asserted = { Privacy: ['id'], 'P-Asserted-Identity': ['<sip:carol@example.com>'] }
    shell.dial('support', { body: sdp('caller'), headers: asserted })
    const { from, headers } = shell.phone('alice').options
    assert.equal(from.uri, 'sip:anonymous@anonymous.invalid')
    assert.ok(!JSON.stringify({ from, headers }).includes('arol'))
  })

  it('passes the optional parts of an INVITE on to the phone, unless the workflow is anonymous or the caller asks for privacy', () => {
    const isup = { type: 'application/isup', disposition: 'signal;handling=optional', text: '\u0001' }
    const passed = (anonymous: boolean, headers: Readonly<Record<string, readonly string[]>>): unknown => {
      const shell = new Shell(one, callSettings(one, {}, anonymous))
      shell.dial('support', { body: sdp('caller'), headers, attachments: [isup] })
      return shell.phone('alice').options.attachments
    }
    assert.deepEqual(passed(false, {}), [isup])
    assert.deepEqual(passed(true, {}), [])
    assert.deepEqual(passed(false, { Privacy: ['id'] }), [])
  })

  it('tells the agent’s phone how the caller got there, if the workflow says so', () => {
    const settings = (anonymous: boolean): CallSettings => {
      const { workflows, ...rest } = callSettings(one, {}, anonymous)
      return { ...rest, workflows: workflows.map(workflow => ({ ...workflow, callContext: true })) }
    }
    const offered = (anonymous: boolean, headers: Readonly<Record<string, readonly string[]>> = {}) => {
      const shell = new Shell(one, settings(anonymous))
      shell.dial('support', { body: sdp('caller'), headers, from: { uri: 'sip:carol@example.com', displayName: 'Carol Ö' } })
      const { attachments = [], headers: sent } = shell.phone('alice').options
      const [part = assert.fail('no part')] = attachments
      const text = Buffer.from(part.text, 'latin1').toString()
      return { part, document: JSON.parse(text) as Record<string, unknown>, sent: JSON.stringify(sent) }
    }
    const { part, document, sent } = offered(false)
    assert.deepEqual([part.type, part.disposition], ['application/vnd.carillon.call+json', 'info;handling=optional'])
    assert.match(String(document['callId']), /^\w+-\w+$/)
    assert.deepEqual(
      { ...document, callId: '' },
      {
        ...{ version: 1, callId: '', workflow: 'support', workflowName: 'The support line', queue: 'support' },
        ...{ caller: 'sip:carol@example.com', callerName: 'Carol Ö', answers: [], waitedSeconds: 0 },
      },
    )
    assert(!sent.includes('Ms-Call-Info'))
    assert(offered(true).sent.includes('["Ms-Call-Info","rgs.anonymization"]'))
    assert.doesNotMatch(JSON.stringify(offered(false, { Privacy: ['id'] }).document), /arol/)
  })

  it('takes calls of a workflow only from the peers that it names, and from phones with a password', () => {
    const { workflows, ...rest } = callSettings(one)
    const settings = (callersFrom: readonly string[]): CallSettings => ({
      ...rest,
      workflows: workflows.map(workflow => ({ ...workflow, callersFrom })),
    })
    const status = (callersFrom: readonly string[], trusted = true): number | undefined =>
      new Shell(one, settings(callersFrom)).dial('support', { body: sdp('caller'), trusted }).rejected
    assert.deepEqual(
      [status(['192.0.2.77']), status(['192.0.2.0/24']), status(['198.51.100.1', '2001:db8::/32'])],
      [undefined, undefined, 403],
    )
    assert.equal(status(['198.51.100.1'], false), undefined)
  })

  it('names the answering agent to a trusted PBX (P-Asserted-Identity), but not for an anonymous workflow, and to nobody else', () => {
    const told = (anonymous: boolean, trusted: boolean): unknown => {
      const shell = new Shell(one, callSettings(one, {}, anonymous))
      const caller = shell.dial('support', { body: sdp('caller'), trusted })
      shell.phone('alice').answer(sdp('alice'))
      assert.ok(caller.leg)
      return caller.answeredSaying
    }
    assert.deepEqual(told(false, true), [['P-Asserted-Identity', '<sip:alice@example.com>']])
    assert.deepEqual([told(true, true), told(false, false)], [[], []])
  })

  it('hides the agent’s Reason and Warning from the caller of an anonymous workflow', () => {
    const shell = new Shell(one, callSettings(one, {}, true))
    const { leg, agent } = joined(shell)
    const answer = leg.reinvite(hold)
    const headers = [
      ['Warning', '399 alice-desk "Alice is on the line"'],
      ['Retry-After', '3'],
    ] as const
    agent.renegotiations[0]?.outcome({ kind: 'rejected', status: 488, headers })
    assert.deepEqual(answer.headers, [['Retry-After', '3']])
    agent.end({ kind: 'hungUp', reason: { protocol: 'SIP', cause: 200, text: 'Alice left' } })
    assert.equal(leg.hungUpWith, undefined)
  })

  it('passes a Warning on when the agent is not anonymous', () => {
    const { leg, agent } = joined()
    const answer = leg.reinvite(hold)
    agent.renegotiations[0]?.outcome({ kind: 'rejected', status: 488, headers: [['Warning', '399 desk "no"']] })
    assert.deepEqual(answer.headers, [['Warning', '399 desk "no"']])
  })

  it('fills in the names of caller and workflow literally, whatever characters they contain', () => {
    const shell = new Shell(one)
    shell.dial('support', { body: sdp('caller'), from: { uri: 'sip:carol@example.com', displayName: '$& {workflow}' } })
    assert.equal(shell.phone('alice').options.from.displayName, 'The support line: $& {workflow}')
  })

  it('does not add the workflow to a history that already ends with it', () => {
    const shell = new Shell(one)
    const before = ['<sip:main@example.com>;index=1', '<sip:support@example.com>;index=1.1;rc=1']
    shell.dial('support', { body: sdp('caller'), headers: { 'History-Info': before } })
    const history = shell.phone('alice').options.headers.filter(([name]) => name === 'History-Info')
    assert.deepEqual(
      history.map(([, value]) => value),
      [...before, '<sip:alice@example.com>;index=1.1.1;mp=1.1'],
    )
  })

  it('names no agent to the caller of an anonymous workflow', () => {
    const shell = new Shell(one, callSettings(one, {}, true))
    const caller = shell.dial('support')
    shell.phone('alice').answer(sdp('alice'))
    assert.ok(caller.answeredWith && !caller.answeredWith.text.includes('alice'))
    assert.match(caller.answeredWith.text, /^o=- 1 1 IN IP4 192\.0\.2\.9\r$/m)
    assert.match(caller.answeredWith.text, /^m=audio 4000/m)
  })
})
