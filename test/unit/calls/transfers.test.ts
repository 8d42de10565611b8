import assert from 'node:assert/strict'
import type { TransferSettings } from '../../../src/config/call-settings.js'
import type { AgentUri } from '../../../src/routing/index.js'
import { sdp, type FakeInbound, type FakeLeg, type FakePhone, type ReferAnswer } from '../../fakes/signaling.js'
import { seconds, WorldBuilder } from '../routing/build.js'
import { callSettings, FakeLiveStore, Shell, type Surroundings } from './shell.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeSignaling } from '../../fakes/signaling.js'

const routing = new WorldBuilder()
  .agent('alice', { wrapUp: seconds(10) })
  .agent('bob', { wrapUp: seconds(5) })
  .group('support', 'serial', ['alice', 'bob'])
  .queue('support', ['support'])
  .group('sales', 'serial', ['dan'])
  .queue('sales', ['sales'])
  .settings()

const alice = 'sip:alice@example.com' as AgentUri
const bob = 'sip:bob@example.com' as AgentUri
const accepted = { kind: 'accepted', body: sdp('again'), acknowledge: () => undefined } as const

/** The caller talks to alice. */
function talking(
  transfers?: TransferSettings,
  inbound: FakeInbound['options'] = {},
  around?: Surroundings,
  outboundProxy = 'sip:pbx.example.net',
) {
  const settings = callSettings(routing, { outboundProxy, ...(transfers && { transfers }) })
  const shell = new Shell(routing, settings, around)
  const caller = shell.dial('support', { body: sdp('caller'), ...inbound })
  const agent = shell.phone('alice').answer(sdp('alice'))
  caller.leg?.confirm()
  const { leg } = caller
  assert.ok(leg && agent)
  return { shell, caller: leg, agent }
}

const refer = (leg: FakeLeg, to: string): ReferAnswer => leg.refer({ to })
const activity = (shell: Shell, agent: AgentUri): string => {
  const { calls = [], wrapUp } = shell.world.agents.get(agent) ?? {}
  return `${calls.length} calls${wrapUp ? ', wraps up' : ''}`
}
const headersOf = (phone: FakePhone, name: string): string[] =>
  phone.options.headers.flatMap(([each, value]) => (each === name ? [value] : []))
const talks = (shell: Shell): string[] =>
  shell
    .facts('agentLeg')
    .filter(({ state }) => state === 'talks' || state === 'over')
    .map(({ agent, side, state }) => `${agent.slice(4, agent.indexOf('@'))} ${side} ${state}`)

