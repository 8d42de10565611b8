import assert from 'node:assert/strict'
import { onWire } from './harness/wire.js'
import { answers, ringsOn } from './phones/agents.js'
import { talks } from './phones/callers.js'
import * as crossings from './phones/crossings.js'

const support = { groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] } as const

/** One call between these two; everything that each side says is in its scenario. */
const between = (agent: string, caller: string): Promise<void> =>
  onWire(async wire => {
    await wire.phone('alice', agent)
    await wire.serve(support)
    await (await wire.call('caller', 'support', caller)).done()
  })

describe('glare-is-defined: what crosses in a call (docs/decisions/004-glare.md)', () => {
  it('re-INVITE from both sides: the agent’s is refused 491 where the caller’s is open', () =>
    between(crossings.agentAsksAcrossHold(), crossings.callerHoldsOnce()))

  it('re-INVITE from both sides: the caller’s is refused 491 where the agent’s is open', () =>
    between(crossings.agentHoldsOnce(), crossings.callerAsksAcrossHold()))

  it('re-INVITE crosses BYE: the re-INVITE is answered 487, and the call ends', () =>
    between(crossings.agentHangsUpAcrossHold(), crossings.callerHoldsIntoBye()))

  it('a second re-INVITE while the first is open: 500 with Retry-After', () =>
    onWire(async wire => {
      await wire.phone('alice', crossings.agentHeldSlowly(300))
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', crossings.callerAsksTwice())
      await caller.done()
      assert.match((await caller.received(500)).header('Retry-After')[0] ?? '', /^\d+$/)
    }))

  it('a config is replaced while a phone rings: ringing goes on when group and agent still stand', () =>
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

  it('a config is replaced while a phone rings: an agent who is out of the group stops ringing, and the next rings', () =>
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

  it('a digit by INFO goes to the other side, both ways', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', crossings.agentSendsDigit())
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', crossings.callerSendsDigit())
      await caller.done()
      assert.match((await alice.received('INFO')).body, /^Signal=1$/m)
      assert.match((await caller.received('INFO')).body, /^Signal=2$/m)
    }))
})
