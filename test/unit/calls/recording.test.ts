import assert from 'node:assert/strict'
import type { CallSettings } from '../../../src/config/call-settings.js'
import type { Body } from '../../../src/legs/body.js'
import type { RoutingSettings } from '../../../src/routing/index.js'
import type { Recording } from '../../../src/routing/world/settings.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeSignaling, type FakeInbound, type FakeLeg } from '../../fakes/signaling.js'
import { seconds, WorldBuilder } from '../routing/build.js'
import { callSettings, FakeLiveStore, Shell, type Surroundings } from './shell.js'

const describes = (port: number, formats = '0 8'): Body => ({
  type: 'application/sdp',
  text: [
    ...['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'],
    ...[`m=audio ${port} RTP/AVP ${formats}`, ...(formats.includes('9') ? ['a=rtpmap:9 G722/8000'] : []), ''],
  ].join('\r\n'),
})

function routingWith(record: Recording | 'never'): RoutingSettings {
  return new WorldBuilder()
    .agent('alice')
    .agent('bob')
    .group('support', 'serial', ['alice', 'bob'])
    .queue('support', ['support'], record === 'never' ? {} : { record })
    .settings()
}

function settingsOf(routing: RoutingSettings, more: Partial<CallSettings['workflows'][number]> = {}): CallSettings {
  const all = callSettings(routing, {}, false)
  return {
    ...all,
    workflows: all.workflows.map(each => ({ ...each, anchored: true as const, recorded: 'all' as const, ...more })),
  }
}

interface Talk {
  readonly shell: Shell
  readonly caller: FakeLeg
  readonly agent: FakeLeg
  readonly inbound: FakeInbound
}

function talking(record: Recording | 'never' = 'always', around?: Surroundings, formats?: string): Talk {
  const routing = routingWith(record)
  const shell = new Shell(routing, settingsOf(routing), around)
  const inbound = shell.dial('support', { body: describes(4_000, formats) })
  const agent = shell.phone('alice').answer(describes(5_000, formats))
  inbound.leg?.confirm()
  assert(inbound.leg && agent)
  return { shell, caller: inbound.leg, agent, inbound }
}

/** What the media thread was told about recordings, and with how many routes sound is recorded now. */
function told({ shell }: Pick<Talk, 'shell'>): string[] {
  return shell.media.relayed.flatMap(message => {
    if (message.kind === 'record') return [`part ${message.part.agent ?? 'nobody'}`]
    return message.kind === 'recorded' ? [message.isLast ? 'over' : 'break'] : []
  })
}
const tapes = ({ shell }: Pick<Talk, 'shell'>): (string | undefined)[] =>
  shell.media.relayed.flatMap(message => (message.kind === 'relay' ? [message.route?.tape?.channel.toString()] : [])).slice(-2)
const alice = 'part sip:alice@example.com'
const bob = 'part sip:bob@example.com'

function ask({ shell }: Talk, wanted: 'on' | 'paused' | 'off', isSupervisor = false): string {
  const [call] = shell.world.calls.keys()
  assert(call)
  const outcome = shell.calls.setRecording(call, wanted, isSupervisor)
  return outcome.kind === 'done' ? (outcome.isAsBefore ? 'as before' : 'done') : outcome.because
}