describe('a transfer to an agent', () => {
  it('reserves the agent while the phone rings, and offers them no other call', () => {
    const { shell, agent } = talking()
    refer(agent, bob)
    assert.equal(activity(shell, bob), '1 calls')
    shell.dial('support')
    assert.deepEqual(shell.rings(), ['bob'], 'bob rings only for the transfer')
  })

  it('moves the call to that agent and starts wrap-up for the first; the second gets wrap-up at the end of the call', () => {
    const { shell, caller, agent } = talking()
    refer(agent, bob)
    const target = shell.phone('bob').answer(sdp('bob'))
    caller.renegotiations[0]?.outcome(accepted)
    assert.deepEqual([activity(shell, alice), activity(shell, bob)], ['0 calls, wraps up', '1 calls'])
    shell.clock.pass(10_000)
    shell.dial('support')
    assert.deepEqual(shell.rings(), ['alice'])
    target?.end({ kind: 'hungUp' })
    assert.equal(activity(shell, bob), '0 calls, wraps up')
    assert.equal(shell.facts('callFinished')[0]?.agent, alice, 'the record names the agent who answered')
    assert.equal(shell.facts('callFinished')[0]?.cause, 'agentHungUp')
    assert.deepEqual(talks(shell), ['alice agent talks', 'alice agent over', 'bob agent talks', 'bob agent over'])
  })

  it('is refused in a NOTIFY with 486 while the agent has another call, and both sides keep talking', () => {
    const { shell, caller, agent } = talking()
    const second = shell.dial('support')
    shell.phone('bob').answer(sdp('bob'))
    second.leg?.confirm()
    const answer = refer(agent, bob)
    assert.deepEqual([answer.accepted, answer.news.at(-1)?.slice(0, 3)], [true, '486'])
    assert.deepEqual(shell.rings(), [])
    assert.ok(!caller.ended && !agent.ended)
    assert.equal(refer(agent, 'sip:dan@example.com').accepted, true, 'alice may try another target')
  })

  it('withdraws the call that their group offers them, and offers it again later', () => {
    const { shell, agent } = talking()
    shell.dial('support')
    const offered = shell.phone('bob')
    refer(agent, bob)
    assert.equal(offered.state, 'cancelled')
    assert.deepEqual(shell.rings(), ['bob'], 'bob rings for the transfer')
    shell.phone('bob').refuse(480)
    assert.deepEqual(shell.rings(), ['bob'], 'bob rings for the group again')
    assert.equal(activity(shell, bob), '0 calls')
  })

  it('ends when the agent takes it back: the target stops ringing, and the agent keeps the call and may transfer it again', () => {
    const { shell, caller, agent } = talking()
    const answer = refer(agent, bob)
    const target = shell.phone('bob')
    assert.equal(shell.calls.takeBack(bob).kind, 'refused', 'only the agent who asked')
    assert.equal(shell.calls.takeBack(alice).kind, 'done')
    assert.equal(target.state, 'cancelled')
    assert.equal(answer.news.at(-1), '487 Request Terminated')
    assert.deepEqual([activity(shell, alice), activity(shell, bob)], ['1 calls', '0 calls'])
    assert.ok(!caller.ended && !agent.ended)
    assert.deepEqual(
      shell.facts('transferEnded').map(({ outcome, code }) => [outcome, code]),
      [['takenBack', undefined]],
    )
    assert.equal(refer(agent, bob).accepted, true)
    assert.deepEqual(shell.rings(), ['bob'])
    assert.deepEqual(shell.violations, [])
  })

  it('can’t be taken back when the target has answered, or when the agent has hung up', () => {
    const { shell, agent } = talking()
    refer(agent, bob)
    const other = talking()
    refer(other.agent, bob)
    shell.phone('bob').answer(sdp('bob'))
    other.agent.end({ kind: 'hungUp' })
    for (const each of [shell, other.shell]) {
      assert.equal(each.calls.takeBack(alice).kind, 'refused')
      assert.deepEqual(each.violations, [])
    }
    assert.deepEqual(other.shell.rings(), ['bob'])
  })

  it('names the agent who asked: we write Referred-By and Diversion, whatever the REFER contains', () => {
    const { shell, agent } = talking()
    refer(agent, bob)
    assert.deepEqual(headersOf(shell.phone('bob'), 'Referred-By'), ['<sip:alice@example.com>'])
    assert.match(headersOf(shell.phone('bob'), 'Diversion')[0] ?? '', /^<sip:alice@example\.com>;reason=deflection/)
  })

  it('frees the target agent when the first agent has hung up and the target does not answer', () => {
    const { shell, caller, agent } = talking()
    refer(agent, bob)
    agent.end({ kind: 'hungUp' })
    shell.phone('bob').refuse(486)
    assert.ok(caller.ended)
    assert.equal(activity(shell, bob), '0 calls')
    assert.deepEqual(shell.violations, [])
  })

  it('keeps the agent busy after a restart, and gives them wrap-up at the end', () => {
    const store = new FakeLiveStore()
    const around = { clock: new FakeClock(), signaling: new FakeSignaling(), store }
    const { shell, caller, agent } = talking(undefined, {}, around)
    refer(agent, bob)
    const target = shell.phone('bob').answer(sdp('bob'))
    caller.renegotiations[0]?.outcome(accepted)
    shell.clock.pass(300)
    const next = shell.restarted()
    assert.equal(activity(next, bob), '1 calls')
    assert.equal(activity(next, alice), '0 calls')
    next.dial('support')
    assert.deepEqual(next.rings(), ['alice'])
    target?.end({ kind: 'hungUp' })
    assert.equal(activity(next, bob), '0 calls, wraps up')
    assert.deepEqual(next.violations, [])
  })
})

