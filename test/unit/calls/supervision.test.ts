import assert from 'node:assert/strict'
import type { SupervisionSettings } from '../../../src/config/call-settings.js'
import { millis } from '../../../src/foundation/time.js'
import type { AgentUri, CallId } from '../../../src/routing/index.js'
import { sdp } from '../../fakes/signaling.js'
import { WorldBuilder } from '../routing/build.js'
import { callSettings, Shell } from './shell.js'

const routing = new WorldBuilder()
  .agent('alice')
  .agent('bob')
  .agent('boss')
  .agent('coach')
  .agent('guest')
  .group('support', 'serial', ['alice', 'bob'])
  .queue('support', ['support'])
  .workflow('support', 'support')
  .settings()

const agent = (name: string): AgentUri => `sip:${name}@example.com` as AgentUri
const person = (name: string) => ({ name, agent: agent(name) })

/** The caller talks to alice. */
function talking({ direct = false, ...more }: Partial<SupervisionSettings> & { direct?: boolean } = {}) {
  const plain = callSettings(routing, {
    outboundProxy: 'sip:pbx.example.net',
    supervision: { shown: true, perCall: 2, most: 50, ...more },
  })
  const workflows = plain.workflows.map(each => (direct ? each : { ...each, anchored: true as const, supervised: true as const }))
  const shell = new Shell(routing, { ...plain, workflows })
  const talk = () => {
    const known = new Set(shell.world.calls.keys())
    const caller = shell.dial('support', { body: sdp('caller') })
    const phone = shell.phone(shell.rings()[0] ?? '').answer(sdp('agent'))
    caller.leg?.confirm()
    const id = [...shell.world.calls.keys()].find(each => !known.has(each))
    assert.ok(caller.leg && phone && id)
    return { caller: caller.leg, phone, id }
  }
  const { caller, phone, id } = talk()
  const supervise = (name: string, mode: 'listen' | 'whisper' | 'barge' = 'listen', call: CallId = id): string => {
    const outcome = shell.calls.supervise(call, person(name), mode)
    return outcome.kind === 'done' ? 'done' : outcome.because.replace(`${call}: `, '')
  }
  const listening = (name: string) => {
    assert.equal(supervise(name), 'done')
    const leg = shell.phone(name).answer(sdp(name))
    assert.ok(leg)
    return leg
  }
  /** Who supervises now, as the last news said. */
  const present = (): unknown =>
    shell.news.flatMap(news => (news.kind === 'supervisors' ? [news.supervisors.map(each => [each.name, each.mode])] : [])).at(-1)
  return { shell, caller, phone, id, talk, supervise, listening, present }
}

