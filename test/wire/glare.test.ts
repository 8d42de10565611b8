import assert from 'node:assert/strict'
import { isBehindRealDrachtio, onWire } from './harness/wire.js'
import { answers, ringsOn } from './phones/agents.js'
import { talks } from './phones/callers.js'
import * as crossings from './phones/crossings.js'

const support = { groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] } as const

/** One call between these two. Each scenario contains everything that its side says. */
const between = (agent: string, caller: string): Promise<void> =>
  onWire(async wire => {
    await wire.phone('alice', agent)
    await wire.serve(support)
    await (await wire.call('caller', 'support', caller)).done()
  })

describe('glare-is-defined: requests that cross in a call (docs/decisions/004-glare.md)', () => {
  it('re-INVITEs from both sides: the agent’s gets 491 while the caller’s is pending', () =>
    between(crossings.agentAsksAcrossHold(), crossings.callerHoldsOnce()))

  it('re-INVITEs from both sides: the caller’s gets 491 while the agent’s is pending', () =>
    between(crossings.agentHoldsOnce(), crossings.callerAsksAcrossHold()))

  // A drachtio-server has forgotten the dialog by then, and acknowledges nothing (docs/operations/drachtio.md).
  it(`a re-INVITE crosses BYE: the re-INVITE gets 487, and the call ends${isBehindRealDrachtio ? ', without an ACK' : ''}`, () =>
    between(crossings.agentHangsUpAcrossHold(!isBehindRealDrachtio), crossings.callerHoldsIntoBye()))

  it('a second re-INVITE while the first is pending gets 500 with Retry-After', () =>
    onWire(async wire => {
      await wire.phone('alice', crossings.agentHeldSlowly(300))
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', crossings.callerAsksTwice())
      await caller.done()
      assert.match((await caller.received(500)).header('Retry-After')[0] ?? '', /^\d+$/)
    }))

  it('a new config while a phone rings: it keeps ringing if group and agent are still there', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers(2500, 'alice'))
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', talks())
      await alice.sent(180)
      const before = await wire.server.metric('carillon_config_last_reload_timestamp_seconds')
      await wire.configure({ groups: [{ ...support.groups[0], agentAlertTime: '25s' }] })
      await wire.reloadedSince(before)
      await caller.done()
      assert.deepEqual(await wire.rung(), ['alice'])
    }))

  it('a new config while a phone rings: an agent who left the group stops ringing, and the next one rings', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', ringsOn())
      await wire.phone('bob', answers())
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', talks())
      await alice.sent(180)
      await wire.configure({ groups: [{ ...support.groups[0], agents: ['bob'] }] })
      await caller.done()
      assert.deepEqual(await wire.rung(), ['alice', 'bob'])
    }))

  it('a key sent by INFO goes to the other side, in both directions', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', crossings.agentSendsDigit())
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', crossings.callerSendsDigit())
      await caller.done()
      assert.match((await alice.received('INFO')).body, /^Signal=1$/m)
      assert.match((await caller.received('INFO')).body, /^Signal=2$/m)
    }))
})
