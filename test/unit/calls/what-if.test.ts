import assert from 'node:assert/strict'
import { whatIf } from '../../../src/calls/what-if/what-if.js'
import type { Course } from '../../../src/calls/what-if/courses.js'
import { millis } from '../../../src/foundation/time.js'
import type { RoutingSettings } from '../../../src/routing/index.js'
import type { FakeInbound } from '../../fakes/signaling.js'
import { agentOf, nameOf, WorldBuilder } from '../routing/build.js'
import { Shell } from './shell.js'

const serial = (...agents: readonly string[]): RoutingSettings =>
  new WorldBuilder().group('sales', 'serial', agents).queue('sales', ['sales']).settings()

/** Such as `alice,bob bob 22`: who rang, who answered or how it ended, and how long the caller waited in seconds. */
const short = ({ offered, agent, end, waited = millis(0) }: Course): string =>
  `${offered.map(nameOf).join()} ${agent === undefined ? (end ?? 'open') : nameOf(agent)} ${Math.round(waited / 1000)}`

describe('what other settings would have done with the calls of a journal', () => {
  let shell: Shell
  const begin = (settings: RoutingSettings): void => {
    shell = new Shell(settings)
    // The first event stands in the header of the journal.
    shell.calls.engine.post({
      kind: 'presenceChanged',
      agent: agentOf('alice'),
      presence: { state: 'available', since: shell.clock.now(), because: 'test' },
    })
  }
  /** The agent takes the call, and the caller's side confirms it. */
  const takes = (agent: string, caller: FakeInbound) => {
    const leg = shell.phone(agent).answer()
    caller.leg?.confirm()
    return leg
  }
  const outcomes = async (settings: RoutingSettings): Promise<(readonly [string, string, boolean])[]> => {
    const { calls } = await whatIf(() => shell.lines, settings)
    return calls.map(({ then, now, isAssumed }) => [short(then), short(now), isAssumed] as const)
  }

  it('is the same with the same settings', async () => {
    begin(serial('alice', 'bob'))
    const caller = shell.dial('sales')
    shell.clock.pass(22_000)
    const talk = takes('bob', caller)
    shell.clock.pass(60_000)
    talk?.end({ kind: 'hungUp' })
    assert.deepEqual(await outcomes(serial('alice', 'bob')), [['alice,bob bob 22', 'alice,bob bob 22', false]])
  })

  it('lets each agent answer this call as they did, whenever it rings', async () => {
    begin(serial('alice', 'bob'))
    const caller = shell.dial('sales')
    shell.clock.pass(22_000)
    const talk = takes('bob', caller)
    shell.clock.pass(60_000)
    talk?.end({ kind: 'hungUp' })
    assert.deepEqual(await outcomes(serial('bob', 'alice')), [['alice,bob bob 22', 'bob bob 2', false]])
  })

  it('assumes that an agent who was not offered a call answers as fast as usual, and says so', async () => {
    begin(serial('alice'))
    const first = shell.dial('sales')
    shell.clock.pass(3_000)
    const talk = takes('alice', first)
    const second = shell.dial('sales')
    shell.clock.pass(30_000)
    second.cancel()
    shell.clock.pass(30_000)
    talk?.end({ kind: 'hungUp' })
    shell.clock.pass(1_000)
    assert.deepEqual(await outcomes(serial('alice', 'bob')), [
      ['alice alice 3', 'alice alice 3', false],
      [' abandoned 30', 'bob bob 3', true],
    ])
  })

  it('keeps an agent busy for as long as the talk lasted, so that the next caller waits', async () => {
    begin(serial('alice', 'bob'))
    const first = shell.dial('sales')
    shell.clock.pass(1_000)
    const talk = takes('alice', first)
    const second = shell.dial('sales')
    shell.clock.pass(1_000)
    const other = takes('bob', second)
    shell.clock.pass(48_000)
    talk?.end({ kind: 'hungUp' })
    shell.clock.pass(12_000)
    other?.end({ kind: 'hungUp' })
    assert.deepEqual(await outcomes(serial('alice')), [
      ['alice alice 1', 'alice alice 1', false],
      ['bob bob 1', 'alice alice 50', true],
    ])
  })

  it('forwards a caller to the target of the action as long as the settings have it', async () => {
    const queue = { timeout: { after: 10_000, action: { kind: 'forward', as: 'uri', to: 'sip:desk@example.com' } } } as never
    const timedOut = (...agents: readonly string[]): RoutingSettings =>
      new WorldBuilder().group('sales', 'serial', agents).queue('sales', ['sales'], queue).settings()
    begin(timedOut('alice'))
    const caller = shell.dial('sales')
    shell.clock.pass(12_000)
    const desk = takes('desk', caller)
    shell.clock.pass(5_000)
    desk?.end({ kind: 'hungUp' })
    const now = async (settings: RoutingSettings) => (await whatIf(() => shell.lines, settings)).calls[0]?.now
    assert.equal((await now(timedOut('alice')))?.forwardedTo, 'sip:desk@example.com')
    assert.equal((await now(timedOut('alice')))?.end, 'forwarded')
    const without = await now(serial('alice'))
    assert.deepEqual([without?.forwardedTo, without?.end], [undefined, undefined])
  })

  it('leaves out calls that were still in progress at the end of the journal', async () => {
    begin(serial('alice'))
    shell.dial('sales')
    shell.clock.pass(5_000)
    assert.deepEqual(await outcomes(serial('alice')), [])
  })

  it('is no answer if the journal is damaged', async () => {
    begin(serial('alice'))
    shell.dial('sales')
    shell.clock.pass(30_000)
    shell.lines[2] = '{"event":null}'
    await assert.rejects(outcomes(serial('bob')), /line 3 is damaged/)
  })
})
