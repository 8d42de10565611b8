import assert from 'node:assert/strict'
import { agentView, callView, type AgentUri, type CallId, type PromptId } from '../../../src/routing/index.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeSignaling, sdp, type FakeLeg } from '../../fakes/signaling.js'
import { seconds, WorldBuilder } from '../routing/build.js'
import { callSettings, FakeLiveStore, Shell, type Surroundings } from './shell.js'

const routing = new WorldBuilder()
  .agent('alice', { wrapUp: seconds(10) })
  .agent('bob', { wrapUp: seconds(5) })
  .group('support', 'serial', ['alice', 'bob'])
  .queue('support', ['support'])
  .workflow('support', 'support', { musicOnHold: 'music' as PromptId })
  .settings()

const alice = 'sip:alice@example.com' as AgentUri
const bob = 'sip:bob@example.com' as AgentUri

/** The caller talks to alice. */
function talking(around?: Surroundings, anchored?: true) {
  const plain = callSettings(routing, { outboundProxy: 'sip:pbx.example.net' })
  const settings = { ...plain, workflows: plain.workflows.map(workflow => ({ ...workflow, ...(anchored && { anchored }) })) }
  const shell = new Shell(routing, settings, around)
  const caller = shell.dial('support', { body: sdp('caller') })
  const agent = shell.phone('alice').answer(sdp('alice'))
  caller.leg?.confirm()
  const { leg } = caller
  const id = [...shell.world.calls.keys()][0]
  assert.ok(leg && agent && id)
  return { shell, caller: leg, agent, id }
}

type Scene = ReturnType<typeof talking>

/** The peer accepts the pending re-INVITE with its own SDP. Returns whose SDP it was offered, and whether it may send sound. */
function accepts(leg: FakeLeg, owner: string): string {
  const [pending] = leg.renegotiations
  assert.ok(pending?.body, `no re-INVITE waits for ${owner}`)
  const { text } = pending.body
  pending.outcome({ kind: 'accepted', body: sdp(owner), acknowledge: () => undefined })
  const from = /^s=(\S+) calling/m.exec(text)?.[1] ?? ''
  return text.includes('a=inactive') ? `silence of ${from}` : from
}

const begin = ({ shell, id }: Scene, to: string = bob): unknown => shell.calls.consult(alice, id, to).kind

/** Alice talks to bob, and the caller hears music. */
function consulting(around?: Surroundings) {
  const scene = talking(around)
  assert.equal(begin(scene), 'done')
  assert.equal(accepts(scene.caller, 'caller'), 'carillon-1')
  assert.equal(accepts(scene.agent, 'alice'), 'silence of caller')
  const target = scene.shell.phone('bob').answer(sdp('bob'))
  assert.ok(target)
  assert.equal(accepts(scene.agent, 'alice'), 'bob')
  return { ...scene, target }
}

const outcomes = (shell: Shell): string[] => shell.facts('transferEnded').map(({ outcome }) => outcome)
const shown = ({ shell, id }: Scene): unknown => callView(shell.world, id)?.consultation