describe('an agent who calls', () => {
  const asAlice = { from: { uri: alice }, trusted: false }

  it('counts as being in a call and gets no offer until it is over', () => {
    const shell = new Shell(routing)
    shell.dial('sales', { body: sdp('alice'), ...asAlice })
    shell.dial('support')
    assert.deepEqual(shell.rings(), ['dan', 'bob'])
  })

  it('is recognised by P-Asserted-Identity from a trusted peer, and never by From', () => {
    const named = new Shell(routing)
    named.dial('sales', { body: sdp('alice'), headers: { 'P-Asserted-Identity': ['"Alice" <sip:alice@example.com>'] } })
    assert.equal(activity(named, alice), '1 calls')
    const claimed = new Shell(routing)
    claimed.dial('sales', { body: sdp('alice'), from: { uri: alice } })
    assert.equal(activity(claimed, alice), '0 calls')
  })

  it('is never recognised by a display name that looks like their URI, which the PBX repeats from its caller', () => {
    const shell = new Shell(routing)
    const headers = { 'P-Asserted-Identity': ['"<sip:alice@example.com>" <sip:+15551234@carrier.example>'] }
    shell.dial('sales', { body: sdp('mallory'), headers })
    assert.equal(activity(shell, alice), '0 calls')
  })

  it('is free after the call, without wrap-up', () => {
    const shell = new Shell(routing)
    const call = shell.dial('sales', { body: sdp('alice'), ...asAlice })
    call.cancel()
    assert.equal(activity(shell, alice), '0 calls')
  })
})