describe('a supervisor', () => {
  it('is called at their phone, which may answer at once, and hears the talk', () => {
    const { shell, supervise, present } = talking()
    assert.equal(supervise('boss'), 'done')
    const phone = shell.phone('boss')
    assert.deepEqual(shell.media.supervised, [], 'nobody listens before the phone answers')
    assert.deepEqual(
      phone.options.headers.map(([name]) => name),
      ['Answer-Mode', 'Alert-Info'],
    )
    const leg = phone.answer(sdp('boss'))
    assert.ok(leg?.acknowledged)
    assert.deepEqual(shell.media.supervised, [[0, 'nobody']])
    assert.deepEqual(present(), [['boss', 'listen']])
    assert.equal(shell.media.streams, 1)
  })

  it('whispers to the agent and barges in, and the two who talk get no message for it', () => {
    const { shell, caller, phone, supervise, listening, present } = talking()
    listening('boss')
    assert.equal(supervise('boss', 'whisper'), 'done')
    assert.deepEqual(shell.media.supervised, [[0, 'partner']])
    assert.equal(supervise('boss', 'barge'), 'done')
    assert.deepEqual(shell.media.supervised, [[0, 'both']])
    assert.deepEqual(present(), [['boss', 'barge']])
    assert.deepEqual([caller.renegotiations, phone.renegotiations], [[], []])
  })

  it('leaves, and the talk goes on; the record knows the time and the modes', () => {
    const { shell, caller, phone, id, supervise, listening } = talking()
    const leg = listening('boss')
    supervise('boss', 'whisper')
    shell.clock.pass(millis(5_000))
    leg.end({ kind: 'hungUp' })
    assert.deepEqual(shell.media.supervised, [])
    assert.equal(shell.media.streams, 0)
    const told = shell.news.flatMap(news => (news.kind === 'supervised' ? [news] : []))
    assert.deepEqual(
      told.map(({ name, modes, from, to }) => [name, modes, to - from]),
      [['boss', ['listen', 'whisper'], 5_000]],
    )
    assert.ok(!caller.ended && !phone.ended)
    assert.ok(shell.world.calls.has(id))
    assert.equal(supervise('boss'), 'done', 'they may come again')
  })

  it('is hung up when they ask for it, also while their phone rings', () => {
    const { shell, id, supervise, listening } = talking()
    const leg = listening('boss')
    assert.deepEqual(shell.calls.stopSupervising(id, agent('boss')), { kind: 'done' })
    assert.ok(leg.ended)
    supervise('boss')
    const phone = shell.phone('boss')
    shell.calls.stopSupervising(id, agent('boss'))
    assert.equal(phone.state, 'cancelled')
    assert.equal(shell.media.streams, 0)
    assert.deepEqual(shell.calls.stopSupervising(id, agent('boss')), { kind: 'done', isAsBefore: true })
  })

  it('who does not answer leaves the talk as it is, and may be called again', () => {
    const { shell, caller, supervise, present } = talking()
    supervise('boss')
    shell.phone('boss').refuse(486)
    assert.deepEqual([present(), shell.media.streams, caller.ended], [[], 0, undefined])
    assert.equal(shell.news.filter(({ kind }) => kind === 'supervised').length, 0)
    assert.equal(supervise('boss'), 'done')
  })

  for (const [how, end] of [
    ['the caller hangs up', ({ caller }) => caller.end({ kind: 'hungUp' })],
    ['the agent hangs up', ({ phone }) => phone.end({ kind: 'hungUp' })],
    ['the server stops', ({ shell }) => shell.calls.stop()],
  ] as const satisfies readonly (readonly [string, (scene: ReturnType<typeof talking>) => void])[])
    it(`is hung up when ${how}, with a phone that still rings`, () => {
      const scene = talking()
      const leg = scene.listening('boss')
      scene.supervise('coach')
      const ringing = scene.shell.phone('coach')
      end(scene)
      assert.ok(leg.ended)
      assert.equal(ringing.state, 'cancelled')
      assert.equal(scene.shell.media.streams, 0)
      assert.deepEqual(scene.shell.violations, [])
    })

  it('is hung up when the agent has transferred the caller to somebody else', () => {
    const scene = talking()
    const leg = scene.listening('boss')
    scene.phone.refer({ to: agent('bob') })
    const bob = scene.shell.phone('bob').answer(sdp('bob'))
    assert.ok(bob && leg.ended)
    assert.ok(!scene.caller.ended)
  })

  it('hears one talk at a time, and a talk has so many supervisors as the config says', () => {
    const { id, supervise, talk } = talking({ perCall: 1, most: 2 })
    const other = talk()
    assert.equal(supervise('boss'), 'done')
    assert.equal(supervise('boss', 'listen', other.id), `sip:boss@example.com listens to the call ${id} already`)
    assert.equal(supervise('coach'), 'it has 1 supervisors already (supervision.perCall)')
    assert.equal(supervise('coach', 'listen', other.id), 'done')
    const { supervise: third } = talking({ most: 1 })
    assert.equal(third('boss'), 'done')
    assert.equal(third('coach'), '1 people supervise calls already (supervision.most)')
  })

  it('is told why a talk can’t be heard, and what helps', () => {
    const direct = talking({ direct: true })
    assert.match(direct.supervise('boss'), /media flow directly.*'supervised: true' in the workflow 'support'/)
    const { shell, supervise } = talking()
    assert.equal(supervise('alice'), 'you talk in it')
    shell.media.free = 0
    assert.equal(supervise('boss'), 'no media port is free')
    shell.media.free = 5
    assert.equal(supervise('boss'), 'done', 'a refused attempt counts as none')
    shell.dial('support', { body: sdp('second') })
    const waiting = [...shell.world.calls.keys()].at(-1)
    assert.ok(waiting)
    assert.equal(supervise('guest', 'listen', waiting), 'nobody talks in it, or it is being transferred')
    assert.deepEqual(shell.calls.supervise('c9' as CallId, person('boss'), 'listen').kind, 'unknown')
  })

  it('may hold their phone and move it, and gets answers from our media', () => {
    const { listening } = talking()
    const leg = listening('boss')
    const answer = leg.reinvite(sdp('boss-again'))
    assert.equal(answer.accepted?.text.includes('o=carillon'), true)
  })

  it('whose phone offers nothing that we can hear is hung up', () => {
    const { shell, supervise, caller } = talking()
    supervise('boss')
    const bad = { type: 'application/sdp', text: sdp('boss').text.replace('m=audio 4000 RTP/AVP 0', 'm=video 4000 RTP/AVP 31') }
    const leg = shell.phone('boss').answer(bad)
    assert.ok(leg?.ended)
    assert.ok(!caller.ended)
    assert.equal(shell.media.streams, 0)
  })
})
