import assert from 'node:assert/strict'
import { Audit, type AuditedCall } from '../../../src/calls/audit.js'
import { silentLog } from '../../../src/foundation/log.js'
import type { AgentUri, World } from '../../../src/routing/index.js'
import { sdp } from '../../fakes/signaling.js'
import { WorldBuilder } from '../routing/build.js'
import { Shell } from './shell.js'

type Agent = World['agents'] extends Map<unknown, infer A> ? A : never
type Call = Agent['calls'][number]

const routing = new WorldBuilder().group('support', 'serial', ['alice', 'bob']).queue('support', ['support']).settings()
const round = 30_000
const alice = 'sip:alice@example.com' as AgentUri

/** Breaks the state of the shell on purpose: removes its calls, or only their phones, without an event. */
function auditOf(shell: Shell, left: 'nothing' | 'callers'): void {
  const calls = [...shell.world.calls.keys()].map((id): AuditedCall => {
    return { id, alive: true, backs: () => false, reject: () => undefined }
  })
  const get = (id: string): AuditedCall | undefined => (left === 'nothing' ? undefined : calls.find(call => call.id === id))
  const { engine } = shell.calls
  const violated = (rule: string): void => void shell.violations.push(rule)
  new Audit({ engine, calls: { get, all: () => [] }, clock: shell.clock, log: silentLog, violated }).start()
}

describe('the audit', () => {
  it('finds nothing while calls wait, ring, get joined and talk', () => {
    const shell = new Shell(routing)
    const talking = shell.dial('support')
    shell.phone('alice').answer(sdp('alice'))
    talking.leg?.confirm()
    shell.dial('support')
    shell.phone('bob').answer(sdp('bob'))
    shell.dial('support')
    shell.clock.pass(round * 3)
    assert.deepEqual(shell.violations, [])
    assert.equal(shell.world.calls.size, 3)
  })

  it('busy-means-dialog: ends a call that has no caller in the shell and frees its agent', () => {
    for (const stage of ['ringing', 'talking'] as const) {
      const shell = new Shell(routing)
      const caller = shell.dial('support')
      if (stage === 'talking') {
        shell.phone('alice').answer(sdp('alice'))
        caller.leg?.confirm()
      }
      auditOf(shell, 'nothing')
      shell.clock.pass(round)
      assert.deepEqual(shell.violations, ['busy-means-dialog'], stage)
      assert.equal(shell.world.calls.size, 0, stage)
      const { calls, offers } = shell.world.agents.get(alice) ?? { calls: [1], offers: [1] }
      assert.deepEqual([calls.length, offers.length], [0, 0], stage)
    }
  })

  it('no-zombie-call: ends a caller who is unknown to the core', () => {
    const shell = new Shell(routing)
    const caller = shell.dial('support')
    shell.world.calls.clear()
    shell.world.offers.clear()
    shell.clock.pass(round)
    assert.ok(shell.violations.includes('no-zombie-call'))
    assert.equal(caller.rejected, 500)
    assert.equal(shell.calls.size, 0)
  })

  it('cancel-leaves-nothing: treats an offer without a phone as unreachable and rings the next agent', () => {
    const shell = new Shell(routing)
    shell.dial('support')
    shell.clock.pass(round - 10_000)
    const before = shell.rings()
    auditOf(shell, 'callers')
    shell.clock.pass(round)
    assert.deepEqual(before, ['bob'], 'alice missed her turn')
    assert.ok(shell.violations.includes('cancel-leaves-nothing'))
    assert.equal(shell.facts('offerEnded').at(-1)?.why, 'unreachable')
  })

  it('lease-ends: reports an agent who is held for a call that is over', () => {
    const shell = new Shell(routing)
    shell.world.agents.get(alice)?.calls.push({ id: 'gone' } as Call)
    shell.clock.pass(round)
    assert.ok(shell.violations.includes('lease-ends'))
  })

  it('checks a large world in pieces, so that calls are served in between', () => {
    const many = Array.from({ length: 20_500 }, (_, index) => `a${index}`)
    const shell = new Shell(new WorldBuilder().group('support', 'serial', many).queue('support', ['support']).settings())
    const last = shell.world.agents.get('sip:a20499@example.com' as AgentUri)
    last?.calls.push({ id: 'gone' } as Call)
    shell.clock.pass(round)
    assert.deepEqual(shell.violations, [], 'the first round checks only some of the agents')
    shell.clock.pass(1_000)
    assert.deepEqual(shell.violations, ['lease-ends'])
  })
})
