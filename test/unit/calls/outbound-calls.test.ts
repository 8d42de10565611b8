import assert from 'node:assert/strict'
import type { CallSettings, OutboundSettings } from '../../../src/config/call-settings.js'
import { agentView, callView, type AgentUri } from '../../../src/routing/index.js'
import { groupName, workflowName } from '../../../src/routing/world/ids.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeSignaling, sdp, type FakeInbound, type FakePhone } from '../../fakes/signaling.js'
import { WorldBuilder } from '../routing/build.js'
import { callSettings, FakeLiveStore, Shell } from './shell.js'

const routing = new WorldBuilder()
  .agent('alice', { alwaysAvailable: true })
  .agent('bob', { alwaysAvailable: true })
  .group('support', 'serial', ['alice'])
  .group('others', 'serial', ['bob'])
  .queue('support', ['support'])
  .queue('sales', ['others'])
  .settings()
const outbound: readonly OutboundSettings[] = [
  {
    ...{ workflow: workflowName('support'), prefix: '*71', numbers: ['0?????????', '+33*'], groups: [groupName('support')] },
    ...{ identity: 'sip:+14255550100@pbx.example.com;user=phone', at: 'pbx.example.com' },
  },
]
const changed = (over: Partial<CallSettings> = {}): CallSettings =>
  callSettings(routing, { outboundProxy: 'sip:pbx.example.com', outbound, ...over })
const alice = 'sip:alice@example.com' as AgentUri