describe('an agent who calls somebody before a transfer', () => {
  it('is put on hold before the target rings, and the caller hears the music of the workflow meanwhile', () => {
    const scene = talking()
    const { shell, caller, agent } = scene
    assert.equal(begin(scene), 'done')
    assert.deepEqual(shell.rings(), [], 'nobody rings while the two may still hear each other')
    accepts(caller, 'caller')
    assert.equal(shell.media.last.hears, 'loop music')
    accepts(agent, 'alice')
    assert.deepEqual(shell.rings(), ['bob'])
    assert.deepEqual(shown(scene), { agent: alice, to: bob, state: 'calling' })
    assert.deepEqual(shell.violations, [])
  })

  it('talks to the target, who is busy from the first ring and counts as talking', () => {
    const scene = consulting()
    const { shell, target } = scene
    assert.deepEqual(shown(scene), { agent: alice, to: bob, state: 'talking' })
    assert.equal(agentView(shell.world, bob)?.activity, 'talking')
    shell.dial('support')
    assert.deepEqual(shell.rings(), [])
    assert.ok(!target.ended)
  })

  it('joins the target with the caller and is free, with wrap-up', async () => {
    const { shell, caller, agent, target, id } = consulting()
    assert.equal(shell.calls.completeConsultation(alice, id).kind, 'done')
    assert.equal(accepts(target, 'bob'), 'caller')
    assert.equal(accepts(caller, 'caller'), 'bob')
    assert.ok(agent.ended, 'the agent gets BYE')
    assert.deepEqual([shell.media.streams, outcomes(shell)], [0, ['through']])
    assert.equal(agentView(shell.world, alice)?.activity, 'wrappingUp')
    assert.equal(agentView(shell.world, bob)?.activity, 'talking')
    target.end({ kind: 'hungUp' })
    assert.ok(caller.ended)
    assert.deepEqual(shell.violations, [])
    assert.equal((await shell.replay()).firstDifference, undefined)
  })

  it('returns to the caller, also while the target rings, and may call somebody else', () => {
    const early = talking()
    begin(early)
    accepts(early.caller, 'caller')
    accepts(early.agent, 'alice')
    const phone = early.shell.phone('bob')
    const late = consulting()
    for (const { shell, agent, caller, id } of [early, late]) {
      assert.equal(shell.calls.takeBack(alice, id).kind, 'done')
      assert.equal(accepts(agent, 'alice'), 'caller')
      assert.equal(accepts(caller, 'caller'), 'alice')
      assert.deepEqual([shell.media.streams, outcomes(shell)], [0, ['takenBack']])
      assert.equal(agentView(shell.world, bob)?.activity, 'free')
      assert.equal(shell.calls.consult(alice, id, bob).kind, 'done')
      assert.deepEqual(shell.violations, [])
    }
    assert.equal(phone.state, 'cancelled')
    assert.ok(late.target.ended)
  })

  it('is back with the caller when the target declines, or hangs up', () => {
    const declined = talking()
    begin(declined)
    accepts(declined.caller, 'caller')
    accepts(declined.agent, 'alice')
    declined.shell.phone('bob').refuse(486)
    const left = consulting()
    left.target.end({ kind: 'hungUp' })
    for (const { shell, agent, caller } of [declined, left]) {
      assert.equal(accepts(agent, 'alice'), 'caller')
      assert.equal(accepts(caller, 'caller'), 'alice')
      assert.deepEqual([outcomes(shell), shell.media.streams], [['failed'], 0])
      assert.ok(!caller.ended && !agent.ended)
      assert.deepEqual(shell.violations, [])
    }
  })

  it('completes the transfer by hanging up, also while the target rings', () => {
    const talks = consulting()
    talks.agent.end({ kind: 'hungUp' })
    assert.equal(accepts(talks.target, 'bob'), 'caller')
    assert.equal(accepts(talks.caller, 'caller'), 'bob')
    const rings = talking()
    begin(rings)
    accepts(rings.caller, 'caller')
    accepts(rings.agent, 'alice')
    rings.agent.end({ kind: 'hungUp' })
    assert.equal(rings.shell.media.last.hears, 'loop music', 'the caller waits on')
    const target = rings.shell.phone('bob').answer(sdp('bob'))
    assert.ok(target)
    assert.equal(accepts(target, 'bob'), 'caller')
    assert.equal(accepts(rings.caller, 'caller'), 'bob')
    for (const { shell, caller } of [talks, rings]) {
      assert.ok(!caller.ended)
      assert.deepEqual([outcomes(shell), shell.violations], [['through'], []])
    }
  })

  it('loses the call, and the target, when the caller hangs up', () => {
    const { shell, caller, agent, target } = consulting()
    caller.end({ kind: 'hungUp' })
    assert.ok(agent.ended && target.ended)
    assert.equal(shell.media.streams, 0)
    assert.deepEqual([agentView(shell.world, bob)?.activity, shell.violations], ['free', []])
  })

  it('holds the target and presses keys for it, and not for the caller', async () => {
    const { caller, agent, target } = consulting()
    const answer = agent.reinvite(sdp('alice-holds'))
    assert.equal(accepts(target, 'bob'), 'alice-holds')
    assert.match(answer.accepted?.text ?? '', /^s=bob/m)
    void agent.inform({ type: 'application/dtmf-relay', text: 'Signal=1\r\n' })
    assert.deepEqual([target.infos.length, caller.infos.length], [1, 0])
    const held = target.reinvite(sdp('bob-holds'))
    assert.equal(accepts(agent, 'alice'), 'bob-holds')
    assert.match(held.accepted?.text ?? '', /^s=alice/m)
    assert.equal(await caller.inform({ type: 'application/dtmf-relay', text: 'Signal=2\r\n' }), 200)
  })

  it('leaves the answer to a re-INVITE of the waiting caller to our media', () => {
    const { shell, caller } = consulting()
    const answer = caller.reinvite(sdp('caller-moves'))
    assert.match(answer.accepted?.text ?? '', /^s=carillon/m)
    assert.match(shell.media.last.remote?.text ?? '', /caller-moves/)
  })

  it('repeats a re-INVITE that crosses one of theirs', () => {
    const scene = talking()
    begin(scene)
    for (const leg of [scene.caller, scene.agent]) {
      leg.renegotiations[0]?.outcome({ kind: 'rejected', status: 491, headers: [] })
      scene.shell.clock.pass(4_000)
    }
    assert.equal(accepts(scene.caller, 'caller'), 'carillon-2')
    assert.equal(accepts(scene.agent, 'alice'), 'silence of caller')
    assert.deepEqual(scene.shell.rings(), ['bob'])
  })

  it('keeps the caller when the caller’s phone refuses the music, or the target the caller’s SDP', () => {
    const music = talking()
    begin(music)
    music.caller.renegotiations[0]?.outcome({ kind: 'rejected', status: 488, headers: [] })
    const join = consulting()
    join.shell.calls.completeConsultation(alice, join.id)
    join.target.renegotiations[0]?.outcome({ kind: 'rejected', status: 488, headers: [] })
    for (const { shell, caller, agent } of [music, join]) {
      assert.deepEqual(outcomes(shell), ['failed'])
      assert.ok(!caller.ended && !agent.ended)
      assert.deepEqual([shell.media.streams, shell.violations], [0, []])
    }
    assert.ok(join.target.ended)
  })

  it('puts the caller on hold without music if our media can’t reach them', () => {
    const scene = talking()
    scene.shell.media.free = 0
    begin(scene)
    assert.equal(accepts(scene.caller, 'caller'), 'silence of alice')
    assert.equal(accepts(scene.agent, 'alice'), 'silence of caller')
    assert.deepEqual(scene.shell.rings(), ['bob'])
  })

  it('shows a colleague who calls, and outsiders only the workflow', () => {
    const inside = talking()
    begin(inside)
    accepts(inside.agent, 'alice')
    assert.equal(inside.shell.phone('bob').options.from.uri, alice)
    const outside = talking()
    begin(outside, 'sip:support@example.com')
    accepts(outside.agent, 'alice')
    assert.equal(outside.shell.phone('support').options.from.uri, 'sip:support@example.com')
  })
})

