import assert from 'node:assert/strict'
import type { CallSettings } from '../../../src/config/call-settings.js'
import type { Body } from '../../../src/legs/body.js'
import type { AgentUri } from '../../../src/routing/index.js'
import { FakeClock } from '../../fakes/clock.js'
import { relayAddress } from '../../fakes/media.js'
import { FakeSignaling, type FakeInbound, type FakeLeg } from '../../fakes/signaling.js'
import { seconds, WorldBuilder } from '../routing/build.js'
import { callSettings, FakeLiveStore, Shell, type Surroundings } from './shell.js'

const routing = new WorldBuilder()
  .agent('alice')
  .agent('bob')
  .group('support', 'serial', ['alice', 'bob'])
  .queue('support', ['support'])
  .settings()
const bob = 'sip:bob@example.com' as AgentUri

const addressOf = { caller: '192.0.2.9', alice: '203.0.113.5', dave: '203.0.113.6', pickup: '203.0.113.7' } as const
type Who = keyof typeof addressOf

/** What somebody's phone describes. */
function describes(who: Who, ...lines: readonly string[]): Body {
  const address = addressOf[who]
  const head = ['v=0', `o=${who} 1 1 IN IP4 ${address}`, `s=${who}`, `c=IN IP4 ${address}`, 't=0 0']
  return { type: 'application/sdp', text: [...head, 'm=audio 4000 RTP/AVP 0 8', ...lines, ''].join('\r\n') }
}

const settings = (more: Partial<CallSettings['workflows'][number]> = {}): CallSettings => {
  const all = callSettings(routing, { transfers: { byCallers: true, allow: [{ kind: 'host', host: 'example.com' }] } }, true)
  return { ...all, workflows: all.workflows.map(workflow => ({ ...workflow, anchored: true as const, ...more })) }
}

interface Talk {
  readonly shell: Shell
  readonly inbound: FakeInbound
  readonly caller: FakeLeg
  readonly agent: FakeLeg
}

function talking(around?: Surroundings, more?: Partial<CallSettings['workflows'][number]>): Talk {
  const shell = new Shell(routing, settings(more), around)
  const inbound = shell.dial('support', { body: describes('caller') })
  const agent = shell.phone('alice').answer(describes('alice'))
  inbound.leg?.confirm()
  assert(inbound.leg && agent)
  return { shell, inbound, caller: inbound.leg, agent }
}

const lineOf = (body: Body | undefined, letter: string): string =>
  new RegExp(`^${letter}=.*$`, 'm').exec(body?.text ?? '')?.[0] ?? 'none'
const portOf = (body: Body | undefined): string => lineOf(body, 'm').split(' ')[1] ?? ''
const accepts = (leg: FakeLeg, body: Body): void => {
  const [asked] = leg.renegotiations
  assert(asked, 'no re-INVITE is pending')
  asked.outcome({ kind: 'accepted', body, acknowledge: () => undefined })
}

function namesOnlyUs(body: Body | undefined): void {
  assert.match(body?.text ?? '', new RegExp(`c=IN IP4 ${relayAddress}`))
  for (const [who, address] of Object.entries(addressOf))
    assert(!body?.text.includes(address) && !body?.text.includes(`s=${who}`), body?.text)
}