describe('a call that an agent makes on behalf of a workflow', () => {
  let shell: Shell
  beforeEach(() => (shell = new Shell(routing, changed())))

  const dial = (
    user: string,
    options: { readonly by?: string; readonly headers?: Record<string, string[]> } = {},
  ): FakeInbound => {
    const { by = alice, headers = {} } = options
    return shell.dial(user, { headers: { 'P-Asserted-Identity': [`<${by}>`], ...headers }, body: sdp('alice') })
  }
  const called = (): FakePhone => shell.signaling.ringing()[0] ?? assert.fail('nobody is called')
  const headerOf = ({ options }: FakePhone, name: string): string | undefined =>
    options.headers.find(([each]) => each === name)?.[1]
  const finished = () => shell.facts('callFinished').at(-1)

  it('calls the number behind the prefix through the PBX, as the workflow, and names the agent nowhere', () => {
    dial('*710123456789')
    const { target, options } = called()
    assert.deepEqual(target, { uri: 'sip:0123456789@pbx.example.com;user=phone', route: 'sip:pbx.example.com' })
    assert.deepEqual(options.from, { uri: 'sip:+14255550100@pbx.example.com;user=phone', displayName: 'The support line' })
    assert.equal(headerOf(called(), 'P-Asserted-Identity'), '<sip:+14255550100@pbx.example.com;user=phone>')
    assert.doesNotMatch(JSON.stringify(options.headers), /alice|Diversion|History-Info/)
  })

  it('takes the workflow from P-Preferred-Identity, and the number as it is dialled', () => {
    dial('+33-1.23(45)', { headers: { 'P-Preferred-Identity': ['"Support" <sip:support@example.com>'] } })
    assert.equal(called().target.uri, 'sip:+3312345@pbx.example.com;user=phone')
  })

  it('hides the workflow from the person for an agent who asks for privacy', () => {
    dial('*710123456789', { headers: { Privacy: ['id'] } })
    assert.equal(called().options.from.uri, 'sip:anonymous@anonymous.invalid')
    assert.deepEqual([headerOf(called(), 'Privacy'), headerOf(called(), 'P-Asserted-Identity') !== undefined], ['id', true])
  })

  it('joins the two, takes the agent, and counts as answered for the agent', () => {
    const call = dial('*710123456789')
    const [id] = shell.world.calls.keys()
    assert.ok(id !== undefined)
    assert.deepEqual(
      [callView(shell.world, id)?.outbound?.agent, callView(shell.world, id)?.forwardingTo],
      [alice, called().target.uri],
    )
    called().answer(sdp('person'))
    call.leg?.confirm()
    assert.deepEqual(call.answeredWith, sdp('person'))
    assert.equal(agentView(shell.world, alice)?.activity, 'talking')
    shell.dial('support')
    assert.deepEqual(shell.rings(), [], 'a call to the workflow does not ring the agent who calls')
    shell.clock.pass(60_000)
    call.leg?.end({ kind: 'hungUp' })
    const { why, cause, outbound, agent, talked, group } = finished() ?? assert.fail('the call goes on')
    assert.deepEqual([why, cause, outbound, agent, talked, group], ['answered', 'callerHungUp', true, alice, 60_000, undefined])
    assert.deepEqual(shell.rings(), ['alice'], 'then the waiting call rings')
  })

  it('tells the agent why the person does not answer', () => {
    for (const [status, told] of [
      [486, 486],
      [404, 404],
      [407, 480],
    ] as const) {
      const call = dial('*710123456789')
      called().refuse(status)
      assert.equal(call.rejected, told)
      assert.deepEqual([finished()?.why, finished()?.outbound], ['forwardFailed', true])
    }
  })

  it('stops calling when the agent hangs up', () => {
    const call = dial('*710123456789')
    const phone = called()
    call.cancel()
    assert.equal(phone.state, 'cancelled')
    assert.equal(finished()?.why, 'abandoned')
  })

  it('is refused with 403 for other agents, strangers, numbers and workflows, and calls nobody', () => {
    assert.equal(dial('*710123456789', { by: 'sip:bob@example.com' }).rejected, 403)
    assert.equal(dial('*710123456789', { by: 'sip:mallory@example.com' }).rejected, 403)
    for (const number of ['012345678', '01234567890', '00123456789', '112', '', '0123456789@evil.example.com', 'alice'])
      assert.equal(dial(`*71${number}`).rejected === 403 || dial(`*71${number}`).rejected === 404, true, number)
    const as = (workflow: string): Record<string, string[]> => ({ 'P-Preferred-Identity': [`<sip:${workflow}@example.com>`] })
    assert.equal(dial('0123456789', { headers: as('sales') }).rejected, 403)
    assert.equal(dial('0123456789', { headers: as('nothing') }).rejected, 404)
    assert.equal(dial('0123456789').rejected, 404)
    assert.deepEqual([shell.signaling.ringing().length, shell.world.calls.size], [0, 0])
  })

  it('lets an agent have two such calls at a time', () => {
    assert.deepEqual(
      [1, 2, 3].map(() => dial('*710123456789').rejected),
      [undefined, undefined, 403],
    )
  })

  it('keeps the agent out of the session description for an anonymous workflow, and goes through the relay', () => {
    const workflows = callSettings(routing).workflows.map(workflow => ({ ...workflow, anonymous: true }))
    shell = new Shell(routing, changed({ workflows }))
    shell.dial('*710123456789', {
      headers: { 'P-Asserted-Identity': [`<${alice}>`] },
      body: {
        type: 'application/sdp',
        text: 'v=0\r\no=alice 1 1 IN IP4 10.0.0.1\r\ns=alice\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n',
      },
    })
    assert.doesNotMatch(called().options.body?.text ?? '', /alice/)
  })

  it('is replayed from the journal, and goes on after a restart', async () => {
    const store = new FakeLiveStore()
    const [clock, signaling] = [new FakeClock(), new FakeSignaling()]
    shell = new Shell(routing, changed(), { clock, signaling, store })
    const call = dial('*710123456789')
    called().answer(sdp('person'))
    call.leg?.confirm()
    clock.pass(1_000)
    assert.deepEqual((await shell.replay()).firstDifference, undefined)
    const next = shell.restarted()
    const [id] = next.world.calls.keys()
    assert.ok(id !== undefined)
    assert.equal(callView(next.world, id)?.outbound?.agent, alice)
    assert.equal(agentView(next.world, alice)?.activity, 'talking')
  })
})