describe('the right to refer', () => {
  it('is refused to a caller with 603, and no phone is called', () => {
    const { shell, caller } = talking()
    const phones = shell.signaling.phones.length
    assert.equal(refer(caller, 'sip:+19005550100@example.com').rejected, 603)
    assert.equal(refer(caller, bob).rejected, 603)
    assert.equal(shell.signaling.phones.length, phones)
    assert.deepEqual(
      shell.facts('transferEnded').map(({ outcome }) => outcome),
      ['refused', 'refused'],
    )
  })

  it('is given to callers of a trusted peer if the config says so, and never to guests', () => {
    const rules = { byCallers: true, allow: [{ kind: 'number' as const, number: '+1425*' }] }
    const { caller } = talking(rules)
    assert.equal(refer(caller, 'sip:+14255550100@example.com').accepted, true)
    const guest = talking(rules, { trusted: false, from: { uri: 'sip:guest-1@example.com' } })
    assert.equal(refer(guest.caller, 'sip:+14255550100@example.com').rejected, 603)
  })

  it('is given to a transfer target behind a trusted proxy, and not to one that was called directly', () => {
    const transfers = { byCallers: true, allow: [{ kind: 'host' as const, host: 'desk.example.org' }] }
    for (const [more, answer] of [
      [{ outboundProxy: 'sip:pbx.example.net' }, undefined],
      [{}, 603],
    ] as const) {
      const shell = new Shell(routing, callSettings(routing, { ...more, transfers }))
      const caller = shell.dial('support', { body: sdp('caller') })
      const agent = shell.phone('alice').answer(sdp('alice'))
      caller.leg?.confirm()
      assert.ok(agent && caller.leg)
      refer(agent, 'sip:dave@desk.example.org')
      const dave = shell.signaling.phones.at(-1)?.answer(sdp('dave'))
      caller.leg.renegotiations[0]?.outcome(accepted)
      assert.ok(dave)
      assert.equal(refer(dave, 'sip:erin@desk.example.org').rejected, answer)
    }
  })

  it('is given to a forward target behind a trusted proxy, and not to one that was called directly', () => {
    const transfers = { byCallers: true, allow: [{ kind: 'host' as const, host: 'desk.example.org' }] }
    const nobody = new WorldBuilder()
      .agent('alice')
      .group('support', 'serial', ['alice'], { participationPolicy: 'formal' })
      .queue('support', ['support'], {
        noAgents: { when: 'noneSignedIn', action: { kind: 'forward', as: 'uri', to: 'sip:night@example.org' } },
      })
      .settings()
    for (const [more, answer] of [
      [{ outboundProxy: 'sip:pbx.example.net' }, undefined],
      [{}, 603],
    ] as const) {
      const shell = new Shell(nobody, callSettings(nobody, { ...more, transfers }))
      const caller = shell.dial('support', { body: sdp('caller') })
      const night = shell.signaling.phones.at(-1)?.answer(sdp('night'))
      caller.leg?.confirm()
      assert.ok(night)
      assert.equal(refer(night, 'sip:erin@desk.example.org').rejected, answer)
    }
  })

  const allow = [
    { kind: 'number' as const, number: '+1425*' },
    { kind: 'number' as const, number: '2??' },
    { kind: 'host' as const, host: 'desk.example.org:5080' },
    { kind: 'uri' as const, uri: 'sip:reception@example.com' },
  ]
  const led: readonly (readonly [string, string | undefined])[] = [
    ['sip:+14255550100@example.com', 'sip:+14255550100@example.com;user=phone'],
    ['sip:+1-425-555-0100@pbx.example.net;transport=tcp', 'sip:+14255550100@pbx.example.net;user=phone'],
    ['tel:+1-425-555-0100', 'tel:+14255550100'],
    ['sip:234@example.com', 'sip:234@example.com;user=phone'],
    ['sip:+19005550100@example.com', undefined],
    ['sip:2345@example.com', undefined],
    ['sip:+234@example.com', undefined],
    // The plus matters: as dialled digits this would be another country.
    ['sip:0014255550100@example.com', undefined],
    ['sip:+14255550100@evil.example.org', undefined],
    ['sip:+14255550100@example.com:5099;maddr=192.0.2.66', 'sip:+14255550100@example.com;user=phone'],
    ['sip:reception@example.com;transport=tls', 'sip:reception@example.com'],
    ['sip:anybody@desk.example.org:9;maddr=192.0.2.66', 'sip:anybody@desk.example.org:5080'],
    ['sip:%2B1900@desk.example.org', 'sip:+1900@desk.example.org:5080'],
    ['sip:a%0D%0AX%3Ab@desk.example.org', undefined],
    ['sip:support@example.com', 'sip:support@example.com'],
    // Local numbers are valid only within their context (RFC 3966 §5.1.5).
    ['tel:201;phone-context=+1425', undefined],
    ['tel:+14255550100;phone-context=example.com', undefined],
    ['sip:201;phone-context=branch.example.org@example.com;user=phone', undefined],
    ['sip:bob;phone-context=branch.example.org@example.com', undefined],
    // The proxy is not reached over TLS (RFC 3261 §26.2.2).
    ['sips:anybody@desk.example.org', undefined],
    ['sips:+14255550100@example.com', undefined],
    ['SIPS:bob@example.com', undefined],
  ]
  for (const [to, uri] of led)
    it(`of an agent to ${to} ${uri === undefined ? 'gets 403' : `calls ${uri}`}`, () => {
      const { shell, agent } = talking({ byCallers: false, allow })
      const answer = refer(agent, to)
      assert.equal(answer.rejected, uri === undefined ? 403 : undefined)
      if (uri === undefined) return
      assert.deepEqual(shell.signaling.phones.at(-1)?.target, { uri, route: 'sip:pbx.example.net' })
      assert.deepEqual(
        shell.facts('transferBegan').map(({ asker, to: told }) => [asker, told]),
        [['sip:alice@example.com', uri]],
      )
    })

  for (const [proxy, to, uri] of [
    ['sips:pbx.example.net', 'sips:anybody@desk.example.org', 'sips:anybody@desk.example.org:5080'],
    ['sip:pbx.example.net;transport=tls', 'sips:+14255550100@example.com', 'sips:+14255550100@example.com;user=phone'],
    ['sip:pbx.example.net;transport=tls', 'sip:+14255550100@example.com', 'sip:+14255550100@example.com;user=phone'],
    // The config reaches these with the scheme sip.
    ['sips:pbx.example.net', 'sips:bob@example.com', undefined],
    ['sips:pbx.example.net', 'sips:reception@example.com', undefined],
  ] as const)
    it(`of an agent through ${proxy} to ${to} ${uri === undefined ? 'gets 403' : `calls ${uri}`}`, () => {
      const { shell, agent } = talking({ byCallers: false, allow }, {}, undefined, proxy)
      assert.equal(refer(agent, to).rejected, uri === undefined ? 403 : undefined)
      if (uri !== undefined) assert.deepEqual(shell.signaling.phones.at(-1)?.target, { uri, route: proxy })
    })

  it('ends after twenty transfers in one call', () => {
    const { agent, shell } = talking()
    for (let n = 0; n < 30; n += 1) refer(agent, 'sip:+19005550100@example.com')
    assert.equal(refer(agent, 'sip:+19005550100@example.com').rejected, 603)
    assert.equal(shell.facts('transferBegan').length, 20)
  })
})