describe('an anchored call', () => {
  it('shows each side only our address, and connects the two in the relay', () => {
    const { shell, inbound } = talking()
    const offered = shell.signaling.phones[0]?.options.body
    for (const body of [offered, inbound.answeredWith]) namesOnlyUs(body)
    assert.notEqual(portOf(offered), portOf(inbound.answeredWith))
    const places = shell.media.relayed.flatMap(message => (message.kind === 'agree' ? [message.peer.rtp.address] : []))
    assert.deepEqual(new Set(places), new Set([addressOf.caller, addressOf.alice]))
    assert.equal(shell.media.relayed.filter(({ kind }) => kind === 'relay').length, 2)
  })

  it('has no relay in a workflow that does not ask for it', () => {
    const shell = new Shell(routing)
    const inbound = shell.dial('support', { body: describes('caller') })
    shell.phone('alice').answer(describes('alice'))
    assert.match(inbound.answeredWith?.text ?? '', /203\.0\.113\.5/)
    assert.equal(shell.media.anchors.size, 0)
  })

  it('frees its ports when it ends, also those of phones that rang', () => {
    const { shell, caller } = talking()
    assert.equal(shell.media.ends.size, 2)
    caller.end({ kind: 'hungUp' })
    assert.deepEqual([shell.media.ends.size, shell.media.anchors.size], [0, 0])
    const second = shell.dial('support', { body: describes('caller') })
    shell.phone('alice').refuse(486)
    assert.equal(shell.media.ends.size, 1)
    second.cancel()
    assert.deepEqual([shell.media.ends.size, shell.media.anchors.size, shell.signaling.openLegs()], [0, 0, 0])
  })

  it('connects the phone that was first, and never the one that answered too late', () => {
    const both = new WorldBuilder()
      .agent('alice')
      .agent('bob')
      .group('support', 'parallel', ['alice', 'bob'])
      .queue('support', ['support'])
      .settings()
    const shell = new Shell(both, settings())
    const inbound = shell.dial('support', { body: describes('caller') })
    const [first, second] = [shell.phone('alice'), shell.phone('bob')]
    first.answer(describes('alice'))
    inbound.leg?.confirm()
    second.answer(describes('dave'))
    const places = shell.media.relayed.flatMap(message => (message.kind === 'agree' ? [message.peer.rtp.address] : []))
    assert(!places.includes(addressOf.dave))
    assert.equal(shell.media.ends.size, 2)
  })

  it('carries a hold to the other side, without an address', () => {
    const { caller, agent } = talking()
    const hold = agent.reinvite(describes('alice', 'a=sendonly'))
    const [asked] = caller.renegotiations
    namesOnlyUs(asked?.body)
    assert.match(asked?.body?.text ?? '', /a=sendonly/)
    accepts(caller, describes('caller', 'a=recvonly'))
    namesOnlyUs(hold.accepted)
    assert.match(hold.accepted?.text ?? '', /a=recvonly/)
  })

  for (const by of ['caller', 'agent'] as const)
    it(`asks the other side nothing when the phone of the ${by} moves to another port`, () => {
      const talk = talking()
      const who = by === 'caller' ? 'caller' : 'alice'
      const { text, type } = describes(who)
      const answer = talk[by].reinvite({ type, text: text.replace('4000', '4444') })
      namesOnlyUs(answer.accepted)
      assert.deepEqual([talk.caller.renegotiations.length, talk.agent.renegotiations.length], [0, 0])
      const moved = talk.shell.media.relayed.findLast(message => message.kind === 'agree' && message.peer.rtp.port === 4444)
      assert(moved?.kind === 'agree' && moved.peer.rtp.address === addressOf[who])
    })

  it('refuses SRTP in a later offer with 488, and goes on', () => {
    const { caller, agent } = talking()
    const { text, type } = describes('caller')
    assert.equal(agent.reinvite({ type, text: text.replace('RTP/AVP', 'RTP/SAVP') }).rejected, 488)
    assert.ok(!caller.ended && !agent.ended)
  })

  it('names no agent’s address in the 488 of a partner whose SDP can’t be relayed', () => {
    const shell = new Shell(routing, settings())
    const inbound = shell.dial('support', { body: describes('caller') })
    const { text, type } = describes('alice')
    const leg = shell.phone('alice').answer({
      type,
      text: text.replace('IN IP4 203', 'IN IP6 2001:db8::1 203').replaceAll('IP4 203.0.113.5', 'IP6 2001:db8::1'),
    })
    assert.ok(leg?.ended)
    assert.deepEqual([inbound.answeredWith, shell.rings()], [undefined, ['bob']])
  })
})

describe('a transfer in an anchored call', () => {
  it('of the agent shows the target our address, and the caller needs no re-INVITE', () => {
    const { shell, caller, agent } = talking()
    agent.refer({ to: 'sip:dave@example.com' })
    namesOnlyUs(shell.phone('dave').options.body)
    shell.phone('dave').answer(describes('dave'))
    assert.equal(caller.renegotiations.length, 0)
    assert.ok(agent.ended && !caller.ended)
    const last = shell.media.relayed.findLast(message => message.kind === 'agree')
    assert(last?.kind === 'agree' && last.peer.rtp.address === addressOf.dave)
    assert.equal(shell.media.ends.size, 2)
  })

  it('of the caller gives the target the caller’s side, and the agent needs no re-INVITE', () => {
    const { shell, inbound, caller, agent } = talking()
    caller.refer({ to: 'sip:dave@example.com' })
    const offered = shell.phone('dave').options.body
    namesOnlyUs(offered)
    assert.equal(portOf(offered), portOf(inbound.answeredWith))
    shell.phone('dave').answer(describes('dave'))
    assert.deepEqual([agent.renegotiations.length, agent.ended], [0, undefined])
    assert.ok(caller.ended)
    assert.equal(shell.media.ends.size, 2)
  })

  it('connects the caller with the agent again when the target hangs up before it is through', () => {
    const { shell, caller, agent } = talking()
    const hold = agent.reinvite(describes('alice', 'a=sendonly'))
    accepts(caller, describes('caller', 'a=recvonly'))
    hold.confirm?.()
    agent.refer({ to: 'sip:dave@example.com' })
    const dave = shell.phone('dave').answer(describes('dave'))
    assert.equal(caller.renegotiations.length, 1)
    const before = shell.media.relayed.length
    dave?.end({ kind: 'hungUp' })
    const routes = shell.media.relayed.slice(before).filter(({ kind }) => kind === 'relay')
    assert.equal(routes.length, 2)
    assert.ok(!agent.ended && !caller.ended)
  })

  it('by INVITE with Replaces shows nobody the new phone’s address', () => {
    const { shell, caller, agent } = talking()
    const pickup = shell.dial('support', { body: describes('pickup'), replaces: agent, trusted: false, from: { uri: bob } })
    assert.equal(caller.renegotiations.length, 1)
    namesOnlyUs(caller.renegotiations[0]?.body)
    accepts(caller, describes('caller'))
    namesOnlyUs(pickup.answeredWith)
    assert.ok(pickup.leg && agent.ended)
    assert.equal(shell.media.ends.size, 2)
  })
})