describe('a consultation that is refused', () => {
  const because = (shell: Shell, id: CallId, to: string, agent = alice): string => {
    const outcome = shell.calls.consult(agent, id, to)
    return outcome.kind === 'done' ? 'done' : outcome.because.replace(id, 'it')
  }

  it('names the reason, and nobody is called', () => {
    const { shell, id } = talking()
    assert.match(because(shell, id, 'sip:+19005550100@example.com'), /not among those/)
    assert.match(because(shell, id, bob, bob), /does not talk in it/)
    assert.match(because(shell, 'nobody' as CallId, bob), /there is no call/)
    assert.equal(shell.calls.completeConsultation(alice, id).kind, 'refused')
    assert.deepEqual([shell.rings(), shell.violations], [[], []])
  })

  it('is a second one at the same time, and one that is completed before the target answers', () => {
    const scene = talking()
    begin(scene)
    assert.match(because(scene.shell, scene.id, bob), /transfers it already/)
    assert.equal(scene.shell.calls.completeConsultation(alice, scene.id).kind, 'refused')
  })

  it('concerns a colleague who has another call: both sides go on as before', () => {
    const scene = talking()
    const second = scene.shell.dial('support')
    scene.shell.phone('bob').answer(sdp('bob'))
    second.leg?.confirm()
    assert.equal(begin(scene), 'done')
    assert.deepEqual([outcomes(scene.shell), scene.caller.renegotiations.length], [['busy'], 0])
    assert.equal(shown(scene), undefined)
  })

  it('concerns a call whose sound passes through us', () => {
    const { shell, id } = talking(undefined, true)
    assert.match(because(shell, id, bob), /passes through Carillon/)
  })
})

describe('a restart during a consultation', () => {
  it('gives agent and caller each other’s media again, and frees the target', () => {
    const store = new FakeLiveStore()
    const { shell, caller, agent } = consulting({ clock: new FakeClock(), signaling: new FakeSignaling(), store })
    shell.clock.pass(300)
    const next = shell.restarted()
    assert.equal(accepts(agent, 'alice'), 'caller')
    assert.equal(accepts(caller, 'caller'), 'alice')
    assert.deepEqual([agentView(next.world, bob)?.activity, next.violations], ['free', []])
  })
})
