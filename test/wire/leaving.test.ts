import assert from 'node:assert/strict'
import { isBehindRealDrachtio, onWire } from './harness/wire.js'
import {
  answers,
  answersAcrossCancel,
  answersAndHangsUp,
  hangsUpAcrossBye as agentHangsUpAcrossBye,
  ringsOn,
} from './phones/agents.js'
import {
  cancelsAcrossAnswer,
  cancelsAtOnce,
  cancelsWhileWaiting,
  hangsUpAcrossBye as callerHangsUpAcrossBye,
  talks,
  waitsForHangUp,
} from './phones/callers.js'

const support = { groups: [{ name: 'support', method: 'serial', agents: ['alice'] }] } as const
const ignoreWhilePausing = { extra: ['-pause_msg_ign'] }

describe('Hanging up and cancelling', () => {
  it('the caller cancels before any response: no phone keeps ringing', () =>
    onWire(async wire => {
      await wire.phone('alice', ringsOn())
      await wire.serve(support)
      const caller = await wire.call('caller', 'support', cancelsAtOnce(), { extra: ['-default_behaviors', 'all,-abortunexp'] })
      await caller.done()
      await wire.server.empty()
      assert.equal(await wire.server.metric('carillon_calls_total', { result: 'abandoned' }), 1)
    }))

  it('the caller cancels while the phone rings: the phone stops', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', ringsOn())
      await wire.serve(support)
      await (await wire.call('caller', 'support', cancelsWhileWaiting(100))).done()
      await alice.received('CANCEL')
      assert.equal(await wire.server.metric('carillon_calls_total', { result: 'abandoned' }), 1)
    }))

  it('the caller’s CANCEL crosses the 200: the caller accepts the call and hangs up, and the agent is hung up too', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers(100))
      await wire.serve(support)
      // It knows an answered INVITE no more.
      const toCancel = isBehindRealDrachtio ? 481 : 200
      await (await wire.call('caller', 'support', cancelsAcrossAnswer(300, toCancel), ignoreWhilePausing)).done()
      await alice.received('BYE')
    }))

  it('the agent’s 200 crosses our CANCEL: it gets an ACK and a BYE', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answersAcrossCancel())
      await wire.serve(support)
      await (await wire.call('caller', 'support', cancelsWhileWaiting(50))).done()
      await alice.received('BYE')
      assert.equal(await wire.server.metric('carillon_calls_total', { result: 'abandoned' }), 1)
    }))

  it('the loser of two agents answers across our CANCEL: it gets an ACK and a BYE, while the winner talks', () =>
    onWire(async wire => {
      const late = await wire.phone('alice', answersAcrossCancel())
      const winner = await wire.phone('bob', answers(50, 'bob'))
      await wire.serve({ groups: [{ name: 'support', method: 'parallel', agents: ['alice', 'bob'] }] })
      const caller = await wire.call('caller', 'support', talks(600))
      await caller.done()
      assert.ok((await late.received('BYE')).at < (await winner.received('BYE')).at)
      assert.match((await caller.received(200)).body, /^o=bob /m)
    }))

  it('the agent hangs up: the caller is hung up', () =>
    onWire(async wire => {
      await wire.phone('alice', answersAndHangsUp(20, 50))
      await wire.serve(support)
      await (await wire.call('caller', 'support', waitsForHangUp())).done()
    }))

  it('the caller hangs up: the agent is hung up', () =>
    onWire(async wire => {
      const alice = await wire.phone('alice', answers())
      await wire.serve(support)
      await (await wire.call('caller', 'support', talks(50))).done()
      await alice.received('BYE')
    }))

  it('the agent’s BYE crosses ours: both get 200', () =>
    onWire(async wire => {
      await wire.phone('alice', agentHangsUpAcrossBye())
      await wire.serve(support)
      await (await wire.call('caller', 'support', talks(50))).done()
    }))

  it('the caller’s BYE crosses ours: both get 200', () =>
    onWire(async wire => {
      await wire.phone('alice', answersAndHangsUp(20, 50))
      await wire.serve(support)
      await (await wire.call('caller', 'support', callerHangsUpAcrossBye())).done()
    }))

  it('caller and agent hang up at almost the same moment, many times: nothing is left over', () =>
    onWire(async wire => {
      const names = Array.from({ length: 20 }, (_, index) => `agent${index}`)
      await wire.phone('desk', agentHangsUpAcrossBye(), { agents: names })
      await wire.serve({ groups: [{ name: 'support', method: 'longestIdle', agents: names }] })
      await (await wire.call('caller', 'support', talks(50), { calls: 40, rate: 100 })).done()
    }))
})