describe('a caller whose media can’t be relayed', () => {
  const srtp = (): Body => {
    const { text, type } = describes('caller')
    return { type, text: text.replace('RTP/AVP', 'RTP/SAVP') }
  }

  it('is refused with 488 by an anonymous workflow, because they would see the agent’s address', () => {
    const shell = new Shell(routing, settings())
    assert.equal(shell.dial('support', { body: srtp() }).rejected, 488)
    assert.equal(shell.world.calls.size, 0)
  })

  it('talks directly in another workflow', () => {
    const shell = new Shell(routing, settings({ anonymous: false }))
    const inbound = shell.dial('support', { body: srtp() })
    shell.phone('alice').answer(describes('alice'))
    assert.match(inbound.answeredWith?.text ?? '', /203\.0\.113\.5/)
    assert.equal(shell.media.anchors.size, 0)
  })
})

describe('an anchored call without ports', () => {
  it('rings no phone while no port is free', async () => {
    const shell = new Shell(routing, settings())
    shell.media.mostEnds = 0
    const inbound = shell.dial('support', { body: describes('caller') })
    assert.deepEqual(shell.rings(), [])
    shell.clock.pass(1)
    await Promise.resolve()
    assert.equal(inbound.answeredWith, undefined)
    assert.equal(shell.signaling.phones.length, 0)
  })

  it('gets new ports by a re-INVITE to each side when the media thread has lost them', () => {
    const { shell, inbound, caller, agent } = talking()
    for (const anchor of shell.media.anchors) anchor.broke()
    assert.deepEqual([caller.renegotiations.length, agent.renegotiations.length], [0, 0])
    shell.clock.pass(seconds(1))
    namesOnlyUs(agent.renegotiations[0]?.body)
    assert.notEqual(portOf(agent.renegotiations[0]?.body), portOf(shell.signaling.phones[0]?.options.body))
    accepts(agent, describes('alice'))
    namesOnlyUs(caller.renegotiations[0]?.body)
    assert.notEqual(portOf(caller.renegotiations[0]?.body), portOf(inbound.answeredWith))
    accepts(caller, describes('caller'))
    assert.deepEqual([caller.ended, agent.ended, shell.violations], [undefined, undefined, []])
  })

  it('tries again each second while a side is busy, and gives up after five times', () => {
    const { shell, agent } = talking()
    for (const anchor of shell.media.anchors) anchor.broke()
    for (let tries = 0; tries < 10; tries += 1) {
      shell.clock.pass(seconds(1))
      agent.renegotiations[0]?.outcome({ kind: 'rejected', status: 491, headers: [] })
    }
    shell.clock.pass(seconds(60))
    assert.equal(agent.renegotiations.length, 0)
    assert.equal(agent.ended, undefined)
  })

  it('gets new ports after a transfer that rang for 20 s and failed', () => {
    const { shell, caller, agent } = talking()
    agent.refer({ to: 'sip:dave@example.com' })
    for (const anchor of shell.media.anchors) anchor.broke()
    shell.clock.pass(seconds(20))
    assert.deepEqual([caller.renegotiations.length, agent.renegotiations.length], [0, 0])
    shell.phone('dave').refuse(486)
    shell.clock.pass(seconds(2))
    namesOnlyUs(agent.renegotiations[0]?.body)
  })

  it('gets new ports after a restart, and its sessions go on', () => {
    const around = { clock: new FakeClock(), signaling: new FakeSignaling(), store: new FakeLiveStore() }
    const { shell, inbound, caller, agent } = talking(around)
    const before = shell.signaling.phones[0]?.options.body
    shell.clock.pass(seconds(1))
    const next = shell.restarted()
    next.clock.pass(seconds(1))
    const [asked] = agent.renegotiations
    namesOnlyUs(asked?.body)
    const [was, is] = [before, asked?.body].map(body => lineOf(body, 'o').split(' '))
    assert.equal(is?.[1], was?.[1])
    assert(Number(is?.[2]) > Number(was?.[2]), 'the version goes on')
    accepts(agent, describes('alice'))
    namesOnlyUs(caller.renegotiations[0]?.body)
    assert.equal(lineOf(caller.renegotiations[0]?.body, 'o').split(' ')[1], lineOf(inbound.answeredWith, 'o').split(' ')[1])
    accepts(caller, describes('caller'))
    const hold = agent.reinvite(describes('alice', 'a=sendonly'))
    accepts(caller, describes('caller', 'a=recvonly'))
    namesOnlyUs(hold.accepted)
    caller.end({ kind: 'hungUp' })
    assert.ok(agent.ended)
    assert.equal(next.media.ends.size, 0)
  })
})