describe('a call that replaces an agent’s leg (RFC 3891)', () => {
  const takesOver = (shell: Shell, leg: FakeLeg, options: FakeInbound['options']): FakeInbound =>
    shell.dial('support', { body: sdp('pickup'), replaces: leg, ...options })

  it('moves the call to a colleague of the group and starts wrap-up for the replaced agent', () => {
    const { shell, caller, agent } = talking()
    const pickup = takesOver(shell, agent, { trusted: false, from: { uri: bob } })
    assert.equal(activity(shell, bob), '1 calls')
    caller.renegotiations[0]?.outcome(accepted)
    assert.ok(pickup.leg && agent.ended)
    assert.deepEqual([activity(shell, alice), activity(shell, bob)], ['0 calls, wraps up', '1 calls'])
  })

  it('keeps an agent who uses another phone of their own in one call, without wrap-up', () => {
    const { shell, caller, agent } = talking()
    const pickup = takesOver(shell, agent, { trusted: false, from: { uri: alice } })
    caller.renegotiations[0]?.outcome(accepted)
    assert.ok(pickup.leg && agent.ended)
    assert.equal(activity(shell, alice), '1 calls')
    caller.end({ kind: 'hungUp' })
    assert.equal(activity(shell, alice), '0 calls, wraps up')
    assert.deepEqual(shell.violations, [])
  })

  it('is refused when it comes from anybody else who is not a trusted peer, even if they know the dialog', () => {
    const { shell, caller, agent } = talking()
    assert.equal(takesOver(shell, agent, { trusted: false, from: { uri: 'sip:dan@example.com' } }).rejected, 603)
    assert.equal(takesOver(shell, agent, { trusted: false, from: { uri: 'sip:guest-1@example.com' } }).rejected, 603)
    assert.equal(takesOver(shell, caller, { trusted: false, from: { uri: bob } }).rejected, 603)
    assert.ok(!caller.ended && !agent.ended)
    assert.equal(caller.renegotiations.length, 0)
  })

  it('is refused with 486 for an agent who has another call', () => {
    const { shell, agent } = talking()
    const second = shell.dial('support')
    shell.phone('bob').answer(sdp('bob'))
    second.leg?.confirm()
    assert.equal(takesOver(shell, agent, { trusted: false, from: { uri: bob } }).rejected, 486)
    assert.equal(activity(shell, bob), '1 calls')
  })

  it('ends nothing when the replaced leg hangs up during the replacement', () => {
    const { shell, caller, agent } = talking()
    const pickup = takesOver(shell, agent, { trusted: false, from: { uri: bob } })
    agent.end({ kind: 'hungUp' })
    assert.ok(!caller.ended)
    caller.renegotiations[0]?.outcome(accepted)
    assert.ok(pickup.leg && !caller.ended)
    assert.equal(activity(shell, bob), '1 calls')
  })

  it('is answered when the talk ends during the replacement', () => {
    const { shell, caller, agent } = talking()
    const pickup = takesOver(shell, agent, { trusted: false, from: { uri: bob } })
    caller.end({ kind: 'hungUp' })
    assert.equal(pickup.rejected, 480)
    assert.equal(shell.world.calls.size, 0)
    assert.equal(shell.signaling.openLegs(), 0)
  })
})