describe('the recording of a call', () => {
  it('begins at the join, with the caller left, and ends with the call', () => {
    const talk = talking()
    assert.deepEqual([told(talk), tapes(talk)], [[alice], ['0', '1']])
    talk.caller.end({ kind: 'hungUp' })
    assert.deepEqual(told(talk), [alice, 'over'])
  })

  it('names the call, the workflow and the caller', () => {
    const { shell } = talking()
    const begun = shell.media.relayed.find(({ kind }) => kind === 'record')
    assert(begun?.kind === 'record')
    const { call, workflow, caller } = begun.part
    assert.deepEqual([call, workflow, caller], [[...shell.world.calls.keys()][0], 'support', 'sip:+14255550123@pbx.example.com'])
  })

  it('is told to both sides in our SDP', () => {
    const { shell, inbound } = talking()
    for (const body of [shell.signaling.phones[0]?.options.body, inbound.answeredWith])
      assert.match(body?.text ?? '', /^a=record:on\r$/m)
  })

  it('does not happen where the config does not ask for it', () => {
    const talk = talking('never')
    assert.deepEqual(told(talk), [])
    assert.match(ask(talk, 'on'), /may not be recorded/)
  })

  it('waits for somebody to start it, if the config says onDemand; then the agent may stop it', () => {
    const talk = talking('onDemand')
    assert.deepEqual(told(talk), [])
    assert.deepEqual([ask(talk, 'on'), ask(talk, 'off'), ask(talk, 'off')], ['done', 'done', 'as before'])
    assert.deepEqual(told(talk), [alice, 'break'])
  })

  it('records nothing during a pause', () => {
    const talk = talking()
    assert.equal(ask(talk, 'paused'), 'done')
    assert.deepEqual(tapes(talk), [undefined, undefined])
    assert.equal(ask(talk, 'on'), 'done')
    assert.deepEqual(
      [told(talk), tapes(talk)],
      [
        [alice, 'break', alice],
        ['0', '1'],
      ],
    )
  })

  it('may be paused by the agent, but stopped only by a supervisor, if the config asks for it', () => {
    const talk = talking()
    assert.match(ask(talk, 'off'), /only a manager or an admin/)
    assert.equal(ask(talk, 'off', true), 'done')
    assert.match(ask(talk, 'paused', true), /the recording is off/)
  })

  it('goes on through a transfer, in a part with the new agent', () => {
    const talk = talking()
    talk.agent.refer({ to: 'sip:bob@example.com' })
    talk.shell.phone('bob').answer(describes(6_000))
    assert.deepEqual(
      [told(talk), tapes(talk)],
      [
        [alice, bob],
        ['0', '1'],
      ],
    )
  })

  it('does not start again at a transfer while it is paused', () => {
    const talk = talking()
    ask(talk, 'paused')
    talk.agent.refer({ to: 'sip:bob@example.com' })
    talk.shell.phone('bob').answer(describes(6_000))
    assert.deepEqual(told(talk), [alice, 'break'])
  })

  it('has G.711 alone: codecs that can’t be recorded are not offered to the agent', () => {
    const { shell } = talking('always', undefined, '9 0')
    const offered = shell.signaling.phones[0]?.options.body?.text ?? ''
    assert.match(offered, /m=audio \d+ RTP\/AVP 0\r/)
    assert.doesNotMatch(offered, /G722/)
  })

  it('fails, and the call goes on with its own codec, if the caller has no G.711', () => {
    const talk = talking('always', undefined, '9')
    assert.deepEqual(told(talk), [])
    assert.equal(talk.shell.calls.size, 1)
    assert.match(talk.shell.signaling.phones[0]?.options.body?.text ?? '', /G722/)
  })

  it('ends with a fault of the recorder; the call goes on, and somebody may start it again', () => {
    const talk = talking()
    const [call] = talk.shell.world.calls.keys()
    assert(call)
    talk.shell.calls.recordingFailed(call)
    assert.equal(talk.shell.calls.size, 1)
    assert.deepEqual(told(talk), [alice, 'break'])
    assert.equal(ask(talk, 'on'), 'done')
    assert.deepEqual(told(talk), [alice, 'break', alice])
  })

  for (const [state, goesOn] of [
    ['on', true],
    ['paused', false],
  ] as const)
    it(`${goesOn ? 'goes on' : 'stays paused'} after a restart if it was ${state}`, () => {
      const around = { clock: new FakeClock(), signaling: new FakeSignaling(), store: new FakeLiveStore() }
      const before = talking('always', around)
      if (state === 'paused') ask(before, 'paused')
      around.clock.pass(seconds(1))
      const after = before.shell.restarted()
      around.clock.pass(seconds(1))
      for (const [leg, port] of [
        [before.agent, 5_000],
        [before.caller, 4_000],
      ] as const)
        leg.renegotiations[0]?.outcome({ kind: 'accepted', body: describes(port), acknowledge: () => undefined })
      assert.deepEqual(told({ shell: after }), goesOn ? [alice] : [])
    })
})
